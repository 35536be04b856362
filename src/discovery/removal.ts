import type { Allocation } from './allocation';
import type { Exchanges } from './exchanges';
import type { Paths } from './paths';
import type { Occasion } from './checks';
import { endRecovery, type Peer } from './peer';
import type { PeerTable } from './peer-table';
import type { Publication } from './publication';
import type { Requery } from './requery';

/** Takes peers away: from the table, from the routes, from the published picture (R-DISC-80..82). */
export class Removal {
  constructor(
    private readonly parts: {
      readonly table: PeerTable;
      readonly allocation: Allocation;
      readonly exchanges: Exchanges;
      readonly paths: Paths;
      readonly publication: Publication;
      readonly requery: Requery;
    },
  ) {}

  /**
   * Deletes the paths, then withdraws the object, then frees the EID, so that nobody gets it while its old route is
   * still there. Behind a bridge, the bridge goes first. Nothing is sent to any device (R-DISC-80, R-DISC-81).
   */
  async remove(peer: Peer, occasion: Occasion): Promise<void> {
    if (peer.gone) return;
    this.parts.requery.cancel(peer);
    endRecovery(peer);
    const downstream = this.parts.table.behind(peer);
    await this.parts.paths.uninstall(peer);
    this.forget(peer, occasion);
    this.parts.allocation.retire(peer);
    for (const each of downstream) await this.remove(each, lostBehind(peer, occasion));
  }

  /** Undoes a reservation that came to nothing (R-DISC-33, R-DISC-48). Its EID is free again at once. */
  async discard(peer: Peer, occasion: Occasion): Promise<void> {
    this.parts.requery.cancel(peer);
    // Also after a link event was faster: the path may have been installed behind its back.
    await this.parts.paths.uninstall(peer);
    this.forget(peer, occasion);
  }

  /** The part that needs no time; all there is to do when the link is gone, and its routes with it (R-DISC-123). */
  forget(peer: Peer, occasion: Occasion): void {
    this.parts.requery.cancel(peer);
    endRecovery(peer);
    this.parts.paths.abandonPool(peer);
    this.parts.publication.withdraw(peer, occasion);
    if (!peer.local) this.parts.exchanges.forget({ kind: 'eid', network: peer.network, eid: peer.eid });
    this.parts.table.drop(peer);
  }

  /** {@link forget}, then whatever was behind the peer, however deep. */
  forgetBranch(peer: Peer, occasion: Occasion): void {
    const downstream = this.parts.table.behind(peer);
    this.forget(peer, occasion);
    for (const each of downstream) this.forgetBranch(each, lostBehind(peer, occasion));
  }

  /** For those who cannot wait: gone in this turn, with what was behind it, so that the EIDs are free. Paths follow. */
  evict(peer: Peer, occasion: Occasion): void {
    const installed = this.parts.paths.take(peer);
    const downstream = this.parts.table.behind(peer);
    this.forget(peer, occasion);
    this.parts.paths.abandon(peer, installed);
    for (const each of downstream) this.evict(each, lostBehind(peer, occasion));
  }
}

/** The line of the bridge tells why that one went. */
function lostBehind(bridge: Peer, { operation }: Occasion): Occasion {
  return { operation, cause: `bridge ${bridge.eid} in front of it is lost` };
}
