import { EMPTY } from '../base/bytes';
import type { Subscription } from '../base/events';
import {
  covers,
  ownLink,
  type Destination,
  type Exchange,
  type Incoming,
  type LinkCounters,
  type ListenOptions,
  type Neighbour,
  type Net,
  type NetEvent,
  type NetLink,
  type ReplyOptions,
  type RequestOptions,
  type Requester,
  type Route,
} from '../core/net';
import { TAG_COUNT } from '../core/packet';
import { TAG_MASK, TAG_OWNER, type MctpSocketAddress } from '../os/mctp-address';
import { Inbound } from './inbound';
import type { Serving } from './picture';
import { Replies } from './replies';
import { Requests } from './requests';
import { Topology, type TopologyParts } from './topology';

export type KernelNetParts = TopologyParts;

/**
 * MCTP over the kernel's links (design decision D-10): AF_MCTP for messages, rtnetlink for links, EIDs, routes and
 * neighbours. Source EIDs, fragments and most tag values are the kernel's business.
 */
export class KernelNet implements Net {
  readonly capabilities = { chooseSourceEid: false, unmatchedResponses: false, maxInFlight: TAG_COUNT };
  private readonly topology: Topology;
  private readonly requests: Requests;
  private readonly replies: Replies;
  private readonly inbound: Inbound;

  /** @throws MctpError `not-supported`, `internal`: no netlink */
  constructor(parts: KernelNetParts) {
    const { access, clock, log, onDefect } = parts;
    this.topology = new Topology(parts);
    const link = (index: number): NetLink | undefined => this.topology.link(index);
    const linkTo = (network: number, eid: number): NetLink | undefined => this.linkTo(network, eid);
    const incoming = this.incoming.bind(this);
    this.requests = new Requests({ access, clock, link, linkTo, incoming });
    this.replies = new Replies({ access, link, linkTo });
    this.inbound = new Inbound({ access, clock, log, onDefect, incoming });
    this.topology.on((event) => {
      if (event.kind.startsWith('link-')) {
        this.inbound.linksChanged(new Set(this.links().map(({ network }) => network)));
      }
      if (event.kind === 'link-removed') this.requests.abandon(event.link.index);
    });
  }

  /**
   * Reads what the kernel has; nothing is served yet.
   * @throws MctpError `internal`, `closed`
   */
  open(): Promise<void> {
    return this.topology.open();
  }

  /** Networks that links of the kernel are in, its bare `lo` left out; after {@link open}. */
  usedNetworks(): ReadonlySet<number> {
    return this.topology.usedNetworks();
  }

  /** From now on there are links. */
  serve(serving: Serving): void {
    this.topology.serve(serving);
  }

  /** Closes every socket and ends every exchange: waiting receivers get `undefined`. Idempotent. */
  close(): void {
    this.requests.shutDown();
    this.replies.close();
    this.inbound.close();
    this.topology.close();
  }

  links(): readonly NetLink[] {
    return this.topology.links();
  }

  on(listener: (event: NetEvent) => void): Subscription {
    return this.topology.on(listener);
  }

  addLocalEid(link: number, eid: number): Promise<void> {
    return this.topology.inTurn(() => this.topology.addLocalEid(link, eid));
  }

  removeLocalEid(link: number, eid: number): Promise<void> {
    return this.topology.inTurn(() => this.topology.removeLocalEid(link, eid));
  }

  routes(network: number): readonly Route[] {
    return this.topology.paths.routes(network, (link) => this.topology.link(link)?.network);
  }

  addRoute(route: Route): Promise<void> {
    return this.topology.inTurn(() => this.topology.changes.addRoute(route));
  }

  removeRoute(route: Pick<Route, 'network' | 'first' | 'extent' | 'link'>): Promise<void> {
    return this.topology.inTurn(() => this.topology.changes.removeRoute(route));
  }

  neighbours(network: number): readonly Neighbour[] {
    const links = this.links().filter((link) => link.network === network);
    return this.topology.paths.neighbours(links.map(({ index }) => index));
  }

  addNeighbour(neighbour: Neighbour): Promise<void> {
    return this.topology.inTurn(() => this.topology.changes.addNeighbour(neighbour));
  }

  removeNeighbour(neighbour: Pick<Neighbour, 'link' | 'eid'>): Promise<void> {
    return this.topology.inTurn(() => this.topology.changes.removeNeighbour(neighbour));
  }

  request(destination: Destination, message: Uint8Array, options?: RequestOptions): Promise<Exchange> {
    return this.requests.request(destination, message, options);
  }

  async reply(request: Incoming | Requester, message: Uint8Array, options: ReplyOptions = {}): Promise<void> {
    await Promise.resolve();
    this.replies.send(request, message);
    options.accepted?.();
  }

  listen(
    type: number,
    handler: (incoming: Incoming) => boolean,
    priority: number,
    options?: ListenOptions,
  ): Subscription {
    return this.inbound.listen(type, handler, priority, options);
  }

  /** The kernel counts packets of its own; what it drops it tells nobody. */
  counters(): LinkCounters | undefined {
    return undefined;
  }

  /** The kernel has no cure for a deaf peer. */
  nudge(): void {}

  /** The link an EID is reached through: the newest route that has it wins (kernel.md section 4). */
  private linkTo(network: number, eid: number): NetLink | undefined {
    const own = ownLink(this.links(), network, eid);
    if (own !== undefined) return own;
    const route = this.routeTo(network, eid);
    const last = route?.gateway === undefined ? route : this.routeTo(network, route.gateway);
    return last?.link === undefined ? undefined : this.topology.link(last.link);
  }

  private routeTo(network: number, eid: number): Route | undefined {
    return this.routes(network).find((route) => covers(route, eid));
  }

  /** `undefined`: from a link that is not ours to serve. Under which EID of ours it came the kernel does not tell. */
  private incoming(bytes: Uint8Array, from: MctpSocketAddress): Incoming | undefined {
    const { network, eid: source, hardware } = from;
    // What we, or a program beside us, send to one of our own EIDs comes over no link (R-DEMUX-28).
    const link =
      hardware === undefined ? ownLink(this.links(), network, source) : this.topology.link(hardware.ifindex);
    if (link === undefined) return undefined;
    const message = new Uint8Array(bytes.length + 1);
    message[0] = from.type;
    message.set(bytes, 1);
    const localEid = hardware === undefined ? source : (link.localEids[0] ?? 0);
    return {
      ...{ network, link: link.index, source, destination: localEid, localEid },
      ...{ physical: hardware?.address ?? EMPTY, tag: from.tag & TAG_MASK, to: (from.tag & TAG_OWNER) !== 0 },
      ...{ ic: (from.type & 0x80) !== 0, type: from.type & 0x7f, bytes: message },
      ...(hardware === undefined && { looped: true }),
    };
  }
}
