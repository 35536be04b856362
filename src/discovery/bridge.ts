import { describeCause, isMctpError } from '../base/errors';
import type { Log } from '../base/log';
import { AllocateStatus } from '../control/commands/allocate-endpoint-ids';
import { PoolAllocation, type SetEndpointIdResponse } from '../control/commands/set-endpoint-id';
import { checkAlive, targetFields, type Target } from './checks';
import type { Pool } from './endpoint';
import type { Exchanges } from './exchanges';
import type { Memory } from './memory/memory';
import type { Paths } from './paths';
import type { Peer } from './peer';
import type { PeerTable } from './peer-table';
import type { Publication } from './publication';

/** What came of an Allocate Endpoint IDs: only silence is worth another try (R-DISC-53). */
type Outcome = 'accepted' | 'rejected' | 'unknown';

/** Gives bridges their pools: how large, and the exchange that hands it over (R-DISC-46, R-DISC-60..63). */
export class Bridges {
  constructor(
    private readonly parts: {
      readonly table: PeerTable;
      readonly exchanges: Pick<Exchanges, 'allocateEndpointIds'>;
      readonly paths: Pick<Paths, 'installPool' | 'uninstallPool'>;
      readonly publication: Pick<Publication, 'poolAllocated'>;
      readonly memory: Pick<Memory, 'reserve'>;
      readonly log: Log;
    },
  ) {}

  /**
   * Cuts the room that was reserved to what the device asks for, or frees it, in the turn of the Set Endpoint ID
   * response (R-DISC-24, R-DISC-46). A device that took another EID gets none: it does not sit in front of the room
   * (R-DISC-47).
   */
  settle(target: Target, peer: Peer, answer: SetEndpointIdResponse): void {
    const room = peer.offered ?? peer.speculative;
    peer.speculative = undefined;
    peer.offered = undefined;
    peer.poolless = true;
    const wanted = answer.allocation === PoolAllocation.none ? 0 : answer.poolSize;
    if (wanted === 0) return;
    peer.bridge = true;
    const granted = answer.eid === peer.eid ? this.grant(peer, room, wanted) : 0;
    if (granted > 0) peer.offered = { start: peer.eid + 1, end: peer.eid + granted };
    if (granted === wanted) return;
    const cause = answer.eid === peer.eid ? 'no more are free behind its EID' : 'it took another EID';
    const fields = { ...targetFields(target), eid: answer.eid, cause, poolSize: wanted, granted };
    this.parts.log.warn('a bridge gets fewer EIDs than it asks for', fields);
  }

  /**
   * Hands the pool over, once the bridge is published. The bridge stays published whatever comes of it; without a pool
   * when it does not take exactly what it is offered (R-DISC-60..62). It is on disk before: devices behind the bridge
   * may have EIDs of the pool before we know that it was taken (D-8).
   * @param isRepeated it may have been handed over before a restart, and the bridge tells so by its status (D-8)
   * @throws MctpError `cancelled` when the bridge was taken away meanwhile
   */
  async allocate(target: Target, peer: Peer, isRepeated = false): Promise<void> {
    const { memory, paths, publication } = this.parts;
    const pool = peer.offered;
    if (pool === undefined) return;
    await paths.installPool(peer, pool);
    await memory.reserve();
    checkAlive(peer, target.operation);
    const outcome = await this.offer(target, { peer, pool, isRepeated });
    checkAlive(peer, target.operation);
    if (outcome === 'accepted') {
      peer.pool = pool;
      peer.offered = undefined;
      peer.poolless = false;
      publication.poolAllocated(peer, target.operation);
      return;
    }
    // The EIDs stay occupied until the route to them is gone.
    await paths.uninstallPool(peer);
    peer.offered = undefined;
    peer.poolless = outcome === 'rejected';
    checkAlive(peer, target.operation);
  }

  /** Never more than what is free now: our own EIDs may have been added in a reserved room. */
  private grant(peer: Peer, room: Pool | undefined, wanted: number): number {
    const extent = Math.min(wanted, (room?.end ?? peer.eid) - peer.eid);
    for (let size = 0; size < extent; size++) {
      if (this.parts.table.isTaken(peer.network, peer.eid + size + 1)) return size;
    }
    return extent;
  }

  private async offer(
    target: Target,
    { peer, pool, isRepeated }: { peer: Peer; pool: Pool; isRepeated: boolean },
  ): Promise<Outcome> {
    const { exchanges, log } = this.parts;
    const { network, eid } = peer;
    const size = pool.end - pool.start + 1;
    const fields = { ...targetFields(target), eid, poolStart: pool.start, poolSize: size };
    try {
      const answer = await exchanges.allocateEndpointIds({ kind: 'eid', network, eid }, pool);
      const { status } = answer;
      const isOurs = isRepeated && status === AllocateStatus.rejected;
      if (
        (isOurs || status === AllocateStatus.accepted) &&
        answer.size === size &&
        answer.first === pool.start
      ) {
        return 'accepted';
      }
      const cause =
        status === AllocateStatus.rejected
          ? 'it has a pool already, until it is reset; reset it and set it up again'
          : 'it answers with another pool, or with none';
      const detail = { cause, status, answeredStart: answer.first, answeredSize: answer.size };
      log.warn('a bridge does not take its pool as offered, and gets none', { ...fields, ...detail });
      return 'rejected';
    } catch (error) {
      if (!isMctpError(error)) throw error;
      log.warn('a bridge gets no pool', { ...fields, cause: describeCause(error) });
      return isMctpError(error, 'refused', 'bad-response') ? 'rejected' : 'unknown';
    }
  }
}
