/**
 * Starts at most one task in a turn of the event loop; those that come meanwhile wait for turns of their own, in order.
 * Many method calls that arrive in one go thereby leave room in between for the quick ones (R-CONS-8).
 */
export class TurnQueue {
  private readonly waiting: (() => void)[] = [];
  private turnTaken = false;

  run(task: () => void): void {
    if (this.turnTaken) {
      this.waiting.push(task);
      return;
    }
    this.start(task);
  }

  private start(task: () => void): void {
    this.turnTaken = true;
    setImmediate(() => {
      this.turnTaken = false;
      const next = this.waiting.shift();
      if (next !== undefined) this.start(next);
    });
    task();
  }
}
