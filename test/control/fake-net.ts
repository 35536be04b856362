import type { Clock } from '../../src/base/clock';
import type { MctpError } from '../../src/base/errors';
import { Emitter, type Subscription } from '../../src/base/events';
import type {
  Destination,
  Exchange,
  Incoming,
  Net,
  NetEvent,
  NetLink,
  Requester,
  Route,
} from '../../src/core/net';

/** What a simulated device does with one send: bytes and when (ms later); several answers, or none. */
export type Peer = (message: Uint8Array, send: Sent) => readonly { at: number; bytes: Uint8Array }[];

export interface Sent {
  readonly destination: Destination;
  readonly message: Uint8Array;
  readonly at: number;
  /** 1 for the first send of an exchange, 2.. for its resends. */
  readonly attempt: number;
  readonly hold: boolean;
}

export function link(over: Partial<NetLink> = {}): NetLink {
  return {
    index: 1,
    name: 'sim0',
    network: 1,
    backend: 'user',
    binding: 'loopback',
    physicalBinding: 1,
    address: Uint8Array.of(0x10),
    addressLength: 1,
    pointToPoint: false,
    minMtu: 68,
    maxMtu: 68,
    mtu: 68,
    up: true,
    localEids: [8],
    ...over,
  };
}

export function incoming(bytes: Uint8Array, over: Partial<Incoming> = {}): Incoming {
  return {
    network: 1,
    link: 1,
    source: 9,
    destination: 8,
    physical: Uint8Array.of(0x1d),
    localEid: 8,
    tag: 3,
    to: true,
    ic: ((bytes[0] ?? 0) & 0x80) !== 0,
    type: (bytes[0] ?? 0) & 0x7f,
    bytes,
    ...over,
  };
}

/** A {@link Net} without packets: a function answers for every device. */
export class FakeNet implements Net {
  readonly capabilities = { chooseSourceEid: true, unmatchedResponses: true, maxInFlight: 8 };
  readonly events = new Emitter<NetEvent>();
  readonly sent: Sent[] = [];
  readonly replies: { readonly to: Incoming | Requester; readonly message: Uint8Array }[] = [];
  readonly nudges: { readonly link: number; readonly at: number }[] = [];
  readonly released: number[] = [];
  linkList: NetLink[] = [link()];
  routeList: Route[] = [];
  peer: Peer = () => [];
  sendError: ((send: Sent) => MctpError | undefined) | undefined;
  replyError: MctpError | undefined;
  private handler: ((incoming: Incoming) => boolean) | undefined;

  constructor(private readonly clock: Clock) {}

  links(): readonly NetLink[] {
    return this.linkList;
  }

  on(listener: (event: NetEvent) => void): Subscription {
    return this.events.on(listener);
  }

  routes(network: number): readonly Route[] {
    return this.routeList.filter((route) => route.network === network);
  }

  neighbours(): readonly [] {
    return [];
  }

  addLocalEid = (): Promise<void> => Promise.resolve();
  removeLocalEid = (): Promise<void> => Promise.resolve();
  addRoute = (): Promise<void> => Promise.resolve();
  removeRoute = (): Promise<void> => Promise.resolve();
  addNeighbour = (): Promise<void> => Promise.resolve();
  removeNeighbour = (): Promise<void> => Promise.resolve();

  async request(
    destination: Destination,
    message: Uint8Array,
    options: { hold?: boolean } = {},
  ): Promise<Exchange> {
    const exchange = new FakeExchange(this, this.clock, {
      destination,
      message,
      hold: options.hold ?? false,
      id: this.sent.length,
    });
    await exchange.send();
    return exchange;
  }

  reply(to: Incoming | Requester, message: Uint8Array): Promise<void> {
    if (this.replyError !== undefined) return Promise.reject(this.replyError);
    this.replies.push({ to, message });
    return Promise.resolve();
  }

  listen(_type: number, handler: (incoming: Incoming) => boolean): Subscription {
    this.handler = handler;
    return { unsubscribe: () => (this.handler = undefined) };
  }

  counters(): undefined {
    return undefined;
  }

  nudge(index: number): void {
    this.nudges.push({ link: index, at: this.clock.now() });
  }

  /** A message arrives; `undefined` when nobody listens. */
  deliver(message: Incoming): boolean | undefined {
    return this.handler?.(message);
  }
}

class FakeExchange implements Exchange {
  readonly tag = 0;
  private attempt = 0;
  private over = false;
  private readonly inbox: Incoming[] = [];
  private waiter: ((message: Incoming | undefined) => void) | undefined;

  constructor(
    private readonly net: FakeNet,
    private readonly clock: Clock,
    private readonly what: { destination: Destination; message: Uint8Array; hold: boolean; id: number },
  ) {}

  send(): Promise<void> {
    this.attempt += 1;
    const { destination, message, hold } = this.what;
    const send = { destination, message, hold, at: this.clock.now(), attempt: this.attempt };
    const error = this.net.sendError?.(send);
    if (error !== undefined) return Promise.reject(error);
    this.net.sent.push(send);
    for (const { at, bytes } of this.net.peer(message, send)) {
      this.clock.setTimer(at, () => this.arrive(incoming(bytes, { to: false })));
    }
    return Promise.resolve();
  }

  resend(): Promise<void> {
    return this.send();
  }

  receive(timeoutMs: number): Promise<Incoming | undefined> {
    const waiting = this.inbox.shift();
    if (waiting !== undefined || this.over) return Promise.resolve(waiting);
    return new Promise((resolve) => {
      const timer = this.clock.setTimer(timeoutMs, () => this.waiter?.(undefined));
      this.waiter = (message) => {
        timer.cancel();
        this.waiter = undefined;
        resolve(message);
      };
    });
  }

  get open(): boolean {
    return !this.over;
  }

  interrupt(): void {
    this.waiter?.(undefined);
  }

  release(): void {
    this.over = true;
    this.net.released.push(this.what.id);
  }

  private arrive(message: Incoming): void {
    if (this.over) return;
    if (!this.what.hold) this.over = true;
    if (this.waiter === undefined) this.inbox.push(message);
    else this.waiter(message);
  }
}
