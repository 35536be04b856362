import type { Clock, Timer } from '../../base/clock';
import type { Random } from '../../base/random';

/** What happens to the packets of one direction. Probabilities are 0..1, drawn for each packet by itself. */
export interface FaultRates {
  readonly loss?: number;
  /** The packet comes twice. */
  readonly duplicate?: number;
  /** The packet is overtaken by the next one, or comes alone after {@link REORDER_WAIT_MS}. */
  readonly reorder?: number;
  /** One bit is turned over. */
  readonly corrupt?: number;
  /** Every packet is this many milliseconds late. */
  readonly delayMs?: number;
}

/** How long an overtaken packet waits for another one. */
export const REORDER_WAIT_MS = 20;

/** Parcels that may be late at once; a flood beyond that is lost. */
const MOST_LATE = 4096;

export interface Parcel {
  readonly packet: Uint8Array;
  readonly address: Uint8Array;
  readonly broadcast: boolean;
}

/** One direction of a bad medium: parcels go in, and come out of `deliver` late, twice, damaged, or not at all. */
export class FaultLine {
  private readonly timers = new Set<Timer>();
  private closed = false;
  private held: { readonly parcel: Parcel; readonly timer: Timer } | undefined;

  constructor(
    private readonly rates: FaultRates,
    private readonly parts: { readonly clock: Clock; readonly random: Random },
    private readonly deliver: (parcel: Parcel) => void,
  ) {}

  /** @param parcel owned by the line from now on. @returns `false` when the packet is lost */
  put(parcel: Parcel): boolean {
    if (this.hit(this.rates.loss)) return false;
    if (this.closed || this.timers.size >= MOST_LATE) return false;
    const real = this.hit(this.rates.corrupt) ? this.corrupted(parcel) : parcel;
    const twice = this.hit(this.rates.duplicate);
    if (this.hit(this.rates.reorder) && this.held === undefined) this.hold(real);
    else this.pass(real);
    if (twice) this.pass(real);
    return true;
  }

  /** Nothing comes out any more. */
  close(): void {
    this.closed = true;
    for (const timer of this.timers) timer.cancel();
    this.timers.clear();
    this.held = undefined;
  }

  private hit(probability = 0): boolean {
    return probability > 0 && this.parts.random.next() < probability;
  }

  private corrupted(parcel: Parcel): Parcel {
    const packet = new Uint8Array(parcel.packet);
    const bit = Math.floor(this.parts.random.next() * packet.length * 8);
    packet[bit >> 3] = (packet[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    return { ...parcel, packet };
  }

  private hold(parcel: Parcel): void {
    const timer = this.after(REORDER_WAIT_MS, () => this.releaseHeld());
    this.held = { parcel, timer };
  }

  private pass(parcel: Parcel): void {
    this.emit(parcel);
    this.releaseHeld();
  }

  private releaseHeld(): void {
    const held = this.held;
    if (held === undefined) return;
    this.held = undefined;
    held.timer.cancel();
    this.timers.delete(held.timer);
    this.emit(held.parcel);
  }

  private emit(parcel: Parcel): void {
    const delay = this.rates.delayMs ?? 0;
    if (delay > 0) this.after(delay, () => this.deliver(parcel));
    else this.deliver(parcel);
  }

  private after(ms: number, callback: () => void): Timer {
    const timer = this.parts.clock.setTimer(ms, () => {
      this.timers.delete(timer);
      callback();
    });
    this.timers.add(timer);
    return timer;
  }
}
