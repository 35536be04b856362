/** The only door to timers and to the time of day (design decision D-6): everybody else is handed a {@link Clock}. */

export interface Timer {
  /** After this the callback does not run; calling it twice, or after it ran, is fine. */
  cancel(): void;
}

export interface Clock {
  /** Monotonic milliseconds, with fractions. Its zero has no meaning. */
  now(): number;
  /** Milliseconds since 1970, for stamps that leave the process (pcap, state file). */
  wallTime(): number;
  /** Runs `callback` once, `ms` from now (0 = on a later turn of the event loop). Never early. */
  setTimer(ms: number, callback: () => void): Timer;
  sleep(ms: number): Promise<void>;
}

/** setTimeout's longest delay; more than that would fire at once. */
const LONGEST_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => performance.now(),
  wallTime: () => Date.now(),
  setTimer(ms, callback) {
    const handle = setTimeout(callback, Math.min(Math.max(0, ms), LONGEST_MS));
    return { cancel: () => clearTimeout(handle) };
  },
  sleep: (ms) =>
    new Promise((resolve) => {
      setTimeout(resolve, Math.min(Math.max(0, ms), LONGEST_MS));
    }),
};

/** One timer that is always armed for the earliest deadline asked for. Bridges "says its next deadline" to a clock. */
export class Alarm {
  private timer: Timer | undefined;
  private deadline = Infinity;

  constructor(
    private readonly clock: Clock,
    private readonly ring: (now: number) => void,
  ) {}

  now(): number {
    return this.clock.now();
  }

  /** Ring at `deadline` (clock milliseconds) or earlier if an earlier one is armed already. */
  wakeAt(deadline: number): void {
    if (deadline >= this.deadline || deadline === Infinity) return;
    this.timer?.cancel();
    this.deadline = deadline;
    this.timer = this.clock.setTimer(deadline - this.clock.now(), () => {
      this.deadline = Infinity;
      this.ring(this.clock.now());
    });
  }

  cancel(): void {
    this.timer?.cancel();
    this.deadline = Infinity;
  }
}
