import { EID_BROADCAST, EID_NULL } from '../base/ids';
import { Emitter } from '../base/events';
import type { Subscription } from '../base/events';
import { forwardPacket } from './forward';
import type { LinkTable, RouterLink } from './link-table';
import { lowestEid } from './link-table';
import type { Listeners } from './listeners';
import type { Incoming } from './net';
import {
  TAG_MASK,
  TAG_OWNER,
  checkPacket,
  destinationOf,
  flagsOf,
  sourceOf,
  tagBits,
  writeHeader,
} from './packet';
import { Reassembler } from './reassembly';
import type { ReassemblyLimits } from './reassembly';
import type { RouteTable } from './routes';
import type { Sender } from './sender';
import type { Flow, FlowTable } from './tags';

export interface ReceiverParts {
  readonly links: LinkTable;
  readonly routes: RouteTable;
  readonly flows: FlowTable;
  readonly listeners: Listeners;
  onDefect(error: unknown): void;
  wakeAt(deadline: number): void;
}

/** Everything that comes in: the table of DSP0236 §8.9 from the first check to the one who gets the message. */
export class Receiver {
  readonly reassembler: Reassembler;
  private readonly unmatched = new Emitter<Incoming>();
  private unmatchedListeners = 0;
  /** The open flow that the packet in hand belongs to. */
  private flow: Flow | undefined;

  constructor(
    private readonly parts: ReceiverParts,
    private readonly sender: () => Sender,
    limits: Partial<ReassemblyLimits>,
  ) {
    this.reassembler = new Reassembler(
      {
        expects: () => this.flow !== undefined || this.unmatchedListeners > 0,
        drop: (reason, link) => parts.links.get(link)?.port.drop(reason),
      },
      limits,
    );
  }

  /** One packet from a binding. Neither it nor `physical` is kept. */
  packet(link: RouterLink, packet: Uint8Array, physical: Uint8Array, now: number): void {
    const { port, info } = link;
    port.rxPackets++;
    port.rxBytes += packet.length;
    const bad = checkPacket(packet);
    if (bad !== undefined) {
      port.drop(bad);
      return;
    }
    if (!this.isLocal(link, destinationOf(packet))) {
      const dropped = forwardPacket(packet, link, this.parts);
      if (dropped !== undefined) port.drop(dropped);
      return;
    }
    const isResponse = (flagsOf(packet) & TAG_OWNER) === 0;
    if (!isResponse && link.info.localEids.includes(sourceOf(packet))) {
      // Our own request come back, as from a tty that echoes. Answering it would make us discover ourselves.
      port.drop('BadSourceEid');
      return;
    }
    this.flow = isResponse ? this.parts.flows.match(packet, link.ingress, physical) : undefined;
    // Each packet of a response that is not complete yet moves the tag's deadline (R-API-34).
    if (this.flow !== undefined) this.flow.lastPacket = now;
    const wereOpen = this.reassembler.size;
    const bytes = this.reassembler.accept(packet, info.index, physical, now);
    if (this.reassembler.size > wereOpen) this.parts.wakeAt(this.reassembler.nextDeadline());
    if (bytes !== undefined) this.dispatch(link, incomingFrom(link, packet, physical, bytes), this.flow);
  }

  /** A message from ourselves to ourselves. */
  local(incoming: Incoming): void {
    const link = this.parts.links.get(incoming.link);
    if (link === undefined) return;
    const header = new Uint8Array(4);
    writeHeader(header, incoming.destination, incoming.source, tagBits(incoming.to, incoming.tag));
    const flow = incoming.to ? undefined : this.parts.flows.match(header, link.ingress, incoming.physical);
    this.dispatch(link, incoming, flow);
  }

  onUnmatched(handler: (incoming: Incoming) => void): Subscription {
    const subscription = this.unmatched.on(handler);
    let active = true;
    this.unmatchedListeners++;
    return {
      unsubscribe: () => {
        subscription.unsubscribe();
        if (active) this.unmatchedListeners--;
        active = false;
      },
    };
  }

  discardResponse({ peer, tag }: Flow): void {
    const { link } = peer;
    if (peer.kind === 'routed') {
      this.reassembler.discard({ link, bits: tag, source: peer.remote, destination: peer.local });
    } else {
      this.reassembler.discard({
        link,
        bits: tag,
        physical: peer.kind === 'physical' ? peer.address : undefined,
      });
    }
  }

  private isLocal(link: RouterLink, destination: number): boolean {
    if (destination === EID_NULL || destination === EID_BROADCAST) return true;
    if (link.info.localEids.includes(destination)) return true;
    return this.parts.links.owner(link.info.network, destination) !== undefined;
  }

  private dispatch(link: RouterLink, incoming: Incoming, flow: Flow | undefined): void {
    if (incoming.to) {
      if (!this.parts.listeners.offer(incoming)) link.port.drop('NoListener');
    } else if (flow !== undefined) {
      const reason = this.sender().respond(flow, incoming);
      if (reason !== undefined) link.port.drop(reason);
    } else if (this.unmatchedListeners > 0) {
      try {
        this.unmatched.emit(incoming);
      } catch (error) {
        this.parts.onDefect(error);
      }
    } else {
      link.port.drop('UnexpectedResponse');
    }
  }
}

function incomingFrom(
  { info }: RouterLink,
  packet: Uint8Array,
  physical: Uint8Array,
  bytes: Uint8Array,
): Incoming {
  const destination = destinationOf(packet);
  const flags = flagsOf(packet);
  const first = bytes[0] ?? 0;
  const named = destination !== EID_NULL && destination !== EID_BROADCAST;
  return {
    network: info.network,
    link: info.index,
    source: sourceOf(packet),
    destination,
    physical: new Uint8Array(physical),
    localEid: named ? destination : lowestEid(info),
    tag: flags & TAG_MASK,
    to: (flags & TAG_OWNER) !== 0,
    ic: (first & 0x80) !== 0,
    type: first & 0x7f,
    bytes,
  };
}
