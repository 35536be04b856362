import { EMPTY } from '../base/bytes';
import type { Clock } from '../base/clock';
import { describeError, isMctpError, type MctpError } from '../base/errors';
import type { Subscription } from '../base/events';
import { EID_BROADCAST, isEndpointEid } from '../base/ids';
import type { LogFields } from '../base/log';
import { encodeDemuxFrame } from '../client/demux-wire';
import { ownLink, Priority, type Exchange, type Incoming, type Net, type Requester } from '../core/net';
import { correlationKey, isMoreProcessing, kindOf, typeOf } from './classify';
import { ClientQueue, isHeld, type QueuedRequest, type Sending } from './client-queue';
import type { DemuxDropReason, DemuxDrops } from './drops';
import { Flow } from './flow';
import { FlowTable } from './flow-table';
import { RequestMemory } from './request-memory';

/** A client that has registered for a message type. */
export interface Member extends Sending {
  readonly type: number;
  /** @param frame belongs to every client, nobody writes to it */
  deliver(frame: Uint8Array): void;
  /** Its type cannot be had any more (R-DEMUX-46); to be told of no message again, it leaves. */
  refused(error: MctpError): void;
}

export interface DemuxNetworkParts {
  readonly net: Net;
  readonly clock: Clock;
  readonly network: number;
  readonly drops: DemuxDrops;
  /** Also what a strict requester would not do, for peers and clients that know no tags (R-DEMUX-22, R-DEMUX-24). */
  readonly compat: 'libmctp' | undefined;
}

/**
 * One network as the clients of the demux see it: frames without tags on their side, requests and responses with tags on
 * the other. Which of the two a frame is, and whose, is decided here (R-DEMUX-20..28).
 */
export class DemuxNetwork {
  private readonly members = new Map<
    number,
    { readonly set: Set<Member>; readonly subscriptions: readonly Subscription[] }
  >();
  private readonly memory = new RequestMemory<Member>();
  private readonly flows = new FlowTable<Member>();
  private readonly queue: ClientQueue<Member>;
  private readonly unmatched: Subscription | undefined;

  constructor(private readonly parts: DemuxNetworkParts) {
    const { net, network, clock, compat } = parts;
    this.queue = new ClientQueue<Member>({
      ...{ net, network, clock },
      begun: (request, exchange) => this.begun(request, exchange),
      failed: ({ eid, message }, error) => this.failed(eid, typeOf(message), error),
      refused: ({ eid, client }) => this.drop('BacklogFull', eid, client.type),
    });
    this.unmatched =
      compat === undefined
        ? undefined
        : net.listenUnmatched?.((incoming) => this.unmatchedResponse(incoming));
  }

  /** @throws MctpError `name-taken`, `not-permitted`, `internal`: another program has the type in the kernel (R-DEMUX-46) */
  join(member: Member): void {
    const { type } = member;
    const known = this.members.get(type);
    if (known !== undefined) {
      known.set.add(member);
      return;
    }
    const set = new Set([member]);
    this.members.set(type, { set, subscriptions: this.listen(type, set) });
  }

  /** Forgets what it asked and what it was asked (R-DEMUX-34). */
  leave(member: Member): void {
    const known = this.members.get(member.type);
    if (known?.set.delete(member) !== true) return;
    this.queue.forget(member);
    this.memory.forget(member);
    for (const flow of this.flows.of(member)) flow.abandon();
    if (known.set.size > 0) return;
    for (const each of known.subscriptions) each.unsubscribe();
    this.members.delete(member.type);
  }

  /** A frame of a client. @param message from the type byte on, which is there */
  frame(member: Member, eid: number, message: Uint8Array): void {
    if (typeOf(message) !== member.type) {
      this.drop('WrongType', eid, member.type);
    } else if (!isEndpointEid(eid)) {
      // No link is named for EID 0, and only control messages are for all (R-DEMUX-14).
      this.drop('BadEid', eid, member.type);
    } else if (this.isResponse(member, eid, message)) {
      this.respond(member, eid, message);
    } else if (this.isLocal(eid)) {
      this.loopRequest(member, eid, message);
    } else {
      this.queue.send({ client: member, eid, message });
    }
  }

  close(): void {
    this.queue.close();
    this.unmatched?.unsubscribe();
    for (const { set } of [...this.members.values()]) for (const member of [...set]) this.leave(member);
  }

  /** Both or, where the network refuses, none. */
  private listen(type: number, set: ReadonlySet<Member>): readonly Subscription[] {
    const { net, network } = this.parts;
    const refused = (error: MctpError): void => {
      for (const each of [...set]) each.refused(error);
    };
    const options = { network, refused };
    // A listener of the client API wins what is asked, not what was answered to somebody else (R-DEMUX-27).
    const answers = (incoming: Incoming): boolean => this.answerAsRequest(incoming);
    const first = net.listen(type, answers, Priority.demuxAnswer, options);
    try {
      return [first, net.listen(type, (incoming) => this.request(incoming), Priority.demux, options)];
    } catch (error) {
      first.unsubscribe();
      throw error;
    }
  }

  /** Content decides where it says so; else whoever was asked something answers it (R-DEMUX-21). */
  private isResponse(member: Member, eid: number, message: Uint8Array): boolean {
    const kind = kindOf(message);
    if (kind !== 'unknown') return kind === 'response';
    return this.memory.awaits(eid, member.type, member, this.now());
  }

  /** R-DEMUX-22. */
  private respond(member: Member, eid: number, message: Uint8Array): void {
    const { type } = member;
    const isLocal = this.isLocal(eid);
    // Every client of the type gets it, asked or not (R-DEMUX-28).
    if (isLocal) this.loop(member, eid, message);
    const now = this.now();
    const request = this.memory.find({ eid, type, key: correlationKey(message) }, member, now);
    if (request !== undefined) {
      if (isMoreProcessing(message)) this.memory.renew(request, now);
      else this.memory.answered(request);
      if (isLocal) this.flows.withTag(eid, request.tag)?.skipNext();
      this.reply(request.back, message);
    } else if (!isLocal && this.parts.compat === 'libmctp') {
      this.reply({ kind: 'eid', network: this.parts.network, eid, tag: 0 }, message, true);
    } else if (!isLocal) {
      this.drop('NoRequest', eid, type);
    }
  }

  private reply(to: Incoming | Requester, message: Uint8Array, tagOwner = false): void {
    const eid = 'kind' in to ? to.eid : to.source;
    this.parts.net
      .reply(to, message, { tagOwner })
      .catch((error: unknown) => this.failed(eid, typeOf(message), error));
  }

  /**
   * To ourselves, with a tag, so that listeners and requests of the client API meet the clients of the demux. No tag is
   * no reason to withhold it from the latter (R-DEMUX-28): they tell their answers apart without one, and who floods
   * fills a queue of his own (R-DEMUX-31).
   */
  private loopRequest(client: Member, eid: number, message: Uint8Array): void {
    const { net, network } = this.parts;
    const hold = isHeld(client.type);
    const outcome = { begun: false };
    const accepted = (exchange: Exchange): void => {
      outcome.begun = true;
      this.begun({ client, eid, message }, exchange);
    };
    net.request({ kind: 'eid', network, eid }, message, { hold, accepted }).catch(() => {
      if (!outcome.begun) this.loop(client, eid, message);
    });
  }

  /** In its turn: what was sent before goes through the stack, which takes a moment too. */
  private loop(sender: Member, eid: number, message: Uint8Array): void {
    queueMicrotask(() => this.toAll(sender.type, eid, message, sender));
  }

  private begun({ client, eid, message }: QueuedRequest<Member>, exchange: Exchange): void {
    if (this.members.get(client.type)?.set.has(client) !== true) {
      exchange.release({ quarantine: true });
      return;
    }
    const host = {
      now: () => this.now(),
      deliver: (to: Member, source: number, bytes: Uint8Array) => to.deliver(encodeDemuxFrame(source, bytes)),
      ended: (ended: Flow<Member>) => {
        this.flows.delete(ended);
        this.queue.tagFreed(eid);
      },
    };
    const flow = new Flow(host, { client, eid, type: client.type, key: correlationKey(message) }, exchange);
    this.flows.add(flow);
    flow.run().catch((error: unknown) => this.failed(eid, client.type, error));
  }

  /** What came with TO=1. @returns whether there is a client of the type here */
  private request(incoming: Incoming): boolean {
    const { network, type, source: eid, destination, bytes } = incoming;
    const members = this.members.get(type)?.set;
    if (members === undefined || destination === EID_BROADCAST) return false;
    if (kindOf(bytes) === 'response') {
      this.answerToNobody(incoming);
      return true;
    }
    const isLocal = this.isLocal(eid);
    // Whoever asks himself is not the one who answers.
    const asker = isLocal ? this.flows.withTag(eid, incoming.tag)?.asked.client : undefined;
    const clients = new Set([...members].filter((member) => member !== asker));
    const back = isLocal
      ? { kind: 'eid' as const, network, eid, tag: incoming.tag }
      : { ...incoming, bytes: EMPTY };
    const key = correlationKey(bytes);
    if (clients.size > 0)
      this.memory.remember({ eid, type, tag: incoming.tag, key, back, clients }, this.now());
    this.toAll(type, eid, bytes, asker);
    return true;
  }

  /** From a peer that sets TO in its answers too (R-DEMUX-25). @returns whether a client here has asked for it */
  private answerAsRequest({ type, source, destination, bytes }: Incoming): boolean {
    if (destination === EID_BROADCAST || kindOf(bytes) !== 'response') return false;
    const flow = this.flows.asking(source, type, correlationKey(bytes));
    flow?.answered(bytes);
    return flow !== undefined;
  }

  private answerToNobody({ type, source: eid, bytes }: Incoming): void {
    if (this.parts.compat === 'libmctp') this.toAll(type, eid, bytes);
    else this.drop('NoClient', eid, type);
  }

  /** A response to nobody's request (R-DEMUX-24); asked for with `compat` only. */
  private unmatchedResponse({ network, type, source, bytes }: Incoming): void {
    if (network !== this.parts.network) return;
    if (this.members.has(type)) this.toAll(type, source, bytes);
    else this.drop('NoClient', source, type);
  }

  /** @param sender one of ours: its own copy goes last, for it is the others that somebody waits for */
  private toAll(type: number, eid: number, message: Uint8Array, sender?: Member): void {
    const members = this.members.get(type)?.set ?? new Set();
    const frame = encodeDemuxFrame(eid, message);
    // A client that is cut off for not reading leaves the set on the way.
    for (const member of [...members]) if (member !== sender) member.deliver(frame);
    if (sender !== undefined && members.has(sender)) sender.deliver(frame);
  }

  private isLocal(eid: number): boolean {
    const { net, network } = this.parts;
    return ownLink(net.links(), network, eid) !== undefined;
  }

  private failed(eid: number, type: number, error: unknown): void {
    const link = isMctpError(error) ? error.context.link : undefined;
    this.drop('SendFailed', eid, type, { link, cause: describeError(error) });
  }

  private drop(reason: DemuxDropReason, eid: number, type: number, more: LogFields = {}): void {
    this.parts.drops.drop(reason, { network: this.parts.network, eid, type, ...more });
  }

  private now(): number {
    return this.parts.clock.now();
  }
}
