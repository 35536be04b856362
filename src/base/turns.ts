/** Runs pieces of work one after another, in the order they were asked for. */
export class Turns {
  private tail: Promise<unknown> = Promise.resolve();
  private unfinished = 0;

  /** Something runs or waits. */
  get busy(): boolean {
    return this.unfinished > 0;
  }

  run<T>(work: () => Promise<T>): Promise<T> {
    this.unfinished += 1;
    const run = this.tail.then(work).finally(() => {
      this.unfinished -= 1;
    });
    // The next in turn does not care how this one ends; its caller gets the error from `run`.
    this.tail = run.catch(() => undefined);
    return run;
  }
}
