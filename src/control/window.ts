import type { Clock, Timer } from '../base/clock';

/** Requests on the air at once on one link (design decision D-7). */
export const DEFAULT_WINDOW = 16;
/** A request silent for so long, in milliseconds, leaves the window while it goes on waiting. */
export const SILENT_AFTER_MS = 50;

/** One request's place. */
export interface WindowPlace {
  /** The request was sent: the {@link SILENT_AFTER_MS} count from now. */
  onAir(): void;
  /** Answered, or over. Idempotent. */
  leave(): void;
}

/**
 * Keeps a slow bus sane: no more than so many requests are waiting for their answer there. A device that says nothing
 * soon loses its place again, so dead devices never use up the places of live ones. First come, first served.
 */
export class Window {
  private occupied = 0;
  private readonly queue: (() => void)[] = [];

  constructor(
    private readonly clock: Clock,
    private readonly size: number = DEFAULT_WINDOW,
    private readonly silentAfterMs: number = SILENT_AFTER_MS,
  ) {}

  /** Requests that have a place, and those that wait for one. */
  get load(): { readonly occupied: number; readonly waiting: number } {
    return { occupied: this.occupied, waiting: this.queue.length };
  }

  /** Resolves when there is a place, in the order of the calls. */
  async enter(): Promise<WindowPlace> {
    // A place that is left goes straight to the next in the queue, so nobody can slip in between.
    if (this.occupied >= this.size) await new Promise<void>((resolve) => this.queue.push(resolve));
    else this.occupied += 1;
    return this.place();
  }

  private place(): WindowPlace {
    let held = true;
    let timer: Timer | undefined;
    const leave = (): void => {
      timer?.cancel();
      if (!held) return;
      held = false;
      this.release();
    };
    return {
      leave,
      onAir: () => {
        if (held && timer === undefined) timer = this.clock.setTimer(this.silentAfterMs, leave);
      },
    };
  }

  private release(): void {
    const next = this.queue.shift();
    if (next === undefined) this.occupied -= 1;
    else next();
  }
}
