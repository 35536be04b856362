import type { Clock } from '../base/clock';

/** Lets one of many equal log lines through in a while: whoever makes us write them must not fill the disk. */
export class Seldom {
  private next = -Infinity;
  private suppressed = 0;

  constructor(
    private readonly clock: Pick<Clock, 'now'>,
    private readonly intervalMs = 10_000,
  ) {}

  /** @param write told how many lines were left out before this one */
  say(write: (suppressed: number) => void): void {
    const now = this.clock.now();
    if (now < this.next) {
      this.suppressed++;
      return;
    }
    const { suppressed } = this;
    this.next = now + this.intervalMs;
    this.suppressed = 0;
    write(suppressed);
  }
}

/** A {@link Seldom} for each kind of line, so that one that comes often hides no other. There must be few kinds. */
export class SeldomEach {
  private readonly kinds = new Map<string, Seldom>();

  constructor(private readonly clock: Pick<Clock, 'now'>) {}

  /** @param write given how many lines of its kind were left out before this one, as a field of the log, if any were */
  say(kind: string, write: (left: { readonly suppressed?: number }) => void): void {
    const line = this.kinds.get(kind) ?? new Seldom(this.clock);
    this.kinds.set(kind, line);
    line.say((suppressed) => write(suppressed > 0 ? { suppressed } : {}));
  }
}
