/**
 * Runs tasks that share a key one after the other, in the order they came, and all others at once (R-DISC-6, D-7).
 * Keys are physical addresses and EIDs. A task takes its place behind all its keys in one step, so two tasks with
 * several keys each cannot wait for one another.
 */
export class SerialQueue {
  private readonly tails = new Map<string, Promise<void>>();

  async run<T>(keys: readonly string[], task: () => Promise<T>): Promise<T> {
    const earlier = keys.flatMap((key) => this.tails.get(key) ?? []);
    let finish = (): void => undefined;
    const done = new Promise<void>((resolve) => {
      finish = resolve;
    });
    for (const key of keys) this.tails.set(key, done);
    try {
      if (earlier.length > 0) await Promise.all(earlier);
      return await task();
    } finally {
      for (const key of keys) if (this.tails.get(key) === done) this.tails.delete(key);
      finish();
    }
  }

  /** Keys somebody works on or waits for. */
  get busy(): number {
    return this.tails.size;
  }
}
