import { EMPTY } from '../base/bytes';
import { describeError, isMctpError } from '../base/errors';
import type { Log } from '../base/log';
import type { Net, NetLink } from '../core/net';
import { peerFields } from './checks';
import type { Peer } from './peer';

/**
 * Neighbour and host route of a peer (R-DISC-30..33). A peer remembers what was installed for it, so that exactly
 * this is taken away again. Pool routes of bridges (R-DISC-32) belong between the two.
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

  /** Neighbour first, then the route (R-DISC-33). `eid`: an older one than the peer's, while it moves. */
  async uninstall(peer: Peer, eid = peer.eid): Promise<void> {
    const { network, link, neighbourInstalled, routeInstalled } = peer;
    peer.neighbourInstalled = false;
    peer.routeInstalled = false;
    if (link === undefined) return;
    if (neighbourInstalled) {
      await this.attempt(peer, 'remove neighbour', () => this.net.removeNeighbour({ link, eid }));
    }
    if (routeInstalled) {
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
