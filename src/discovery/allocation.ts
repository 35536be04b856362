import { EMPTY } from '../base/bytes';
import type { Clock } from '../base/clock';
import { EID_FIRST, EID_LAST } from '../base/ids';
import { chooseRoom, Quarantine, type EidRange, type Room } from './eid-pool';
import type { Pool } from './endpoint';
import { addressKey, eidKey, newPeer, peerAddressKey, poolHolds, type Peer, type PeerSeed } from './peer';
import type { PeerTable } from './peer-table';
import type { Reservations } from './memory/reservations';
import { poolOf, recall, type Remembered } from './snapshot';
import { routedElsewhere, type RouteTables } from './standing-routes';

/** Who asks for an EID. `simple`: the device said that it is no bridge. */
export interface Applicant {
  readonly network: number;
  readonly link: number;
  readonly address: Uint8Array;
  readonly mtu: number;
  readonly simple: boolean;
}

/** Where the EIDs of a link come from: `dynamic_eid_range`, or a pool that our own bus owner has given us. */
export interface EidSupply {
  readonly range: EidRange;
  /** Within the range: what a device may be given that is to have no EID in particular (R-DISC-164). */
  readonly isDynamic: (eid: number) => boolean;
  /** Not to be given on the link, nor kept by a device there: it is reached elsewhere, or given by somebody else. */
  readonly isForeign: (eid: number) => boolean;
}

/**
 * Chooses EIDs and enters them in the table, both within one turn (R-DISC-27).
 *
 * Every dynamic EID is reserved with room for a bridge's pool (R-DISC-21, R-DISC-24), although few devices want one.
 * With many operations at once these speculative pools would use up the range, so they yield: to an explicit EID that
 * somebody asks for, and to a device that finds nothing else free. The result is what the same calls one after the
 * other would have been content with; a bridge gets a smaller pool at worst (R-DISC-46).
 */
export class Allocation {
  private readonly quarantine = new Quarantine();

  constructor(
    private readonly parts: {
      readonly net: RouteTables;
      readonly table: PeerTable;
      readonly reservations: Reservations;
      readonly clock: Pick<Clock, 'now'>;
    },
    private readonly supplyOf: (link: number) => EidSupply | undefined,
  ) {}

  /** Nothing can be given on the link: its pool has not come yet (R-DISC-170). */
  isDry(link: number): boolean {
    return this.supplyOf(link) === undefined;
  }

  /** Whether a device may keep the EID it has: an EID beside our pool is somebody else's to give (R-DISC-170). */
  mayKeep(link: number, eid: number): boolean {
    return this.supplyOf(link)?.isForeign(eid) === false;
  }

  /**
   * The EID the device is remembered with, if that is still free (R-CONS-23); else R-DISC-21 (`wanted` > 0) or
   * R-DISC-23 (`wanted` 0). `undefined`: ran out of EIDs.
   */
  reserveDynamic(applicant: Applicant, wanted: number): Peer | undefined {
    const room = this.rememberedRoom(applicant, wanted) ?? this.findRoom(applicant, wanted);
    if (room === undefined) return undefined;
    this.yieldSpeculative(applicant.network, room.eid);
    const peer = newPeer({ ...applicant, eid: room.eid });
    if (room.extent > 0) peer.speculative = { start: room.eid + 1, end: room.eid + room.extent };
    this.parts.table.enter(peer);
    return peer;
  }

  /** Enters a peer under an EID that the caller found free ({@link PeerTable.isTaken}). */
  reserveExact(seed: PeerSeed): Peer {
    this.yieldSpeculative(seed.network, seed.eid);
    const peer = newPeer(seed);
    this.parts.table.enter(peer);
    return peer;
  }

  /** As {@link reserveExact}, with the `poolSize` EIDs behind it, all of them found free; they are firm (R-DISC-69). */
  reserveBridge(seed: PeerSeed, poolSize: number): Peer {
    const peer = this.reserveExact(seed);
    peer.askedPoolSize = poolSize;
    if (poolSize === 0) return peer;
    peer.offered = { start: seed.eid + 1, end: seed.eid + poolSize };
    this.yieldPool(seed.network, peer.offered);
    return peer;
  }

  /** As {@link reserveExact}, with all that is remembered of the device, its pool found free (D-8). */
  reserveRemembered(seed: PeerSeed, remembered: Remembered): Peer {
    const peer = this.reserveExact(seed);
    recall(peer, remembered);
    this.yieldPool(seed.network, poolOf(remembered));
    return peer;
  }

  /** First half of a move, as {@link PeerTable.claimEid}. */
  claimEid(peer: Peer, eid: number): void {
    peer.speculative = undefined;
    this.yieldSpeculative(peer.network, eid);
    this.parts.table.claimEid(peer, eid);
  }

  /** A device lost its EID: others do not get it for a while (R-DISC-27). */
  retire(peer: Peer): void {
    this.quarantine.add(eidKey(peer.network, peer.eid), peerAddressKey(peer), this.parts.clock.now());
  }

  /** A link went to another network: what its devices may still answer to is withheld there. */
  linkMoved(link: number, from: number, to: number): void {
    const ofLink = addressKey(link, EMPTY);
    for (let eid = EID_FIRST; eid <= EID_LAST; eid++) {
      this.quarantine.move(eidKey(from, eid), eidKey(to, eid), (owner) => owner.startsWith(ofLink));
    }
  }

  /** Takes a peer with its pool, all found free there, to another network. */
  changeNetwork(peer: Peer, network: number): void {
    const last = peer.pool?.end ?? peer.eid;
    for (let eid = peer.eid; eid <= last; eid++) this.yieldSpeculative(network, eid);
    this.parts.table.changeNetwork(peer, network);
  }

  /** With room for the pool it had, or else for the one it may want. */
  private rememberedRoom({ network, link, address }: Applicant, wanted: number): Room | undefined {
    const entry = this.parts.reservations.at(link, address);
    if (entry === undefined || this.parts.table.isTaken(network, entry.eid)) return undefined;
    const supply = this.supplyOf(link);
    if (supply === undefined || supply.isForeign(entry.eid)) return undefined;
    const pool = poolOf(entry);
    const extent = pool === undefined ? wanted : pool.end - pool.start + 1;
    const kept = this.parts.reservations.keptFrom(network, link, address);
    // A pool that it was given by hand may lie where none is given otherwise.
    const occupied = this.occupied(network, supply, pool === undefined ? supply.isDynamic : () => true);
    const isFree = (eid: number): boolean =>
      eid <= EID_LAST && !occupied.has(eid) && !kept.has(eid) && !supply.isForeign(eid);
    let end = entry.eid;
    while (end - entry.eid < extent && isFree(end + 1)) end++;
    return { eid: entry.eid, extent: end - entry.eid };
  }

  /** Never used before used lately before kept for a device that is not there (R-DISC-27, D-8, R-DISC-169). */
  private findRoom(applicant: Applicant, wanted: number): Room | undefined {
    const { network, link } = applicant;
    const supply = this.supplyOf(link);
    if (supply === undefined) return undefined;
    const { range } = supply;
    const now = this.parts.clock.now();
    const requester = addressKey(applicant.link, applicant.address);
    const occupied = this.occupied(network, supply);
    const withheld = (eid: number): boolean => this.quarantine.holds(eidKey(network, eid), requester, now);
    const kept = this.parts.reservations.keptFrom(network, applicant.link, applicant.address);
    const routed = routedElsewhere(this.parts.net, applicant, (eid) => occupied.has(eid));
    const used = (eid: number): boolean => occupied.has(eid) || kept.has(eid) || routed.has(eid);
    return (
      chooseRoom(range, wanted, (eid) => used(eid) || withheld(eid)) ??
      this.splitSpeculative(network, supply, wanted) ??
      chooseRoom(range, wanted, used) ??
      chooseRoom(range, wanted, (eid) => occupied.has(eid))
    );
  }

  /** Also what is nobody's, but not to be given. */
  private occupied(
    network: number,
    { range, isForeign, isDynamic: isInSupply }: EidSupply,
    isDynamic = isInSupply,
  ): Set<number> {
    const eids = new Set<number>();
    for (const peer of this.parts.table.inNetwork(network)) {
      eids.add(peer.eid);
      for (const pool of [peer.pool, peer.offered, peer.speculative]) {
        if (pool === undefined) continue;
        for (let eid = pool.start; eid <= pool.end; eid++) eids.add(eid);
      }
    }
    // A moving peer holds two EIDs until its old route is gone.
    for (let eid = range.first; eid <= range.last; eid++) {
      const isMoving = this.parts.table.get(network, eid) !== undefined;
      if (isMoving || isForeign(eid) || !isDynamic(eid)) eids.add(eid);
    }
    return eids;
  }

  /** Takes the upper half of the largest speculative pool; devices that said they are no bridge give first. */
  private splitSpeculative(network: number, supply: EidSupply, wanted: number): Room | undefined {
    const size = (peer: Peer): number =>
      peer.speculative === undefined ? 0 : peer.speculative.end - peer.speculative.start + 1;
    const [giver] = this.parts.table
      .inNetwork(network)
      .filter((peer) => size(peer) > 0 && isWithin(supply, peer.speculative))
      .sort((a, b) => Number(b.simple) - Number(a.simple) || size(b) - size(a) || a.eid - b.eid);
    if (giver?.speculative === undefined) return undefined;
    const { start, end } = giver.speculative;
    const eid = start + Math.floor((end - start + 1) / 2);
    giver.speculative = eid > start ? { start, end: eid - 1 } : undefined;
    return { eid, extent: Math.min(end - eid, wanted) };
  }

  private yieldPool(network: number, pool: Pool | undefined): void {
    if (pool === undefined) return;
    for (let eid = pool.start; eid <= pool.end; eid++) this.yieldSpeculative(network, eid);
  }

  private yieldSpeculative(network: number, eid: number): void {
    for (const peer of this.parts.table.inNetwork(network)) {
      if (peer.speculative === undefined || !poolHolds(peer.speculative, eid)) continue;
      const { start } = peer.speculative;
      peer.speculative = eid > start ? { start, end: eid - 1 } : undefined;
    }
  }
}

/** Other links of the network may draw on another range, even on one between two of this link. */
function isWithin({ range, isDynamic, isForeign }: EidSupply, pool: Pool | undefined): boolean {
  if (pool === undefined || pool.start < range.first || pool.end > range.last) return false;
  return [pool.start, pool.end].every((eid) => isDynamic(eid) && !isForeign(eid));
}
