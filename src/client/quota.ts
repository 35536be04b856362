/** Places for handles. Whoever takes one takes it from a larger share as well: a client from the server's (A.6). */
export class Quota {
  private used = 0;

  constructor(
    private readonly limit: number,
    private readonly whole?: Quota,
  ) {}

  /** @returns false when there is no place left, here or in the larger share */
  take(): boolean {
    if (this.used >= this.limit || this.whole?.take() === false) return false;
    this.used++;
    return true;
  }

  give(): void {
    this.used--;
    this.whole?.give();
  }
}
