import type { Clock, Timer } from '../../base/clock';

/** Pauses between attempts; the last one goes on for ever (D-9, R-DISC-160, R-DISC-168). */
const PAUSES_MS = [1000, 2000, 4000, 8000, 16_000, 30_000] as const;
const LONGEST_PAUSE_MS = 30_000;

/** @param round how many attempts have failed before this one, which has failed too */
export function pauseAfter(round: number): number {
  return PAUSES_MS[round] ?? LONGEST_PAUSE_MS;
}

export interface SeekerTask {
  /** Nothing to do: the device is known. */
  present(): boolean;
  /** One attempt to set it up. */
  attempt(): Promise<void>;
  failed(error: unknown): void;
}

/** Tries to set up one device until that works: at once, then with growing pauses. Paused while its link is down. */
export class Seeker {
  private timer: Timer | undefined;
  private round = 0;
  private busy = false;
  private active = false;
  /** What is known of the device may be out of date: look at it even though it is known, until it answers. */
  private doubtful = false;

  constructor(
    private readonly clock: Pick<Clock, 'setTimer'>,
    private readonly task: SeekerTask,
  ) {}

  /** Begins, or begins anew with the shortest pauses. `again`: also when the device is known. */
  begin(again = false): void {
    this.active = true;
    this.round = 0;
    this.doubtful ||= again;
    this.arm(0);
  }

  /** The device was removed: back to it in a moment, unless it comes back by itself. */
  resume(): void {
    if (!this.active || this.busy) return;
    this.round = 0;
    this.armNext();
  }

  /** Until the next {@link begin}. An attempt that is under way ends, and has no successor. */
  pause(): void {
    this.active = false;
    this.timer?.cancel();
    this.timer = undefined;
  }

  private armNext(): void {
    this.arm(pauseAfter(this.round));
    this.round++;
  }

  private arm(ms: number): void {
    this.timer?.cancel();
    this.timer = this.clock.setTimer(ms, () => {
      this.timer = undefined;
      void this.run();
    });
  }

  private async run(): Promise<void> {
    if (this.busy || !this.active || !this.isNeeded()) return;
    const { doubtful } = this;
    this.busy = true;
    this.doubtful = false;
    try {
      await this.task.attempt();
    } catch (error) {
      this.doubtful ||= doubtful;
      // After a pause it is no news that nobody answered.
      if (this.isActive()) this.task.failed(error);
    } finally {
      this.busy = false;
    }
    // Also when it was set up and removed again, or came into doubt, while nobody looked.
    if (this.wanted() && this.isNeeded()) this.armNext();
  }

  private isNeeded(): boolean {
    return this.doubtful || !this.task.present();
  }

  private wanted(): boolean {
    return this.isActive() && this.timer === undefined;
  }

  /** Read again after an await: `pause` may have come meanwhile. */
  private isActive(): boolean {
    return this.active;
  }
}
