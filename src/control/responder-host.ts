import type { Incoming } from '../core/net';
import type {
  AllocateEndpointIdsRequest,
  AllocateEndpointIdsResponse,
} from './commands/allocate-endpoint-ids';
import type { RoutingUpdateEntry } from './commands/routing-information-update';
import type { SetEndpointIdRequest, SetEndpointIdResponse } from './commands/set-endpoint-id';

export type LinkRole = 'BusOwner' | 'Endpoint' | 'Unknown';

/** A remote endpoint as Resolve Endpoint ID, Get Routing Table Entries and Query Hop tell about it. */
export interface ResponderPeer {
  readonly eid: number;
  /** Index of the link it is reached through, where it is known. */
  readonly link: number | undefined;
  /** Its own; empty behind a bridge. */
  readonly physicalAddress: Uint8Array;
  /** EID of the bridge it sits behind; 0 = none. */
  readonly bridge: number;
  /** A bridge, with or without a pool. */
  readonly isBridge?: boolean | undefined;
  /** First and last EID (inclusive) that it hands out. */
  readonly pool?: { readonly start: number; readonly end: number } | undefined;
}

/** The Discovered flag of a link (R-DISC-140). */
export interface DiscoveredFlag {
  readonly isSet: boolean;
  clear(): void;
}

/** The answer to Set Endpoint ID, and what follows it. */
export interface Assignment extends SetEndpointIdResponse {
  /** Runs once the answer is on its way. Never throws. */
  readonly afterwards?: (() => void) | undefined;
}

/** What the responder needs to know of us, and whom it tells. The discovery engine implements it. */
export interface ResponderHost {
  /** Our own, 36 characters. */
  readonly uuid: string;
  role(link: number): LinkRole;
  /** The published remote endpoints of a network, in any order. */
  peers(network: number): Iterable<ResponderPeer>;
  peer(network: number, eid: number): ResponderPeer | undefined;
  /** We want a pool of the owner of this link (`pool_request`): we are a bridge there. Default: no. */
  wantsPool?(link: number): boolean;
  /** The type byte of Get Endpoint ID, where it is not what the role says. */
  endpointTypeByte?(link: number): number | undefined;
  /**
   * The bus owner on a link of role Endpoint or Unknown assigns an EID: operations set, force and set-discovered,
   * with an EID of 8..254 (R-DISC-141..147). Resolves with the answer, or with a completion code other than 0, once
   * the EID is in effect; what follows (asking the bus owner's properties) comes after the answer. One call at a time
   * on a link, {@link allocateEndpointIds} and {@link updateRoutes} included. Absent: the command is not supported.
   */
  setEndpointId?(incoming: Incoming, request: SetEndpointIdRequest): Promise<Assignment | number>;
  /** Where {@link wantsPool}: the answer, or a completion code other than 0 (R-DISC-170). */
  allocateEndpointIds?(
    incoming: Incoming,
    request: AllocateEndpointIdsRequest,
  ): Promise<AllocateEndpointIdsResponse | number>;
  /** An owner of this link has given us a pool. Default: no. */
  holdsPool?(link: number): boolean;
  /** Where {@link holdsPool}: replaces the routes learnt from the owner; a completion code, 0 included (R-DISC-170). */
  updateRoutes?(incoming: Incoming, entries: readonly RoutingUpdateEntry[]): Promise<number>;
  /** A device on one of our buses is new or was reset; acknowledged already (R-DISC-149). */
  discoveryNotify?(incoming: Incoming): void;
  /** `undefined`, or absent: the link has none. */
  discoveredFlag?(link: number): DiscoveredFlag | undefined;
}
