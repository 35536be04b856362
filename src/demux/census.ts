/** Counts the clients that are connected, so that one user cannot shut out the others (R-DEMUX-42). */
export class Census {
  private total = 0;
  private readonly perUid = new Map<number, number>();

  constructor(private readonly limits: { readonly clients: number; readonly perUid: number }) {}

  /** @returns false when there is no place */
  enter(uid: number): boolean {
    const own = this.perUid.get(uid) ?? 0;
    if (this.total >= this.limits.clients || own >= this.limits.perUid) return false;
    this.total++;
    this.perUid.set(uid, own + 1);
    return true;
  }

  leave(uid: number): void {
    const own = (this.perUid.get(uid) ?? 0) - 1;
    this.total--;
    if (own > 0) this.perUid.set(uid, own);
    else this.perUid.delete(uid);
  }
}
