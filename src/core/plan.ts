import { EMPTY } from '../base/bytes';
import { MctpError } from '../base/errors';
import { EID_BROADCAST, EID_NULL, HEADER_SIZE, isEndpointEid } from '../base/ids';
import type { LinkTable, RouterLink } from './link-table';
import { lowestEid } from './link-table';
import type { Destination, NetLink } from './net';
import type { RouteTable } from './routes';
import type { FlowPeer } from './tags';

/** How a request leaves us. */
export interface Plan {
  readonly link: RouterLink;
  /** The destination is one of our own EIDs: nothing goes out. */
  readonly local: boolean;
  readonly physical: Uint8Array;
  readonly broadcast: boolean;
  readonly destination: number;
  readonly source: number;
  /** Payload bytes of a packet. */
  readonly unit: number;
  readonly peer: FlowPeer;
}

/** Finds the way to a destination (DSP0236 §9): our own EIDs, then the routes, or straight to a physical address. */
export class Planner {
  constructor(
    private readonly links: LinkTable,
    private readonly routes: RouteTable,
  ) {}

  /** @throws MctpError `unreachable`, `invalid-arguments` */
  plan(destination: Destination, source: number | undefined): Plan {
    switch (destination.kind) {
      case 'eid':
        return this.toEid(destination.network, destination.eid, source);
      case 'physical':
        return this.toAddress(destination.link, destination.address, source);
      case 'broadcast':
        return this.toEverybody(destination.link, source);
    }
  }

  /** Payload bytes of a packet to an EID over a link: a route's MTU if it has one, else the link's. */
  unit(link: NetLink, eid: number): number {
    const hop = this.routes.resolve(link.network, eid);
    return unitOf(link, hop?.link === link.index ? hop.mtu : 0);
  }

  private toEid(network: number, eid: number, wanted: number | undefined): Plan {
    if (!isEndpointEid(eid)) throw unreachable('requests go to EIDs of 8..254', { network, eid });
    const owner = this.links.owner(network, eid);
    if (owner !== undefined) {
      const source = this.source(owner.info, wanted ?? eid);
      const peer: FlowPeer = { kind: 'routed', network, link: owner.info.index, local: source, remote: eid };
      const { address } = owner.info;
      return {
        link: owner,
        local: true,
        physical: address,
        broadcast: false,
        destination: eid,
        source,
        unit: unitOf(owner.info, 0),
        peer,
      };
    }
    const hop = this.routes.resolve(network, eid);
    const link = hop === undefined ? undefined : this.links.get(hop.link);
    if (hop === undefined || link === undefined) throw unreachable('no route to the EID', { network, eid });
    const { info } = link;
    // A point-to-point medium has no addresses: whoever is there is the neighbour.
    const physical = hop.address ?? (info.addressLength === 0 ? EMPTY : undefined);
    if (physical === undefined) {
      const context = { link: info.name, network, eid: hop.nextEid };
      throw unreachable('the physical address of the EID is not known', context);
    }
    const source = this.source(info, wanted);
    const address = hop.nextEid === eid ? physical : undefined;
    const peer: FlowPeer = { kind: 'routed', network, link: info.index, local: source, remote: eid, address };
    return {
      ...{ link, local: false, physical, broadcast: false, destination: eid, source },
      ...{ unit: unitOf(info, hop.mtu), peer },
    };
  }

  private toAddress(index: number, address: Uint8Array, wanted: number | undefined): Plan {
    const link = this.link(index);
    const { name, addressLength } = link.info;
    if (address.length !== addressLength) {
      throw unreachable(`a physical address of this link has ${String(addressLength)} bytes`, {
        link: name,
        physicalAddress: address,
      });
    }
    const physical = new Uint8Array(address);
    const peer: FlowPeer = { kind: 'physical', link: index, address: physical };
    const source = this.source(link.info, wanted);
    return {
      ...{ link, local: false, physical, broadcast: false, destination: EID_NULL, source },
      ...{ unit: unitOf(link.info, 0), peer },
    };
  }

  private toEverybody(index: number, wanted: number | undefined): Plan {
    const link = this.link(index);
    const source = this.source(link.info, wanted);
    return {
      ...{ link, local: false, physical: EMPTY, broadcast: true, destination: EID_BROADCAST, source },
      ...{ unit: unitOf(link.info, 0), peer: { kind: 'broadcast', link: index } },
    };
  }

  private link(index: number): RouterLink {
    const link = this.links.get(index);
    if (link === undefined) throw unreachable(`there is no link with index ${index}`, {});
    return link;
  }

  private source(link: NetLink, wanted: number | undefined): number {
    if (wanted === undefined) return lowestEid(link);
    if (this.links.owner(link.network, wanted) !== undefined) return wanted;
    throw new MctpError('invalid-arguments', 'the source of a request is one of our own EIDs', {
      network: link.network,
      eid: wanted,
    });
  }
}

function unitOf(link: NetLink, routeMtu: number): number {
  const mtu = routeMtu === 0 ? link.mtu : Math.min(Math.max(routeMtu, link.minMtu), link.maxMtu);
  return Math.max(1, mtu - HEADER_SIZE);
}

function unreachable(message: string, context: ConstructorParameters<typeof MctpError>[2]): MctpError {
  return new MctpError('unreachable', message, context);
}
