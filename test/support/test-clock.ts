import type { Clock, Timer } from '../../src/base/clock';

interface Pending {
  readonly deadline: number;
  readonly order: number;
  readonly callback: () => void;
}

/**
 * A clock that stands still until it is told to move. {@link TestClock.settle} jumps from deadline to deadline until a
 * promise is decided, so that a recovery of five seconds takes milliseconds.
 */
export class TestClock implements Clock {
  private time = 0;
  private order = 0;
  private readonly pending = new Set<Pending>();

  now(): number {
    return this.time;
  }

  wallTime(): number {
    return 1_700_000_000_000 + this.time;
  }

  setTimer(ms: number, callback: () => void): Timer {
    const entry = { deadline: this.time + Math.max(0, ms), order: this.order++, callback };
    this.pending.add(entry);
    return { cancel: () => this.pending.delete(entry) };
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.setTimer(ms, resolve);
    });
  }

  /** Timers that would still fire: what a closed component must leave at zero. */
  get timers(): number {
    return this.pending.size;
  }

  /** Moves on by `ms`, firing every timer on the way at its own time. */
  async advance(ms: number): Promise<void> {
    const target = this.time + ms;
    await idle();
    for (let next = this.next(); next !== undefined && next.deadline <= target; next = this.next()) {
      await this.fire(next);
    }
    this.time = target;
    await idle();
  }

  /** Jumps to deadline after deadline until `promise` is decided, and gives its result. */
  async settle<T>(promise: Promise<T>, limitMs = 600_000): Promise<T> {
    const outcome = { decided: false };
    const mark = (): void => {
      outcome.decided = true;
    };
    promise.then(mark, mark);
    const limit = this.time + limitMs;
    await idle();
    while (!outcome.decided) {
      const next = this.next();
      if (next === undefined) throw new Error(`nothing left to wait for at ${this.time} ms`);
      if (next.deadline > limit) throw new Error(`undecided after ${limitMs} ms`);
      await this.fire(next);
    }
    return promise;
  }

  private next(): Pending | undefined {
    let first: Pending | undefined;
    for (const each of this.pending) {
      const earlier =
        first === undefined ||
        each.deadline < first.deadline ||
        (each.deadline === first.deadline && each.order < first.order);
      if (earlier) first = each;
    }
    return first;
  }

  private async fire(entry: Pending): Promise<void> {
    this.pending.delete(entry);
    this.time = Math.max(this.time, entry.deadline);
    entry.callback();
    await idle();
  }
}

/** Lets everything that needs no time happen: promise reactions and work queued for the next turns. */
export async function idle(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
}
