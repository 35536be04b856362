import type { Clock, Timer } from '../../base/clock';

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
    // What is due at once needs no timer of its own: thousands of them would ring in one turn.
    const timer = ms > 0 ? this.clock.setTimer(ms, () => this.enqueue(ring)) : undefined;
    if (timer === undefined) this.enqueue(ring);
    return {
      cancel: () => {
        timer?.cancel();
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
    let left = Math.min(IN_A_TURN, this.due.size);
    // An earlier one may cancel a later one, and then the turn is shorter.
    for (const ring of this.due) {
      if (left-- === 0) break;
      this.due.delete(ring);
      ring();
    }
    if (this.due.size > 0) this.timer ??= this.clock.setTimer(0, () => this.turn());
  }
}
