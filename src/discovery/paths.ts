import { EMPTY } from '../base/bytes';
import { describeError, isMctpError } from '../base/errors';
import type { Log } from '../base/log';
import type { Net, NetLink } from '../core/net';
import { peerFields } from './checks';
import type { Pool } from './endpoint';
import type { Peer } from './peer';

/**
 * Neighbour and host route of a peer, and the route to a bridge's pool (R-DISC-30..33). A peer remembers what was
 * installed for it, so that exactly this is taken away again.
 */
export class Paths {
  constructor(
    private readonly net: Net,
    private readonly log: Log,
  ) {}

  /** Makes an EID reachable at a peer's physical address. Failures are logged and the operation goes on (R-DISC-30). */
  async install(peer: Peer, link: NetLink): Promise<void> {
    const { network, eid } = peer;
    if (peer.address.length > 0 || link.address.length > 0) {
      peer.neighbourInstalled = await this.attempt(peer, 'add neighbour', () =>
        this.net.addNeighbour({ link: link.index, eid, address: peer.address }),
      );
    }
    peer.routeInstalled = await this.attempt(peer, 'add route', () =>
      this.net.addRoute({ network, first: eid, extent: 0, link: link.index, mtu: peer.mtu }),
    );
  }

  /** One range route through the bridge, of its MTU; no neighbours (R-DISC-32). */
  async installPool(peer: Peer, pool: Pool): Promise<void> {
    const { network, eid, mtu } = peer;
    const range = { first: pool.start, extent: pool.end - pool.start };
    const isThere = await this.attempt(peer, 'add pool route', () =>
      this.net.addRoute({ network, ...range, gateway: eid, mtu }),
    );
    if (isThere) peer.poolRoute = pool;
  }

  async uninstallPool(peer: Peer): Promise<void> {
    const { network, poolRoute } = peer;
    peer.poolRoute = undefined;
    if (poolRoute === undefined) return;
    const range = { first: poolRoute.start, extent: poolRoute.end - poolRoute.start };
    await this.attempt(peer, 'remove pool route', () => this.net.removeRoute({ network, ...range }));
  }

  /** For those who cannot wait: a route through a gateway outlives the link that the gateway was on. */
  abandonPool(peer: Peer): void {
    this.uninstallPool(peer).catch((error: unknown) => {
      this.log.error('pool route not removed', { ...peerFields(peer), cause: describeError(error) });
    });
  }

  /** Neighbour, pool route, host route, in this order (R-DISC-33). `eid`: an older one than the peer's, while it moves. */
  async uninstall(peer: Peer, eid = peer.eid): Promise<void> {
    const { network, link, neighbourInstalled, routeInstalled } = peer;
    peer.neighbourInstalled = false;
    peer.routeInstalled = false;
    if (link !== undefined && neighbourInstalled) {
      await this.attempt(peer, 'remove neighbour', () => this.net.removeNeighbour({ link, eid }));
    }
    await this.uninstallPool(peer);
    if (link !== undefined && routeInstalled) {
      await this.attempt(peer, 'remove route', () =>
        this.net.removeRoute({ network, first: eid, extent: 0, link }),
      );
    }
  }

  /** True when the wanted state is there afterwards, whoever brought it about. */
  private async attempt(peer: Peer, operation: string, action: () => Promise<void>): Promise<boolean> {
    try {
      await action();
      return true;
    } catch (error) {
      if (isMctpError(error, 'route-exists', 'no-such-route')) return true;
      const fields = { ...peerFields(peer), operation, cause: describeError(error) };
      // A link that vanished took its entries with it.
      if (peer.gone) this.log.debug('path not changed', fields);
      else this.log.warn('path not changed', fields);
      return false;
    }
  }
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
export function locate(net: Net, network: number, eid: number): Whereabouts {
  const [route] = net
    .routes(network)
    .filter((each) => eid >= each.first && eid <= each.first + each.extent)
    .sort((a, b) => a.extent - b.extent);
  if (route === undefined) return { behind: 0 };
  if (route.gateway !== undefined) return { behind: route.gateway };
  const link = net.links().find((each) => each.index === route.link);
  if (link === undefined) return { behind: 0 };
  const neighbour = net.neighbours(network).find((each) => each.link === link.index && each.eid === eid);
  if (neighbour !== undefined) return { behind: 0, link: link.index, address: neighbour.address };
  return link.pointToPoint ? { behind: 0, link: link.index, address: EMPTY } : { behind: 0 };
}
