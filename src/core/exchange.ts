import { MctpError } from '../base/errors';
import type { Exchange, Incoming } from './net';
import type { Plan } from './plan';
import { TAG_LIFETIME_MS } from './tags';
import type { Flow } from './tags';

/** Responses to a held or broadcast request that nobody has fetched yet: more are not kept. */
const INBOX_MESSAGES = 256;
const INBOX_BYTES = 1024 * 1024;

export interface ExchangeHost {
  now(): number;
  wakeAt(deadline: number): void;
  /** Puts the message on the link once more, taking the tag again if the flow is over. */
  resend(exchange: RouterExchange): Promise<void>;
  /** @param quarantine keep the tag for a response that may still come */
  release(exchange: RouterExchange, quarantine: boolean): void;
}

/** The requester's end of one flow: what has come back, and who waits for it. */
export class RouterExchange implements Exchange {
  readonly tag: number;
  /** A response has come to the last attempt. */
  answered = false;
  /** Of all attempts. */
  packetsSent = 0;
  released = false;
  private inbox: Incoming[] = [];
  private inboxBytes = 0;
  private waiter:
    { readonly deadline: number; readonly resolve: (got: Incoming | undefined) => void } | undefined;

  constructor(
    private readonly host: ExchangeHost,
    public flow: Flow,
    /** The whole message, for {@link resend}; nobody else has these bytes. */
    readonly message: Uint8Array,
    /** How it leaves us. */
    readonly plan: Plan,
  ) {
    this.tag = flow.tag;
  }

  get open(): boolean {
    return this.flow.state === 'open';
  }

  receive(timeoutMs: number): Promise<Incoming | undefined> {
    const first = this.inbox.shift();
    if (first !== undefined) {
      this.inboxBytes -= first.bytes.length;
      return Promise.resolve(first);
    }
    if (!this.open) return Promise.resolve(undefined);
    if (this.waiter !== undefined) {
      return Promise.reject(new MctpError('invalid-arguments', 'somebody receives on this exchange already'));
    }
    // No limit: the wait ends with the flow.
    const deadline = timeoutMs > 0 ? this.host.now() + timeoutMs : Infinity;
    if (timeoutMs > 0) {
      this.flow.waitingUntil = deadline;
      this.host.wakeAt(deadline);
    }
    return new Promise((resolve) => {
      this.waiter = { deadline, resolve };
    });
  }

  interrupt(): void {
    this.settle(undefined);
  }

  resend(): Promise<void> {
    return this.host.resend(this);
  }

  release(options: { readonly quarantine?: boolean; readonly answered?: boolean } = {}): void {
    if (this.released) return;
    this.released = true;
    if (options.answered === true) this.answered = true;
    this.inbox = [];
    this.inboxBytes = 0;
    this.host.release(this, options.quarantine === true || !this.answered);
    this.settle(undefined);
  }

  /** A response is complete. @returns false if there is no room for it */
  deliver(incoming: Incoming): boolean {
    this.answered = true;
    if (this.waiter !== undefined) {
      this.settle(incoming);
      return true;
    }
    const isFull =
      this.inbox.length >= INBOX_MESSAGES || this.inboxBytes + incoming.bytes.length > INBOX_BYTES;
    if (isFull) return false;
    this.inbox.push(incoming);
    this.inboxBytes += incoming.bytes.length;
    return true;
  }

  /** Ends a wait whose time is up. */
  poll(now: number): void {
    if (this.waiter !== undefined && this.waiter.deadline <= now) this.settle(undefined);
  }

  /** When {@link poll} next has something to do; Infinity: never. */
  nextDeadline(): number {
    return this.waiter?.deadline ?? Infinity;
  }

  /** Gives the one who waits what there is. */
  settle(result: Incoming | undefined): void {
    const { waiter } = this;
    this.waiter = undefined;
    this.flow.waitingUntil = 0;
    // Nobody keeps it alive any more, and its deadline was not asked for while somebody did.
    if (this.open) this.host.wakeAt(this.flow.lastPacket + TAG_LIFETIME_MS);
    waiter?.resolve(result);
  }
}
