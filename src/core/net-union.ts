import { MctpError } from '../base/errors';
import type { Subscription } from '../base/events';
import type {
  Destination,
  Exchange,
  Incoming,
  LinkCounters,
  ListenOptions,
  Neighbour,
  Net,
  NetCapabilities,
  NetEvent,
  NetLink,
  ReplyOptions,
  RequestOptions,
  Requester,
  Route,
} from './net';

/**
 * Two backends as one {@link Net} (design decision D-10). Networks and link indexes of the two are disjoint, so each
 * of them names its backend; a network that no link is in belongs to neither.
 */
export class NetUnion implements Net {
  constructor(
    private readonly first: Net,
    private readonly second: Net,
  ) {}

  /** What both can do; {@link partFor} tells for one network. */
  get capabilities(): NetCapabilities {
    const a = this.first.capabilities;
    const b = this.second.capabilities;
    return {
      chooseSourceEid: a.chooseSourceEid && b.chooseSourceEid,
      unmatchedResponses: a.unmatchedResponses && b.unmatchedResponses,
      maxInFlight: Math.min(a.maxInFlight, b.maxInFlight),
    };
  }

  /** The backend that has a network; `undefined`: neither has a link in it. */
  partFor(network: number): Net | undefined {
    return this.parts().find((net) => net.links().some((link) => link.network === network));
  }

  links(): readonly NetLink[] {
    return [...this.first.links(), ...this.second.links()];
  }

  on(listener: (event: NetEvent) => void): Subscription {
    return both(this.parts().map((net) => net.on(listener)));
  }

  async addLocalEid(link: number, eid: number): Promise<void> {
    await this.ofLink(link).addLocalEid(link, eid);
  }

  async removeLocalEid(link: number, eid: number): Promise<void> {
    await this.ofLink(link).removeLocalEid(link, eid);
  }

  /** A route through a gateway may be left in a network that is the other backend's: it leads nowhere there. */
  routes(network: number): readonly Route[] {
    const part = this.partFor(network);
    return (part === undefined ? this.parts() : [part]).flatMap((net) => net.routes(network));
  }

  async addRoute(route: Route): Promise<void> {
    await this.ofNetwork(route.network).addRoute(route);
  }

  /** Also out of a network that its last link has left: a route through a gateway stays behind (R-DISC-125). */
  async removeRoute(route: Pick<Route, 'network' | 'first' | 'extent' | 'link'>): Promise<void> {
    const { network, first: eid } = route;
    const net = this.partFor(network) ?? this.parts().find((each) => each.routes(network).length > 0);
    if (net === undefined)
      throw new MctpError('no-such-route', 'no link is in the network', { network, eid });
    await net.removeRoute(route);
  }

  neighbours(network: number): readonly Neighbour[] {
    return this.parts().flatMap((net) => net.neighbours(network));
  }

  async addNeighbour(neighbour: Neighbour): Promise<void> {
    await this.ofLink(neighbour.link).addNeighbour(neighbour);
  }

  /** A link that is gone has taken its neighbours with it. */
  async removeNeighbour(neighbour: Pick<Neighbour, 'link' | 'eid'>): Promise<void> {
    await this.findLink(neighbour.link)?.removeNeighbour(neighbour);
  }

  async request(destination: Destination, message: Uint8Array, options?: RequestOptions): Promise<Exchange> {
    return this.towards(destination).request(destination, message, options);
  }

  async reply(request: Incoming | Requester, message: Uint8Array, options?: ReplyOptions): Promise<void> {
    const net = 'kind' in request ? this.towards(request) : this.ofLink(request.link);
    await net.reply(request, message, options);
  }

  /** With both or, where the second refuses, with neither. */
  listen(
    type: number,
    handler: (incoming: Incoming) => boolean,
    priority: number,
    options?: ListenOptions,
  ): Subscription {
    const first = this.first.listen(type, handler, priority, options);
    try {
      return both([first, this.second.listen(type, handler, priority, options)]);
    } catch (error) {
      first.unsubscribe();
      throw error;
    }
  }

  listenUnmatched(handler: (incoming: Incoming) => void): Subscription {
    return both(this.parts().flatMap((net) => net.listenUnmatched?.(handler) ?? []));
  }

  counters(link: number): LinkCounters | undefined {
    return this.findLink(link)?.counters(link);
  }

  nudge(link: number): void {
    this.findLink(link)?.nudge(link);
  }

  private parts(): readonly Net[] {
    return [this.first, this.second];
  }

  private findLink(index: number): Net | undefined {
    return this.parts().find((net) => net.links().some((link) => link.index === index));
  }

  private ofLink(index: number): Net {
    const net = this.findLink(index);
    if (net === undefined) throw new MctpError('unknown-link', `there is no link with index ${index}`);
    return net;
  }

  private ofNetwork(network: number): Net {
    const net = this.partFor(network);
    if (net === undefined) throw new MctpError('unreachable', 'no link is in the network', { network });
    return net;
  }

  private towards(destination: Destination): Net {
    if (destination.kind === 'eid') return this.ofNetwork(destination.network);
    const net = this.findLink(destination.link);
    if (net === undefined)
      throw new MctpError('unreachable', `there is no link with index ${destination.link}`);
    return net;
  }
}

function both(subscriptions: readonly Subscription[]): Subscription {
  return {
    unsubscribe: () => {
      for (const each of subscriptions) each.unsubscribe();
    },
  };
}
