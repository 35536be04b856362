import type {
  AllocateEndpointIdsRequest,
  AllocateEndpointIdsResponse,
} from '../control/commands/allocate-endpoint-ids';
import type { RoutingUpdateEntry } from '../control/commands/routing-information-update';
import type { SetEndpointIdRequest } from '../control/commands/set-endpoint-id';
import type {
  Assignment,
  DiscoveredFlag,
  LinkRole,
  ResponderHost,
  ResponderPeer,
} from '../control/responder-host';
import type { Incoming } from '../core/net';
import type { Membership } from './member/membership';
import type { Notified } from './seeking/notified';
import type { Peer } from './peer';
import type { PeerTable } from './peer-table';
import type { Registry } from './registry';

/** What the responder is told about us, and hands on to us. */
export class Host implements ResponderHost {
  constructor(
    private readonly parts: {
      readonly registry: Registry;
      readonly table: PeerTable;
      readonly notified: Pick<Notified, 'tell'>;
      readonly member: Membership;
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

  wantsPool(link: number): boolean {
    return this.parts.member.wantsPool(link);
  }

  holdsPool(link: number): boolean {
    return this.parts.member.holdsPool(link);
  }

  discoveredFlag(link: number): DiscoveredFlag | undefined {
    return this.parts.member.discoveredFlag(link);
  }

  setEndpointId(incoming: Incoming, request: SetEndpointIdRequest): Promise<Assignment | number> {
    return this.parts.member.setEndpointId(incoming, request);
  }

  allocateEndpointIds(
    incoming: Incoming,
    request: AllocateEndpointIdsRequest,
  ): Promise<AllocateEndpointIdsResponse | number> {
    return this.parts.member.allocateEndpointIds(incoming, request);
  }

  updateRoutes(incoming: Incoming, entries: readonly RoutingUpdateEntry[]): Promise<number> {
    return this.parts.member.updateRoutes(incoming, entries);
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
