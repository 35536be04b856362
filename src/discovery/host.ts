import { toHex } from '../base/bytes';
import { describeError } from '../base/errors';
import type { Log } from '../base/log';
import type { LinkRole, ResponderHost, ResponderPeer } from '../control/responder-host';
import type { Incoming } from '../core/net';
import type { Operations } from './operations';
import { addressKey, type Peer } from './peer';
import type { PeerTable } from './peer-table';
import type { Registry } from './registry';

/**
 * What the responder is told about us, as a bus owner. Set Endpoint ID on links of another role, the Discovered flag
 * and pools of our own (R-DISC-140..148, R-DISC-170) have their optional members here once they are there.
 */
export class Host implements ResponderHost {
  /** Devices that have notified us and are being looked at: however often they do, it is done once at a time. */
  private readonly notified = new Set<string>();

  constructor(
    private readonly parts: {
      readonly registry: Registry;
      readonly table: PeerTable;
      readonly operations: Pick<Operations, 'setupEndpoint'>;
      readonly log: Log;
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

  /** The device wants to be set up; it has its acknowledgement already (R-DISC-149, R-DISC-5). */
  discoveryNotify(incoming: Incoming): void {
    const key = addressKey(incoming.link, incoming.physical);
    if (this.notified.has(key)) return;
    this.notified.add(key);
    this.parts.operations
      .setupEndpoint(incoming.link, incoming.physical)
      .catch((error: unknown) => {
        this.parts.log.warn('device that notified us not set up', {
          link: this.parts.registry.link(incoming.link)?.link.name,
          network: incoming.network,
          physicalAddress: toHex(incoming.physical),
          operation: 'Discovery Notify',
          cause: describeError(error),
        });
      })
      .finally(() => this.notified.delete(key));
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
