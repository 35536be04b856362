import { Alarm, type Clock } from '../base/clock';
import { MctpError } from '../base/errors';

/**
 * Requests to EID 0 that may be in flight from one of our EIDs, over all networks and links: they share one set of
 * eight tag values, and the eighth stays for routed requests (kernel.md section 6).
 */
export const PHYSICAL_PLACES = 7;
/** A first-contact probe that is silent for so long gives its place to whoever waits for one. */
export const PROBE_SILENCE_MS = 50;
/** Other programs give tags back without telling us. */
const RETRY_MS = 100;

/** Who has a place. */
export interface PlaceHolder {
  /** Nobody may be there to answer: it can be asked again later. */
  readonly probe: boolean;
  /** When it was sent; Infinity: not yet. */
  readonly sentAt: number;
  /** Gives the tag back, and asks again once there is a place: behind everybody who has not been sent yet. */
  yieldPlace(): void;
}

interface Waiter {
  readonly holder: PlaceHolder;
  readonly enter: () => void;
  readonly refuse: (error: MctpError) => void;
}

/** The places of one of our EIDs. */
export class TagPlaces {
  private readonly inside = new Set<PlaceHolder>();
  private fresh: Waiter[] = [];
  private yielded: Waiter[] = [];
  private readonly alarm: Alarm;

  constructor(private readonly clock: Clock) {
    this.alarm = new Alarm(clock, () => this.makeRoom());
  }

  /** Somebody waits for a place. */
  get contested(): boolean {
    return this.fresh.length + this.yielded.length > 0;
  }

  /** @param again it had a place before and has given it up */
  enter(holder: PlaceHolder, again: boolean): Promise<void> {
    if (this.inside.has(holder) || this.inside.size < PHYSICAL_PLACES) {
      this.inside.add(holder);
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const waiter = { holder, enter: resolve, refuse: reject };
      if (again) {
        this.yielded.push(waiter);
      } else {
        this.fresh.push(waiter);
        this.makeRoom();
      }
    });
  }

  /** Sent: its silence counts from now. */
  sent(): void {
    if (this.fresh.length > 0) this.makeRoom();
  }

  /** Idempotent. Also ends its waiting for a place. */
  leave(holder: PlaceHolder): void {
    this.refuse((each) => each.holder === holder, new MctpError('cancelled', 'nobody waits for it any more'));
    this.inside.delete(holder);
    while (this.inside.size < PHYSICAL_PLACES) {
      const next = this.fresh.shift() ?? this.yielded.shift();
      if (next === undefined) break;
      this.inside.add(next.holder);
      next.enter();
    }
    if (this.fresh.length === 0) this.alarm.cancel();
  }

  close(error: MctpError): void {
    this.alarm.cancel();
    this.refuse(() => true, error);
  }

  /** Only what has not been sent yet may push a probe out, or dead devices would push each other out for ever. */
  private makeRoom(): void {
    const now = this.clock.now();
    const ends = (each: PlaceHolder): number => (each.probe ? each.sentAt + PROBE_SILENCE_MS : Infinity);
    const silent = [...this.inside].filter((each) => ends(each) <= now);
    for (const each of silent.slice(0, this.fresh.length)) each.yieldPlace();
    if (this.fresh.length > 0) this.alarm.wakeAt(Math.min(Infinity, ...[...this.inside].map(ends)));
  }

  private refuse(which: (waiter: Waiter) => boolean, error: MctpError): void {
    const refused = [...this.fresh, ...this.yielded].filter(which);
    this.fresh = this.fresh.filter((each) => !refused.includes(each));
    this.yielded = this.yielded.filter((each) => !refused.includes(each));
    for (const each of refused) each.refuse(error);
  }
}

/** Wakes who met EBUSY: when a tag of ours comes free, and now and then for those of other programs. */
export class FreeTags {
  private waiting: (() => void)[] = [];
  private readonly alarm: Alarm;

  constructor(private readonly clock: Clock) {
    this.alarm = new Alarm(clock, () => this.freed());
  }

  wait(): Promise<void> {
    this.alarm.wakeAt(this.clock.now() + RETRY_MS);
    return new Promise((resolve) => {
      this.waiting.push(resolve);
    });
  }

  /** In the order they came. */
  freed(): void {
    const waiting = this.waiting;
    this.waiting = [];
    for (const resolve of waiting) resolve();
  }

  close(): void {
    this.alarm.cancel();
    this.freed();
  }
}
