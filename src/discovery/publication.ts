import type { Log, LogFields } from '../base/log';
import type { Connectivity, Endpoint, EndpointProperties, Pool } from './endpoint';
import { peerFields, type Occasion } from './checks';
import { endRecovery, type Peer } from './peer';
import { sameProperties } from './query';
import type { Registry } from './registry';

/** Puts peers into the published picture, complete or not at all (R-DISC-43, R-CONS-14). */
export class Publication {
  constructor(
    private readonly registry: Registry,
    private readonly log: Log,
  ) {}

  /** Publishing twice is a no-op. */
  publish(peer: Peer, properties: EndpointProperties, occasion: Occasion): void {
    if (peer.gone || peer.published) return;
    peer.properties = properties;
    peer.published = true;
    peer.replaced = [];
    this.registry.addEndpoint(toEndpoint(peer, properties));
    this.log.info('endpoint published', this.fields(peer, occasion));
  }

  withdraw(peer: Peer, occasion: Occasion): void {
    if (!peer.published) return;
    peer.published = false;
    this.registry.removeEndpoint(peer.network, peer.eid);
    this.log.info('endpoint removed', this.fields(peer, occasion));
  }

  /**
   * New answers of a published endpoint: its object goes and comes back, two signals under one path with pool and
   * connectivity kept; nothing at all when nothing changed (R-DISC-73, R-DBUS-23).
   */
  refresh(peer: Peer, properties: EndpointProperties, operation: string): void {
    if (peer.properties !== undefined && sameProperties(peer.properties, properties)) return;
    const occasion = { operation, cause: 'its answers have changed' };
    this.withdraw(peer, occasion);
    this.publish(peer, properties, occasion);
  }

  /** A degraded endpoint was found in order, by its recovery or by an operation (R-DISC-92, R-DISC-97). */
  available(peer: Peer, operation: string): void {
    endRecovery(peer);
    this.connectivity(peer, 'Available', operation);
  }

  /** R-DISC-90. */
  degraded(peer: Peer, operation: string): void {
    this.connectivity(peer, 'Degraded', operation);
  }

  /** The bridge has taken its pool: Bridge1 joins its object (R-DISC-61, R-DBUS-28). */
  poolAllocated(peer: Peer, operation: string): void {
    if (!peer.published || peer.properties === undefined) return;
    this.registry.updateEndpoint(toEndpoint(peer, peer.properties), 'pool-allocated');
    this.log.info('pool allocated', { ...this.fields(peer, { operation }), ...poolFields(peer.pool) });
  }

  private connectivity(peer: Peer, connectivity: Connectivity, operation: string): void {
    if (peer.connectivity === connectivity || peer.properties === undefined) return;
    peer.connectivity = connectivity;
    this.registry.updateEndpoint(toEndpoint(peer, peer.properties), 'endpoint-changed');
    this.log.info('endpoint changed', { ...this.fields(peer, { operation }), connectivity });
  }

  private fields(peer: Peer, occasion: Occasion): LogFields {
    // That a device is not ours goes without saying.
    return { ...peerFields(this.registry, peer, occasion), local: peer.local || undefined };
  }
}

function poolFields(pool: Pool | undefined): LogFields {
  return { poolStart: pool?.start, poolEnd: pool?.end };
}

function toEndpoint(peer: Peer, properties: EndpointProperties): Endpoint {
  return {
    network: peer.network,
    eid: peer.eid,
    local: peer.local,
    // The end of the link is where somebody else is.
    link: peer.offLink ? undefined : peer.link,
    physicalAddress: peer.address,
    bridge: peer.behind,
    connectivity: peer.connectivity,
    types: properties.types,
    vendorTypes: properties.vendorTypes,
    uuid: properties.uuid,
    ...(peer.pool === undefined ? {} : { pool: peer.pool }),
  };
}
