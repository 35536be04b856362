import { MctpError } from '../base/errors';
import { EID_BROADCAST, EID_NULL, MAX_MESSAGE, MessageType, BASELINE_UNIT } from '../base/ids';
import type { DropReason } from './drops';
import { RouterExchange } from './exchange';
import type { ExchangeHost } from './exchange';
import { Fragmenter } from './fragment';
import type { LinkTable, RouterLink } from './link-table';
import { lowestEid } from './link-table';
import type { Destination, Incoming, ReplyOptions, RequestOptions, Requester } from './net';
import { tagBits } from './packet';
import type { Addressing } from './packet';
import type { Plan, Planner } from './plan';
import { TAG_LIFETIME_MS } from './tags';
import type { Flow, FlowPeer, FlowTable } from './tags';

export interface SenderHost {
  now(): number;
  wakeAt(deadline: number): void;
  /** Hands a message to ourselves, on a later turn. */
  deliverLocally(incoming: Incoming): void;
  /** Forgets the packets of a response that nobody waits for any more. */
  discardResponse(flow: Flow): void;
}

/** Marks what we have sent to ourselves. A property, since a weak collection costs more than all the rest of the way. */
const LOOPED_BACK = Symbol('looped back');

interface LoopedBack extends Incoming {
  readonly [LOOPED_BACK]: true;
}

/** Everything that leaves us: requests with their exchanges, and replies. */
export class Sender implements ExchangeHost {
  private readonly exchanges = new Map<Flow, RouterExchange>();
  private readonly transmissions = new Map<Flow, Promise<void>>();

  constructor(
    private readonly host: SenderHost,
    private readonly links: LinkTable,
    private readonly planner: Planner,
    private readonly flows: FlowTable,
  ) {}

  now(): number {
    return this.host.now();
  }

  wakeAt(deadline: number): void {
    this.host.wakeAt(deadline);
  }

  async request(
    destination: Destination,
    message: Uint8Array,
    options: RequestOptions,
  ): Promise<RouterExchange> {
    checkMessage(message);
    const plan = this.planner.plan(destination, options.source);
    checkLink(plan.link, message.length);
    const flow = this.openFlow(plan.peer, options);
    if (flow === undefined) {
      throw new MctpError('no-free-tag', 'all 8 tags towards the destination are in use; try again later', {
        link: plan.link.info.name,
        eid: plan.destination,
        physicalAddress: plan.physical,
      });
    }
    const exchange = new RouterExchange(this, flow, new Uint8Array(message), plan);
    this.exchanges.set(flow, exchange);
    await this.transmit(exchange, plan, options.accepted);
    return exchange;
  }

  private openFlow(peer: FlowPeer, { hold, reclaim = false }: RequestOptions): Flow | undefined {
    const flow = this.flows.open(peer, this.now(), hold);
    if (flow !== undefined || !reclaim || !this.flows.reclaim(peer)) return flow;
    return this.flows.open(peer, this.now(), hold);
  }

  async resend(exchange: RouterExchange): Promise<void> {
    const { plan } = exchange;
    if (exchange.released) {
      throw new MctpError('closed', 'the exchange was released; send a new request');
    }
    // Two copies under one tag at once would spoil each other at the receiver.
    const underWay = this.transmissions.get(exchange.flow);
    if (underWay !== undefined) return underWay;
    if (this.links.get(plan.link.info.index) !== plan.link) {
      throw new MctpError('unreachable', 'the link was removed', { link: plan.link.info.name });
    }
    checkLink(plan.link, exchange.message.length);
    if (exchange.flow.state !== 'open') this.reopen(exchange);
    // What has been answered is the earlier attempt.
    exchange.answered = false;
    await this.transmit(exchange, plan);
  }

  async reply(request: Incoming | Requester, message: Uint8Array, options: ReplyOptions): Promise<void> {
    checkMessage(message);
    if ('kind' in request) await this.replyRouted(request, message, options);
    else await this.replyBack(request, message, options.accepted);
  }

  /** Out of the link the request came in by, to where it came from. */
  private async replyBack(incoming: Incoming, message: Uint8Array, accepted: Accepted): Promise<void> {
    const link = this.links.require(incoming.link);
    if (LOOPED_BACK in incoming) {
      const { source: destination, destination: source, tag } = incoming;
      this.loopBack(link, message, { destination, source, tag, to: false });
      accepted?.();
      return;
    }
    checkLink(link, message.length, incoming.physical);
    const addressing = {
      destination: incoming.source,
      source: this.replySource(link, incoming),
      tag: incoming.tag,
    };
    const unit = this.planner.unit(link.info, incoming.source);
    const way = { link, physical: new Uint8Array(incoming.physical), broadcast: false, unit };
    const done = enqueue(way, { ...addressing, to: false }, new Uint8Array(message), () => undefined);
    accepted?.();
    await done;
  }

  private async replyRouted(
    requester: Requester,
    message: Uint8Array,
    { accepted, tagOwner: to = false }: ReplyOptions,
  ): Promise<void> {
    const plan = this.planner.plan(requester, undefined);
    const { link, destination, source, physical } = plan;
    const addressing = { destination, source, tag: requester.tag, to };
    if (plan.local) {
      this.loopBack(link, message, addressing);
      accepted?.();
      return;
    }
    checkLink(link, message.length, physical);
    const done = enqueue(plan, addressing, new Uint8Array(message), () => undefined);
    accepted?.();
    await done;
  }

  /**
   * A complete response. One of another type than the request answers something else, and the wait goes on (R-API-12).
   * @returns why nobody takes it
   */
  respond(flow: Flow, incoming: Incoming): DropReason | undefined {
    const exchange = this.exchanges.get(flow);
    if (exchange !== undefined && typeOf(exchange.message) !== incoming.type) return 'UnexpectedResponse';
    if (!flow.held) this.forget(flow);
    return exchange?.deliver(incoming) === true ? undefined : 'NoListener';
  }

  release(exchange: RouterExchange, quarantine: boolean): void {
    const { flow } = exchange;
    this.exchanges.delete(flow);
    if (flow.state !== 'open') return;
    // Whoever answers a broadcast may still be about to, whatever has come so far.
    if (quarantine || flow.peer.kind === 'broadcast') this.flows.quarantine(flow);
    else this.flows.free(flow);
    this.host.discardResponse(flow);
  }

  poll(now: number): void {
    for (const exchange of this.exchanges.values()) exchange.poll(now);
    for (const flow of this.flows.expire(now)) {
      const exchange = this.exchanges.get(flow);
      this.forget(flow);
      exchange?.settle(undefined);
    }
  }

  nextDeadline(): number {
    let earliest = this.flows.nextDeadline();
    for (const exchange of this.exchanges.values()) earliest = Math.min(earliest, exchange.nextDeadline());
    return earliest;
  }

  /** Ends every exchange over a link that goes away. */
  abandon(link: number): void {
    for (const flow of this.flows.overLink(link)) {
      const exchange = this.exchanges.get(flow);
      this.forget(flow);
      exchange?.settle(undefined);
    }
  }

  /** The EID the request was sent to if it is still ours, else what the link has now: Set Endpoint ID may have come. */
  private replySource({ info }: RouterLink, { destination }: Incoming): number {
    const named = destination !== EID_NULL && destination !== EID_BROADCAST;
    const isOurs = named && this.links.owner(info.network, destination) !== undefined;
    return isOurs ? destination : lowestEid(info);
  }

  private forget(flow: Flow): void {
    this.flows.free(flow);
    this.exchanges.delete(flow);
  }

  private reopen(exchange: RouterExchange): void {
    const flow = this.flows.reopen(exchange.flow, this.now());
    if (flow === undefined) {
      throw new MctpError('no-free-tag', `tag ${exchange.tag} belongs to another request by now`);
    }
    exchange.flow = flow;
    this.exchanges.set(flow, exchange);
  }

  private async transmit(
    exchange: RouterExchange,
    plan: Plan,
    accepted?: (exchange: RouterExchange) => void,
  ): Promise<void> {
    const { flow, message } = exchange;
    flow.lastPacket = this.now();
    this.wakeAt(flow.lastPacket + TAG_LIFETIME_MS);
    const addressing = { destination: plan.destination, source: plan.source, tag: flow.tag, to: true };
    if (plan.local) {
      this.loopBack(plan.link, message, addressing);
      accepted?.(exchange);
      return;
    }
    flow.sending = true;
    const done = enqueue(plan, addressing, message, (now) => {
      exchange.packetsSent++;
      flow.lastPacket = now;
    });
    this.transmissions.set(flow, done);
    accepted?.(exchange);
    try {
      await done;
    } catch (error) {
      this.failed(exchange);
      throw error;
    } finally {
      flow.sending = false;
      this.transmissions.delete(flow);
      this.wakeAt(flow.lastPacket + TAG_LIFETIME_MS);
    }
  }

  /** If nothing ever went out, nobody can answer and the tag is free. */
  private failed(exchange: RouterExchange): void {
    const { flow } = exchange;
    if (exchange.packetsSent > 0) this.flows.quarantine(flow);
    else this.flows.free(flow);
    this.exchanges.delete(flow);
    exchange.settle(undefined);
  }

  private loopBack(link: RouterLink, message: Uint8Array, addressing: Addressing): void {
    const { destination, source, tag, to } = addressing;
    const { index, network, address } = link.info;
    const first = message[0] ?? 0;
    const incoming: LoopedBack = {
      network,
      link: index,
      source,
      destination,
      physical: new Uint8Array(address),
      localEid: destination,
      tag,
      to,
      ic: (first & 0x80) !== 0,
      type: typeOf(message),
      bytes: new Uint8Array(message),
      [LOOPED_BACK]: true,
    };
    queueMicrotask(() => this.host.deliverLocally(incoming));
  }
}

type Accepted = ReplyOptions['accepted'];
type Way = Pick<Plan, 'link' | 'physical' | 'broadcast' | 'unit'>;

/** Puts a message into the link's queue; settles when its last packet was handed over. */
function enqueue(
  { link, physical, broadcast, unit }: Way,
  addressing: Addressing,
  message: Uint8Array,
  onPacket: (now: number) => void,
): Promise<void> {
  const { destination, source, tag, to } = addressing;
  return new Promise((resolve, reject) => {
    link.port.send({
      packets: new Fragmenter(message, addressing, unit),
      physical,
      broadcast,
      name: (destination << 12) | (source << 4) | tagBits(to, tag),
      bytes: message.length,
      foreign: !to,
      single: message.length <= unit,
      onPacket,
      onDone: (failure) => {
        if (failure === undefined) resolve();
        else reject(failure);
      },
    });
  });
}

function typeOf(message: Uint8Array): number {
  return (message[0] ?? 0) & 0x7f;
}

function checkMessage(message: Uint8Array): void {
  const { length } = message;
  if (length === 0) throw new MctpError('invalid-arguments', 'a message has a type byte at least');
  if (length > MAX_MESSAGE) {
    throw new MctpError('message-too-long', `a message has at most ${MAX_MESSAGE} bytes, this one ${length}`);
  }
  // Control messages always fit one packet of baseline size (DSP0236 §11).
  if (typeOf(message) === MessageType.control && length > BASELINE_UNIT) {
    throw new MctpError('message-too-long', `a control message has at most 64 bytes, this one ${length}`);
  }
}

/** @param replyTo physical address, where it is a reply */
function checkLink({ info, port }: RouterLink, bytes: number, replyTo?: Uint8Array): void {
  const context = { link: info.name, network: info.network };
  if (!info.up) throw new MctpError('link-down', 'the link is down; try again when it is up', context);
  const hasRoom = replyTo === undefined ? port.hasRoom(bytes) : port.hasRoomForForeign(bytes, replyTo);
  if (!hasRoom) {
    // Nobody may be told of it: the caller of a reply has nobody to turn to.
    port.drop('TransmitQueueFull');
    throw new MctpError('queue-full', 'too much waits for the link already; try again later', context);
  }
}
