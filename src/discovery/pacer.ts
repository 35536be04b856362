import type { Clock, Timer } from '../base/clock';

/** Timers that ring in one turn of the event loop; each begins an operation, a fraction of a millisecond of work. */
const IN_A_TURN = 16;

/**
 * A clock for many timers that are due at once, such as when a link comes up on which hundreds of devices are
 * configured: they ring in order, a few in a turn, so that the turn stays short (R-DISC-6).
 */
export class Pacer implements Pick<Clock, 'setTimer'> {
  private readonly due = new Set<() => void>();
  private timer: Timer | undefined;

  constructor(private readonly clock: Pick<Clock, 'setTimer'>) {}

  setTimer(ms: number, callback: () => void): Timer {
    const ring = (): void => callback();
    const timer = this.clock.setTimer(ms, () => this.enqueue(ring));
    return {
      cancel: () => {
        timer.cancel();
        this.withdraw(ring);
      },
    };
  }

  private enqueue(ring: () => void): void {
    this.due.add(ring);
    this.timer ??= this.clock.setTimer(0, () => this.turn());
  }

  private withdraw(ring: () => void): void {
    this.due.delete(ring);
    if (this.due.size > 0) return;
    this.timer?.cancel();
    this.timer = undefined;
  }

  private turn(): void {
    this.timer = undefined;
    const now = [...this.due].slice(0, IN_A_TURN);
    for (const ring of now) {
      // An earlier one may have cancelled it.
      if (this.due.delete(ring)) ring();
    }
    if (this.due.size > 0) this.timer ??= this.clock.setTimer(0, () => this.turn());
  }
}
