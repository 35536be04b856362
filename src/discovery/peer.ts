import type { Timer } from '../base/clock';
import { EMPTY, toHex } from '../base/bytes';
import type { MctpError } from '../base/errors';
import { EndpointType } from '../control/commands/get-endpoint-id';
import type { Route } from '../core/net';
import type { Connectivity, EndpointProperties, Pool } from './endpoint';

/**
 * How far the recovery of a degraded peer has come. Each one is an object of its own, so that a late answer of an
 * earlier one is told apart (R-DISC-91).
 */
export interface Course {
  /** Probes that failed so far. */
  failed: number;
  timer: Timer | undefined;
}

/**
 * One line of the working table (R-DISC-3): an EID that is ours, a device's, or reserved by a running operation.
 * Unlike the published {@link Endpoint} it changes in place; only the engine's own files see it.
 */
export interface Peer {
  /** That of its link: changes with it (R-DISC-125). */
  network: number;
  eid: number;
  readonly local: boolean;
  /** Links that hold a local EID: the reference count of R-DBUS-34. Empty for devices. */
  readonly holders: Set<number>;
  /** Link index; `undefined` for local EIDs and for devices that were found by their EID alone. */
  readonly link: number | undefined;
  readonly address: Uint8Array;
  /**
   * EID of the bridge in front, 0 = none (R-DISC-4). Such a peer never matches a look-up by physical address,
   * whatever address its packets come from.
   */
  behind: number;
  /**
   * A bridge that is not known sits at the end of its point-to-point link, and answers there: the peer is reached by its
   * EID alone, as those behind a known bridge are.
   */
  offLink: boolean;
  /** MTU of its host route; 0 = the link's. */
  mtu: number;
  properties: EndpointProperties | undefined;
  /** Bytes 2 and 3 of Get Endpoint ID (endpoint type, medium), where that was asked. */
  type: number;
  medium: number;
  /** It called itself a bridge, or asked for a pool. */
  bridge: boolean;
  /** EIDs behind its own that are held for a bridge until the Set Endpoint ID response is in (R-DISC-24). */
  speculative: Pool | undefined;
  /** The device called itself a simple endpoint, so that pool can be given up for somebody who needs room. */
  readonly simple: boolean;
  /** Pool that is granted but not accepted by the bridge yet (R-DISC-60); unlike a speculative one it is firm. */
  offered: Pool | undefined;
  /** Pool size that the last AssignBridgeStatic asked for (R-DISC-69). */
  askedPoolSize: number | undefined;
  /** Pool that the bridge hands out. */
  pool: Pool | undefined;
  /** Range whose route through this bridge is installed (R-DISC-32). */
  poolRoute: Pool | undefined;
  /** An assignment ended without a pool; it is not to be repeated on every SetupEndpoint (R-DISC-53). */
  poolless: boolean;
  connectivity: Connectivity;
  neighbourInstalled: boolean;
  routeInstalled: boolean;
  /** Routes of others that its own took the place of, until it is published: what fails before brings them back. */
  replaced: readonly Route[];
  /** Why its paths could not be made: we lack a capability. */
  barred: MctpError | undefined;
  /** Its paths are on their way to another network, or away; never rejects. Whoever removes it waits for them. */
  moving: Promise<void> | undefined;
  published: boolean;
  /** Dropped from the table while somebody may still hold it. */
  gone: boolean;
  /** Goes up with each property query, so that a late background answer knows it is outdated. */
  revision: number;
  requery: Timer | undefined;
  /** There while it is degraded, until that is decided. */
  recovery: Course | undefined;
}

/** What distinguishes a new peer; the rest starts empty. */
export interface PeerSeed extends Pick<Peer, 'network' | 'eid'> {
  readonly local?: boolean;
  readonly link?: number | undefined;
  readonly address?: Uint8Array | undefined;
  readonly behind?: number;
  readonly simple?: boolean;
  readonly mtu?: number;
}

export function newPeer(seed: PeerSeed): Peer {
  return {
    network: seed.network,
    eid: seed.eid,
    local: seed.local ?? false,
    holders: new Set(),
    link: seed.link,
    address: seed.address ?? EMPTY,
    behind: seed.behind ?? 0,
    offLink: false,
    mtu: seed.mtu ?? 0,
    properties: undefined,
    type: 0,
    medium: 0,
    bridge: false,
    speculative: undefined,
    simple: seed.simple ?? false,
    offered: undefined,
    askedPoolSize: undefined,
    pool: undefined,
    poolRoute: undefined,
    poolless: false,
    connectivity: 'Available',
    neighbourInstalled: false,
    routeInstalled: false,
    replaced: [],
    barred: undefined,
    moving: undefined,
    published: false,
    gone: false,
    revision: 0,
    requery: undefined,
    recovery: undefined,
  };
}

/** Timers off: the peer was found in order, or goes (R-DISC-92, R-DISC-97). Idempotent. */
export function endRecovery(peer: Peer): void {
  peer.recovery?.timer?.cancel();
  peer.recovery = undefined;
}

/** What it said in Get Endpoint ID, if it was asked; asking for a pool does not count. */
export function calledItselfBridge(peer: Peer): boolean {
  return ((peer.type >> 4) & 3) === EndpointType.bridge;
}

/** One physical address of one link, as a key. */
export function addressKey(link: number, address: Uint8Array): string {
  return `${link}/${toHex(address)}`;
}

/** One EID of one network, as a key. */
export function eidKey(network: number, eid: number): string {
  return `${network}:${eid}`;
}

/** Key of the physical address a peer answers at; `undefined` where it has none of its own (R-DISC-4). */
export function peerAddressKey(peer: Peer): string | undefined {
  if (peer.local || peer.link === undefined || peer.behind !== 0 || peer.offLink) return undefined;
  return addressKey(peer.link, peer.address);
}

export function poolHolds(pool: Pool | undefined, eid: number): boolean {
  return pool !== undefined && eid >= pool.start && eid <= pool.end;
}
