import { EMPTY } from '../base/bytes';
import { describeCause, isMctpError } from '../base/errors';
import type { Log } from '../base/log';
import { covers, linkOf, type Net, type NetLink, type Route } from '../core/net';
import { peerFields } from './checks';
import type { Pool } from './endpoint';
import type { Peer } from './peer';
import type { Registry } from './registry';

/** What was installed for a peer: under which EID of which network, and the pool whose route there is. */
export interface Installed {
  readonly network: number;
  readonly eid: number;
  readonly neighbour: boolean;
  readonly route: boolean;
  readonly pool: Pool | undefined;
}

/**
 * Neighbour and host route of a peer, and the route to a bridge's pool (R-DISC-30..33). A peer remembers what was
 * installed for it, so that exactly this is taken away again.
 */
export class Paths {
  /** A missing capability was said: it is missing for every device, and a running process gets none back. */
  private isBarred = false;

  constructor(
    private readonly net: Net,
    private readonly registry: Pick<Registry, 'link'>,
    private readonly log: Log,
  ) {}

  /** Makes an EID reachable at a peer's physical address. Failures are logged and the operation goes on (R-DISC-30). */
  async install(peer: Peer, link: NetLink): Promise<void> {
    const { network, eid } = peer;
    peer.barred = undefined;
    if (peer.address.length > 0 || link.address.length > 0) {
      peer.neighbourInstalled = await this.addNeighbour(peer, link, eid);
    }
    peer.routeInstalled = await this.addRoute(peer, { network, first: eid, extent: 0, link: link.index });
  }

  /** One range route through the bridge, of its MTU; no neighbours (R-DISC-32). */
  async installPool(peer: Peer, pool: Pool): Promise<void> {
    const { network, eid } = peer;
    if (await this.addRoute(peer, { network, ...rangeOf(pool), gateway: eid })) peer.poolRoute = pool;
  }

  async uninstallPool(peer: Peer): Promise<void> {
    const { network, poolRoute } = peer;
    peer.poolRoute = undefined;
    await this.removePool(peer, network, poolRoute);
  }

  /** For those who cannot wait: a route through a gateway outlives the link that the gateway was on. */
  abandonPool(peer: Peer): void {
    const { network, eid, poolRoute: pool } = peer;
    peer.poolRoute = undefined;
    this.abandon(peer, { network, eid, neighbour: false, route: false, pool });
  }

  /** {@link withdraw}, for those who cannot wait. */
  abandon(peer: Peer, installed: Installed): void {
    const withdrawn = this.withdraw(peer, installed).catch((error: unknown) => {
      const occasion = { operation: 'remove paths', cause: describeCause(error) };
      this.log.error('paths not removed', peerFields(this.registry, peer, occasion));
    });
    // Whoever still works for the peer waits for it: the next holder of the EID may have the same route.
    peer.moving = Promise.all([peer.moving, withdrawn]).then(() => undefined);
  }

  /**
   * Neighbour, pool route, host route, in this order (R-DISC-33); then what they took the place of, if nothing has come
   * of the peer. `eid`: an older one than the peer's, while it moves.
   */
  async uninstall(peer: Peer, eid = peer.eid): Promise<void> {
    if (peer.moving !== undefined) await peer.moving;
    await this.withdraw(peer, this.take(peer, eid));
    const { replaced } = peer;
    peer.replaced = [];
    for (const route of replaced) await this.restore(peer, route);
  }

  /** What is installed for a peer, off its hands: whoever takes it sees to it. */
  take(peer: Peer, eid = peer.eid): Installed {
    const { network, neighbourInstalled: neighbour, routeInstalled: route, poolRoute: pool } = peer;
    peer.neighbourInstalled = false;
    peer.routeInstalled = false;
    peer.poolRoute = undefined;
    return { network, eid, neighbour, route, pool };
  }

  /** Takes away what was taken off a peer's hands. */
  async withdraw(peer: Peer, { network, eid, neighbour, route, pool }: Installed): Promise<void> {
    const { link } = peer;
    if (link !== undefined && neighbour) {
      await this.attempt(peer, 'remove neighbour', () => this.net.removeNeighbour({ link, eid }));
    }
    await this.removePool(peer, network, pool);
    if (link !== undefined && route)
      await this.removeHostRoute(peer, { network, first: eid, extent: 0, link });
  }

  /** The same once more, in the network where the peer is now; without a pool that it has lost. */
  async reinstall(peer: Peer, link: NetLink, was: Installed): Promise<Installed> {
    const { network, pool } = peer;
    const { eid } = was;
    const neighbour = was.neighbour && (await this.addNeighbour(peer, link, eid));
    const host = { network, first: eid, extent: 0, link: link.index };
    const route = was.route && (await this.addRoute(peer, host));
    if (pool === undefined || was.pool === undefined)
      return { network, eid, neighbour, route, pool: undefined };
    const isRouted = await this.addRoute(peer, { network, ...rangeOf(pool), gateway: eid });
    return { network, eid, neighbour, route, pool: isRouted ? pool : undefined };
  }

  /** Into a peer's hands: the counterpart of {@link take}. */
  give(peer: Peer, { neighbour, route, pool }: Installed): void {
    peer.neighbourInstalled = neighbour;
    peer.routeInstalled = route;
    peer.poolRoute = pool;
  }

  private addNeighbour(peer: Peer, link: NetLink, eid: number): Promise<boolean> {
    const neighbour = { link: link.index, eid, address: peer.address };
    return this.attempt(peer, 'add neighbour', () => this.net.addNeighbour(neighbour));
  }

  private addRoute(peer: Peer, route: Omit<Route, 'mtu'>): Promise<boolean> {
    const operation = route.gateway === undefined ? 'add route' : 'add pool route';
    return this.attempt(peer, operation, () => this.addOrReplace(peer, { ...route, mtu: peer.mtu }));
  }

  /** A backend may hold one route of a range only: one that leads elsewhere is out of date (R-DISC-169). */
  private async addOrReplace(peer: Peer, route: Route): Promise<void> {
    try {
      await this.net.addRoute(route);
    } catch (error) {
      const other = isMctpError(error, 'route-exists') ? this.inTheWay(route) : undefined;
      if (other === undefined) throw error;
      const occasion = { operation: 'replace route', cause: 'it leads to another link or bridge' };
      this.log.warn('a route is replaced', peerFields(this.registry, peer, occasion));
      await this.clear(other);
      await this.addInstead(peer, route, other);
    }
  }

  private async addInstead(peer: Peer, route: Route, other: Route): Promise<void> {
    try {
      await this.net.addRoute(route);
    } catch (error) {
      await this.restore(peer, other);
      throw error;
    }
    if (!peer.published) peer.replaced = [...peer.replaced, other];
  }

  private async restore(peer: Peer, route: Route): Promise<void> {
    await this.attempt(peer, 'restore route', () => this.net.addRoute(route));
  }

  /** Whoever it was made for may be quicker. */
  private async clear(route: Route): Promise<void> {
    try {
      await this.net.removeRoute(route);
    } catch (error) {
      if (!isMctpError(error, 'no-such-route')) throw error;
    }
  }

  private inTheWay({ network, first, extent, link, gateway }: Route): Route | undefined {
    const same = this.net.routes(network).filter((each) => each.first === first && each.extent === extent);
    const isThere = same.some((each) => each.link === link && each.gateway === gateway);
    return isThere ? undefined : same[0];
  }

  /** A backend whose routes belong to the link has taken this one along if the link has changed its network. */
  private async removeHostRoute(peer: Peer, route: Omit<Route, 'mtu'>): Promise<void> {
    const now = linkOf(this.net, route.link)?.network ?? route.network;
    for (const network of new Set([route.network, now])) {
      await this.attempt(peer, 'remove route', () => this.net.removeRoute({ ...route, network }));
    }
  }

  private async removePool(peer: Peer, network: number, pool: Pool | undefined): Promise<void> {
    if (pool === undefined) return;
    await this.attempt(peer, 'remove pool route', () => this.net.removeRoute({ network, ...rangeOf(pool) }));
  }

  /** True when the wanted state is there afterwards, whoever brought it about. */
  private async attempt(peer: Peer, operation: string, action: () => Promise<void>): Promise<boolean> {
    try {
      await action();
      return true;
    } catch (error) {
      if (isMctpError(error, 'route-exists', 'no-such-route')) return true;
      let isKnown = peer.gone;
      if (isMctpError(error, 'not-permitted')) {
        isKnown ||= this.isBarred;
        peer.barred = error;
        this.isBarred = true;
      }
      const fields = peerFields(this.registry, peer, { operation, cause: describeCause(error) });
      // A link that vanished took its entries with it.
      if (isKnown) this.log.debug('path not changed', fields);
      else this.log.warn('path not changed', fields);
      return false;
    }
  }
}

function rangeOf(pool: Pool): Pick<Route, 'first' | 'extent'> {
  return { first: pool.start, extent: pool.end - pool.start };
}

/** Where an EID that was found by routing sits (R-DISC-78). */
export interface Whereabouts {
  readonly link?: number | undefined;
  readonly address?: Uint8Array | undefined;
  /** EID of the bridge in front of it; 0 = none. */
  readonly behind: number;
}

/**
 * Follows the narrowest route to an EID to the neighbour it ends at. A directly attached EID has a link and, unless
 * the link is point-to-point, the address of its neighbour entry; one behind a gateway has the bridge's EID.
 */
export function locate(
  net: Pick<Net, 'links' | 'routes' | 'neighbours'>,
  network: number,
  eid: number,
): Whereabouts {
  const [route] = net
    .routes(network)
    .filter((each) => covers(each, eid))
    .sort((a, b) => a.extent - b.extent);
  if (route === undefined) return { behind: 0 };
  if (route.gateway !== undefined) return { behind: route.gateway };
  const link = linkOf(net, route.link);
  if (link === undefined) return { behind: 0 };
  const neighbour = net.neighbours(network).find((each) => each.link === link.index && each.eid === eid);
  if (neighbour !== undefined) return { behind: 0, link: link.index, address: neighbour.address };
  return link.pointToPoint ? { behind: 0, link: link.index, address: EMPTY } : { behind: 0 };
}
