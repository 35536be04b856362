import type { Clock, Timer } from '../base/clock';

const FIRST_MS = 1000;
const LONGEST_MS = 30_000;

/** Tries again after 1 s, 2 s, 4 s ... up to 30 s; {@link Backoff.reset} starts over. One attempt is armed at most. */
export class Backoff {
  private delay = FIRST_MS;
  private timer: Timer | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly attempt: () => void,
  ) {}

  retryLater(): void {
    this.timer?.cancel();
    this.timer = this.clock.setTimer(this.delay, this.attempt);
    this.delay = Math.min(2 * this.delay, LONGEST_MS);
  }

  reset(): void {
    this.delay = FIRST_MS;
  }

  cancel(): void {
    this.timer?.cancel();
  }
}
