import { toHex } from '../base/bytes';
import type { Pool } from './endpoint';
import { calledItselfBridge, poolHolds, type Peer } from './peer';

/**
 * What is remembered of one device from one run of the daemon to the next (D-8). Plain data: it goes to disk as it is,
 * so a change of its shape needs another {@link SNAPSHOT_VERSION}.
 */
export interface Remembered {
  readonly network: number;
  /** 8..254. */
  readonly eid: number;
  /** Name of the link, because indices do not survive; absent behind a bridge. */
  readonly link?: string | undefined;
  /** Physical address, hex; empty on a point-to-point link. Absent behind a bridge. */
  readonly address?: string | undefined;
  /** EID of the bridge in front of it; absent = none. */
  readonly behind?: number | undefined;
  readonly uuid?: string | undefined;
  /** It called itself a bridge; one that only asked for a pool is not held to what it never said (R-DISC-53). */
  readonly isBridge?: boolean | undefined;
  /** What the bridge hands out. */
  readonly pool?: Pool | undefined;
  /** A pool that was on its way to the bridge: whether it was taken is not known. */
  readonly offered?: Pool | undefined;
  /** A bridge that was to have no pool, which is not tried again at each start (R-DISC-53). */
  readonly poolless?: boolean | undefined;
  /** R-DISC-69. */
  readonly askedPoolSize?: number | undefined;
  /** Milliseconds since 1970 from which on it was not there; absent = it was there when this was written. */
  readonly missingSince?: number | undefined;
}

export const SNAPSHOT_VERSION = 1;

/** A device that says nothing keeps its EID for this long, if nobody needs it (D-8). */
export const RESERVED_MS = 24 * 60 * 60 * 1000;

/** A device that has no UUID of its own may report this one. */
const NIL_UUID = '00000000-0000-0000-0000-000000000000';

/**
 * What is to be remembered of a peer, reservations included.
 * @param place name of its link; `undefined` for one that is not asked at a physical address
 * @returns `undefined` for what is not a device of ours: our own EIDs, and whoever can be asked nowhere
 */
export function remember(peer: Peer, place: string | undefined): Remembered | undefined {
  if (peer.local || (place === undefined && peer.behind === 0)) return undefined;
  const { network, eid, properties, pool, offered, askedPoolSize } = peer;
  const uuid = properties?.uuid === NIL_UUID ? undefined : properties?.uuid;
  if (peer.behind !== 0) return { network, eid, behind: peer.behind, uuid };
  const isBridge = calledItselfBridge(peer) || undefined;
  const poolless = (peer.bridge && peer.poolless && !(pool ?? offered)) || undefined;
  return {
    network,
    eid,
    link: place,
    address: toHex(peer.address),
    uuid,
    isBridge,
    pool,
    offered,
    poolless,
    askedPoolSize,
  };
}

/** Gives a peer that kept its EID what was remembered of it. */
export function recall(peer: Peer, remembered: Remembered): void {
  peer.pool = remembered.pool;
  peer.offered = remembered.offered;
  peer.poolless = remembered.poolless === true;
  peer.askedPoolSize = remembered.askedPoolSize;
}

/** The EIDs a bridge was remembered with, besides its own. */
export function poolOf({ pool, offered }: Remembered): Pool | undefined {
  return pool ?? offered;
}

/** Every EID that belongs to a device, its pool included. */
export function eidsOf(remembered: Remembered): readonly number[] {
  const pool = poolOf(remembered);
  const size = pool === undefined ? 0 : pool.end - pool.start + 1;
  return [remembered.eid, ...Array.from({ length: size }, (_, at) => (pool?.start ?? 0) + at)];
}

/** Whether two entries are about one physical device, as far as its place tells. */
export function samePlace(a: Remembered, b: Remembered): boolean {
  return a.link !== undefined && a.network === b.network && a.link === b.link && a.address === b.address;
}

/** Whether both cannot be true: one EID, one place, or one inside the pool of the other that is not its bridge. */
export function contradict(a: Remembered, b: Remembered): boolean {
  if (a.network !== b.network) return false;
  return samePlace(a, b) || a.eid === b.eid || intrudes(a, b) || intrudes(b, a);
}

/** An EID inside a pool belongs to whatever is behind that bridge, and to nobody else. */
function intrudes(a: Remembered, bridge: Remembered): boolean {
  const pool = poolOf(bridge);
  // Most have none, and every entry is compared with every other one.
  if (pool === undefined || a.behind === bridge.eid) return false;
  return eidsOf(a).some((eid) => poolHolds(pool, eid));
}

/** All there is to write: what is there, then what is missing and contradicted by none of it; by network and EID. */
export function compose(
  present: readonly Remembered[],
  missing: readonly Remembered[],
): readonly Remembered[] {
  const there = byNetwork(present);
  const kept = missing.filter(
    (each) => !(there.get(each.network) ?? []).some((other) => contradict(each, other)),
  );
  return [...present, ...kept].sort((a, b) => a.network - b.network || a.eid - b.eid);
}

/** Networks have nothing to do with each other (R-DISC-2): comparing each entry with all of them would be a waste. */
export function byNetwork(entries: readonly Remembered[]): ReadonlyMap<number, readonly Remembered[]> {
  const networks = new Map<number, Remembered[]>();
  for (const entry of entries) {
    const known = networks.get(entry.network);
    if (known === undefined) networks.set(entry.network, [entry]);
    else known.push(entry);
  }
  return networks;
}
