import type { Clock, Timer } from '../base/clock';

/**
 * A point in time that may be further away than a timer can be set: setTimeout takes 2^31 - 1 ms, a wait of the client
 * API 2^32 - 1 (R-API-30). What else happens in the turn in which the time is up comes first, so a message beats the
 * time-out it arrives with (R-API-32).
 */
export class Deadline {
  private timer: Timer;
  private readonly at: number;

  constructor(
    private readonly clock: Clock,
    ms: number,
    private readonly expired: () => void,
  ) {
    this.at = clock.now() + ms;
    this.timer = this.arm();
  }

  cancel(): void {
    this.timer.cancel();
  }

  private arm(): Timer {
    return this.clock.setTimer(Math.min(this.at - this.clock.now(), LONGEST_MS), () => this.ring());
  }

  private ring(): void {
    const isDue = this.clock.now() >= this.at;
    this.timer = isDue ? this.clock.setTimer(0, this.expired) : this.arm();
  }
}

const LONGEST_MS = 2 ** 31 - 1;
