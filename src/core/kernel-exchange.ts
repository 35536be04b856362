import type { Clock, Timer } from '../base/clock';
import { MctpError } from '../base/errors';
import type { Exchange, Incoming } from './net';
import { TAG_LIFETIME_MS } from './tags';

/** Responses to a held request that nobody has fetched yet: more are not kept. */
const INBOX_MESSAGES = 256;

/** What carries an exchange: its socket and its tag. */
export interface ExchangeHost {
  /** Sends (again): resolves when the kernel has taken it. @throws MctpError as `Net.request` */
  transmit(exchange: KernelExchange, again: boolean): Promise<void>;
  /** Gives socket, tag and place back. Idempotent. */
  close(exchange: KernelExchange): void;
}

export interface ExchangeTraits {
  readonly clock: Clock;
  /** More than one response is wanted. */
  readonly hold: boolean;
  /** The tag is ours until we give it back; else the kernel takes it back after 6 s, whoever waits. */
  readonly ownTag: boolean;
  /** A late answer is told apart by itself: the tag need not be kept for it. */
  readonly reclaim: boolean;
  readonly probe: boolean;
}

interface Waiter {
  /** Milliseconds; 0: as long as the tag lives. */
  readonly limit: number;
  readonly resolve: (got: Incoming | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/** One request on a socket of its own, and what comes back to it. */
export class KernelExchange implements Exchange {
  /** As far as it is known: the kernel tells the value it has picked with the answer only. */
  tag = 0;
  readonly probe: boolean;
  sentAt = Infinity;
  released = false;
  private state: 'waiting' | 'on-air' | 'over' = 'waiting';
  private answered = false;
  private lastPacket = 0;
  private waitingSince = 0;
  private readonly inbox: Incoming[] = [];
  private waiter: Waiter | undefined;
  private failure: MctpError | undefined;
  private timer: Timer | undefined;

  constructor(
    private readonly host: ExchangeHost,
    private readonly traits: ExchangeTraits,
  ) {
    this.probe = traits.probe;
  }

  get open(): boolean {
    return this.state !== 'over';
  }

  receive(timeoutMs: number): Promise<Incoming | undefined> {
    const first = this.inbox.shift();
    if (first !== undefined) return Promise.resolve(first);
    if (this.failure !== undefined) return Promise.reject(this.failure);
    if (!this.open) return Promise.resolve(undefined);
    if (this.waiter !== undefined) {
      return Promise.reject(new MctpError('invalid-arguments', 'somebody receives on this exchange already'));
    }
    return new Promise((resolve, reject) => {
      this.waiter = { limit: Math.max(0, timeoutMs), resolve, reject };
      this.waitingSince = this.traits.clock.now();
      this.arm();
    });
  }

  interrupt(): void {
    this.settle(undefined);
    // Nobody keeps the tag alive any more.
    this.arm();
  }

  async resend(): Promise<void> {
    if (this.released) throw new MctpError('closed', 'the exchange is released');
    this.state = 'waiting';
    this.answered = false;
    await this.host.transmit(this, true);
  }

  release(options: { readonly quarantine?: boolean } = {}): void {
    if (this.released) return;
    this.released = true;
    this.inbox.length = 0;
    const isWanted = options.quarantine === true || !this.answered;
    this.settle(undefined);
    // A late answer must not be taken for that of another request (R-API-34): the socket keeps the tag until then.
    if (isWanted && !this.traits.reclaim && this.state === 'on-air') this.arm();
    else this.end();
  }

  /** The kernel has taken the message. Whoever waits, waits from now on. */
  sent(now: number): void {
    this.state = 'on-air';
    this.sentAt = now;
    this.lastPacket = now;
    this.waitingSince = now;
    if (this.released) this.release();
    else this.arm();
  }

  /** A first-contact probe makes room: its attempt begins anew when there is a place again. */
  yieldPlace(): void {
    this.state = 'waiting';
    this.sentAt = Infinity;
    this.timer?.cancel();
    this.host.close(this);
    this.host.transmit(this, true).catch((error: unknown) => this.fail(error));
  }

  deliver(incoming: Incoming): void {
    if (this.released || this.state !== 'on-air') return;
    this.answered = true;
    this.tag = incoming.tag;
    this.lastPacket = this.traits.clock.now();
    if (this.waiter === undefined && this.inbox.length < INBOX_MESSAGES) this.inbox.push(incoming);
    else this.settle(incoming);
    if (this.traits.hold) this.arm();
    else this.end();
  }

  /** Nothing more comes: its link or the whole stack is gone. */
  abandon(): void {
    this.end();
  }

  private fail(error: unknown): void {
    if (this.released) return;
    this.failure =
      error instanceof MctpError ? error : new MctpError('internal', String(error), {}, { cause: error });
    const { waiter } = this;
    this.waiter = undefined;
    this.end();
    waiter?.reject(this.failure);
  }

  /** One timer: the end of a wait, or of the tag's life. */
  private arm(): void {
    this.timer?.cancel();
    this.timer = undefined;
    if (this.state !== 'on-air') return;
    const at = this.deadline();
    if (at === Infinity) return;
    const { clock } = this.traits;
    this.timer = clock.setTimer(at - clock.now(), () => this.timeUp());
  }

  private deadline(): number {
    const life = this.lastPacket + TAG_LIFETIME_MS;
    if (this.waiter === undefined || this.waiter.limit === 0) return life;
    const wanted = this.waitingSince + this.waiter.limit;
    // A wait keeps a tag of ours alive (R-API-35); the kernel's own ends regardless.
    return this.traits.ownTag ? wanted : Math.min(wanted, life);
  }

  private timeUp(): void {
    this.settle(undefined);
    if (this.traits.clock.now() >= this.lastPacket + TAG_LIFETIME_MS) this.end();
    else this.arm();
  }

  private settle(result: Incoming | undefined): void {
    const { waiter } = this;
    this.waiter = undefined;
    waiter?.resolve(result);
  }

  private end(): void {
    this.timer?.cancel();
    this.timer = undefined;
    this.state = 'over';
    this.host.close(this);
    this.settle(undefined);
  }
}
