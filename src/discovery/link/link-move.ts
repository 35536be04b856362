import { describeCause } from '../../base/errors';
import type { NetLink } from '../../core/net';
import type { AssignParts } from '../assign';
import { peerFields, type Occasion } from '../checks';
import type { Installed } from '../paths';
import { poolHolds, type Peer } from '../peer';

/** One that goes along, with the bridge it sits behind. */
interface Traveller {
  readonly peer: Peer;
  readonly bridge: Peer | undefined;
  /** Its EID is one of the bridge's pool. */
  readonly inPool: boolean;
}

/**
 * Takes the devices of a link along to another network, each under its EID, bridges with their pools and what is behind
 * them (R-DISC-125, R-DISC-127). Nothing is sent to any device. The published picture changes within the turn; routes
 * and neighbours follow.
 */
export class LinkMove {
  constructor(
    private readonly parts: Pick<
      AssignParts,
      'table' | 'allocation' | 'paths' | 'exchanges' | 'publication' | 'removal' | 'registry' | 'log'
    >,
  ) {}

  /** @param link as it is now, in the registry already. @param from the network it was in */
  devices(link: NetLink, from: number): void {
    const travellers = this.travellers(link.index);
    this.parts.allocation.linkMoved(link.index, from, link.network);
    // One that went with its bridge is gone by its turn.
    for (const each of travellers) if (!each.peer.gone) this.move(each, link);
  }

  /** Bridges before what is behind them. */
  private travellers(link: number): Traveller[] {
    const found = new Map<Peer, Traveller>();
    const add = (peer: Peer, bridge: Peer | undefined): void => {
      if (found.has(peer)) return;
      found.set(peer, { peer, bridge, inPool: poolHolds(bridge?.pool, peer.eid) });
      for (const each of this.parts.table.behind(peer)) add(each, peer);
    };
    for (const peer of this.parts.table.onLink(link)) add(peer, undefined);
    return [...found.values()];
  }

  private move({ peer, bridge, inPool }: Traveller, link: NetLink): void {
    const { table, removal, log, registry } = this.parts;
    const newNetwork = link.network;
    if (isUnderWay(peer)) {
      // Its operation holds on to the old network: it ends with an error, and its caller may begin anew.
      removal.evict(peer, occasion('it was being set up'));
    } else if (table.isTaken(link.network, peer.eid, bridge)) {
      const taken = occasion('its EID is taken in the new network of its link');
      log.warn('an endpoint is dropped', { ...peerFields(registry, peer, taken), newNetwork });
      removal.evict(peer, taken);
    } else if (inPool && bridge?.pool === undefined) {
      removal.evict(peer, occasion('its bridge has lost the pool'));
    } else {
      this.carry(peer, link);
    }
  }

  private carry(peer: Peer, link: NetLink): void {
    const { allocation, exchanges, paths, publication } = this.parts;
    const { properties, network, eid } = peer;
    const was = paths.take(peer);
    publication.withdraw(peer, occasion());
    this.checkPool(peer, link);
    allocation.changeNetwork(peer, link.network);
    exchanges.forget({ kind: 'eid', network, eid });
    if (properties !== undefined) publication.publish(peer, properties, occasion());
    peer.moving = Promise.all([peer.moving, this.follow(peer, link, was)]).then(
      () => undefined,
      (error: unknown) => {
        const failed = peerFields(this.parts.registry, peer, occasion(describeCause(error)));
        this.parts.log.error('paths not moved', failed);
      },
    );
  }

  /** A pool is kept whole or not at all: its route must not lead to the devices of others. */
  private checkPool(peer: Peer, link: NetLink): void {
    const { pool } = peer;
    if (pool === undefined) return;
    for (let eid = pool.start; eid <= pool.end; eid++) {
      if (!this.parts.table.isTaken(link.network, eid)) continue;
      const lost = occasion(`EID ${eid} is taken in the new network of its link`);
      const fields = { ...peerFields(this.parts.registry, peer, lost), newNetwork: link.network };
      this.parts.log.warn('a bridge loses its pool', fields);
      peer.pool = undefined;
      return;
    }
  }

  /**
   * Brings the paths to where the peer is; once more if it has moved on meanwhile, and nowhere if it was removed or
   * got another EID, whose paths are somebody else's business.
   */
  private async follow(peer: Peer, link: NetLink, was: Installed): Promise<void> {
    const { paths } = this.parts;
    let place = was;
    const isOurs = (): boolean => !peer.gone && peer.eid === place.eid;
    while (isOurs() && place.network !== peer.network) {
      await paths.withdraw(peer, place);
      place = await paths.reinstall(peer, link, place);
    }
    if (isOurs()) paths.give(peer, place);
    else await paths.withdraw(peer, place);
  }
}

function occasion(cause?: string): Occasion {
  return { operation: 'network change', cause };
}

/** Reserved, or published but without the pool it is being given. */
function isUnderWay(peer: Peer): boolean {
  return !peer.published || peer.offered !== undefined;
}
