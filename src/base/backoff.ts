import type { Clock, Timer } from './clock';

/** Milliseconds. */
export interface BackoffRange {
  readonly firstMs: number;
  readonly longestMs: number;
}

const USUAL: BackoffRange = { firstMs: 1000, longestMs: 30_000 };

/**
 * Tries again after 1 s, 2 s, 4 s ... up to 30 s, or in another range; {@link Backoff.reset} starts over. One attempt is
 * armed at most.
 */
export class Backoff {
  private delay: number;
  private timer: Timer | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly attempt: () => void,
    private readonly range: BackoffRange = USUAL,
  ) {
    this.delay = range.firstMs;
  }

  retryLater(): void {
    this.timer?.cancel();
    this.timer = this.clock.setTimer(this.delay, this.attempt);
    this.delay = Math.min(2 * this.delay, this.range.longestMs);
  }

  reset(): void {
    this.delay = this.range.firstMs;
  }

  cancel(): void {
    this.timer?.cancel();
  }
}
