import { MctpError } from '../base/errors';
import type { DropReason } from './drops';
import { RouterExchange } from './exchange';
import type { ExchangeHost } from './exchange';
import type { LinkTable } from './link-table';
import type { LoopBack } from './loop-back';
import type { Destination, Incoming, RequestOptions } from './net';
import { checkLink, checkMessage, enqueue, typeOf } from './outgoing';
import type { Plan, Planner } from './plan';
import { TAG_LIFETIME_MS } from './tags';
import type { Flow, FlowPeer, FlowTable } from './tags';

export interface SenderHost {
  now(): number;
  wakeAt(deadline: number): void;
  /** Forgets the packets of a response that nobody waits for any more. */
  discardResponse(flow: Flow): void;
}

export interface SenderParts {
  readonly links: LinkTable;
  readonly planner: Planner;
  readonly flows: FlowTable;
  readonly loopBack: LoopBack;
}

/** The requests that leave us, with their exchanges. */
export class Sender implements ExchangeHost {
  private readonly exchanges = new Map<Flow, RouterExchange>();
  private readonly flows: FlowTable;
  private readonly transmissions = new Map<Flow, Promise<void>>();

  constructor(
    private readonly host: SenderHost,
    private readonly parts: SenderParts,
  ) {
    this.flows = parts.flows;
  }

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
    const plan = this.parts.planner.plan(destination, options.source);
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
    if (this.parts.links.get(plan.link.info.index) !== plan.link) {
      throw new MctpError('unreachable', 'the link was removed', { link: plan.link.info.name });
    }
    checkLink(plan.link, exchange.message.length);
    if (exchange.flow.state !== 'open') this.reopen(exchange);
    // What has been answered is the earlier attempt.
    exchange.answered = false;
    await this.transmit(exchange, plan);
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
      this.parts.loopBack.send(plan.link, message, addressing);
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
}
