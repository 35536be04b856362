import type { Clock, Timer } from '../base/clock';

/** Pauses between attempts; the last one goes on for ever (D-9, R-DISC-160, R-DISC-168). */
const PAUSES_MS = [1000, 2000, 4000, 8000, 16_000, 30_000] as const;
const LONGEST_PAUSE_MS = 30_000;

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

  constructor(
    private readonly clock: Clock,
    private readonly task: SeekerTask,
  ) {}

  /** Begins, or begins anew with the shortest pauses. `force`: also when the device is known. */
  begin(force = false): void {
    this.active = true;
    this.round = 0;
    this.arm(0, force);
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
    this.arm(PAUSES_MS[this.round] ?? LONGEST_PAUSE_MS, false);
    this.round++;
  }

  private arm(ms: number, force: boolean): void {
    this.timer?.cancel();
    this.timer = this.clock.setTimer(ms, () => {
      this.timer = undefined;
      void this.run(force);
    });
  }

  private async run(force: boolean): Promise<void> {
    if (this.busy || !this.active || (!force && this.task.present())) return;
    this.busy = true;
    try {
      await this.task.attempt();
    } catch (error) {
      this.task.failed(error);
    } finally {
      this.busy = false;
    }
    // Also when it was set up and removed again while nobody looked.
    if (this.wanted() && !this.task.present()) this.armNext();
  }

  /** Read again after an await: `pause` may have come meanwhile. */
  private wanted(): boolean {
    return this.active && this.timer === undefined;
  }
}
