import type { LinkRole, ResponderHost, ResponderPeer } from '../control/responder-host';
import type { Incoming } from '../core/net';
import type { Notified } from './notified';
import type { Peer } from './peer';
import type { PeerTable } from './peer-table';
import type { Registry } from './registry';

/**
 * What the responder is told about us, as a bus owner. Set Endpoint ID on links of another role, the Discovered flag
 * and pools of our own (R-DISC-140..148, R-DISC-170) have their optional members here once they are there.
 */
export class Host implements ResponderHost {
  constructor(
    private readonly parts: {
      readonly registry: Registry;
      readonly table: PeerTable;
      readonly notified: Pick<Notified, 'tell'>;
    },
    readonly uuid: string,
  ) {}

  role(link: number): LinkRole {
    return this.parts.registry.link(link)?.role ?? 'Unknown';
  }

  peers(network: number): ResponderPeer[] {
    return this.parts.table.inNetwork(network).filter(isTold).map(tell);
  }

  peer(network: number, eid: number): ResponderPeer | undefined {
    const peer = this.parts.table.get(network, eid);
    return peer !== undefined && isTold(peer) ? tell(peer) : undefined;
  }

  discoveryNotify(incoming: Incoming): void {
    this.parts.notified.tell(incoming);
  }
}

/** Only what is published: not ours, nor a reservation. */
function isTold(peer: Peer): boolean {
  return peer.published && !peer.local;
}

function tell(peer: Peer): ResponderPeer {
  return {
    eid: peer.eid,
    link: peer.link,
    physicalAddress: peer.address,
    bridge: peer.behind,
    isBridge: peer.bridge,
    pool: peer.pool,
  };
}
