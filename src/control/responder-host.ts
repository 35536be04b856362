import type { Incoming } from '../core/net';
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
   * the EID is in effect; what follows (asking the bus owner's properties) comes after the answer.
   * Absent: the command is not supported.
   */
  setEndpointId?(incoming: Incoming, request: SetEndpointIdRequest): Promise<SetEndpointIdResponse | number>;
  /** A device on one of our buses is new or was reset; acknowledged already (R-DISC-149). */
  discoveryNotify?(incoming: Incoming): void;
  /** `undefined`, or absent: the link has none. */
  discoveredFlag?(link: number): DiscoveredFlag | undefined;
}
