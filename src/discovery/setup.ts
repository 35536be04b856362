import { isEndpointEid } from '../base/ids';
import type { GetEndpointIdResponse } from '../control/commands/get-endpoint-id';
import { physical, type Assigner, type AssignParts } from './assign';
import { failure, type BridgeRequest, type Target } from './checks';
import { isBridge } from './exchanges';
import type { Assigned, AssignedBridge } from './operations';
import { calledItselfBridge, type Peer } from './peer';
import type { Restorer } from './memory/restorer';

/** The methods that give a device an EID: SetupEndpoint, AssignEndpoint, AssignEndpointStatic, AssignBridgeStatic. */
export class Setup {
  constructor(
    private readonly parts: AssignParts,
    private readonly assigner: Assigner,
    private readonly restorer: Restorer,
    private readonly maxPoolSize: number,
  ) {}

  /** R-DISC-50..57; a device that was remembered is taken back first (D-8). A failing Get Endpoint ID leaves a known peer as it is. */
  async setup(target: Target): Promise<Assigned> {
    const answer = await this.parts.exchanges.getEndpointId(physical(target));
    const known = this.known(target);
    if (known !== undefined) {
      if (matches(known, answer)) {
        this.parts.publication.available(known, target.operation);
        return settled(known, false);
      }
      const cause = `it answers as EID ${answer.eid}, or wants another pool`;
      await this.parts.removal.remove(known, { operation: target.operation, cause });
    }
    const restored = await this.restorer.restore(target, answer);
    if (restored !== undefined) return settled(restored, true);
    if (adoptable(answer) && this.mayKeep(target, answer.eid)) {
      return settled(await this.assigner.adopt(target, answer), true);
    }
    return settled(await this.assigner.assignDynamic(target, this.maxPoolSize, answer), true);
  }

  /** R-DISC-65: a known device costs no traffic; an unknown one is not asked what it had. */
  async assign(target: Target): Promise<Assigned> {
    const known = this.known(target);
    if (known !== undefined) return settled(known, false);
    return settled(await this.assigner.assignDynamic(target, this.maxPoolSize), true);
  }

  /** R-DISC-66, R-DISC-23. @param eid 8..254, or 0 for the lowest free one */
  async assignStatic(target: Target, eid: number): Promise<Assigned> {
    const known = this.known(target);
    const { table } = this.parts;
    const { network } = target.link;
    if (known?.eid === eid) return settled(known, false);
    if (known !== undefined) {
      const detail = { eid: known.eid, requestedEid: eid };
      throw failure('already-assigned', target, `the endpoint has EID ${known.eid} already`, { detail });
    }
    if (eid === 0) return settled(await this.assigner.assignDynamic(target, 0), true);
    const kept = await this.restorer.keep(target, eid);
    if (kept !== undefined) return settled(kept, true);
    if (table.get(network, eid) !== undefined) {
      throw failure('address-in-use', target, `EID ${eid} is in use`, { detail: { eid } });
    }
    const bridge = table.poolHolder(network, eid);
    if (bridge !== undefined) {
      const text = `EID ${eid} lies in the pool of bridge ${bridge.eid}`;
      throw failure('eid-in-pool', target, text, { detail: { eid, bridge: bridge.eid } });
    }
    return settled(await this.assigner.assignExact(target, eid), true);
  }

  /** R-DISC-67..70. The arguments were checked; the reply's `poolStart` is 0 for a bridge without a pool. */
  async assignBridge(
    target: Target,
    { eid, poolSize }: Pick<BridgeRequest, 'eid' | 'poolSize'>,
  ): Promise<AssignedBridge> {
    const { removal, table } = this.parts;
    const { network } = target.link;
    const known = this.known(target);
    if (known?.eid === eid && isAsAsked(known, poolSize)) return settledBridge(known, false);
    if (known !== undefined) {
      const cause = `it is to have EID ${eid} and a pool of ${poolSize}`;
      await removal.remove(known, { operation: target.operation, cause });
    }
    const kept = await this.restorer.keep(target, eid, poolSize);
    if (kept !== undefined) return settledBridge(kept, true);
    if (known === undefined && table.get(network, eid) !== undefined) {
      throw failure('address-in-use', target, `EID ${eid} is in use`, { detail: { eid } });
    }
    for (let each = eid; each <= eid + poolSize; each++) {
      if (!table.isTaken(network, each)) continue;
      const text = `EID ${each} of the bridge or its pool is in use`;
      throw failure('out-of-eids', target, text, { detail: { eid, poolSize } });
    }
    return settledBridge(await this.assigner.assignBridge(target, eid, poolSize), true);
  }

  /**
   * An EID that is kept for a device that is not there is nobody else's, as long as others are free (D-8); nor is one
   * beside the pool that the link gives (R-DISC-170).
   */
  private mayKeep(target: Target, eid: number): boolean {
    const { allocation, reservations, table } = this.parts;
    const { index, network } = target.link;
    const isKept = reservations.keptFrom(network, index, target.address).has(eid);
    return !isKept && !table.isTaken(network, eid) && allocation.mayKeep(index, eid);
  }

  private known(target: Target): Peer | undefined {
    return this.parts.table.at(target.link.index, target.address);
  }
}

/**
 * R-DISC-52, R-DISC-53: same EID, and the device is a bridge if and only if the peer has a pool, or an assignment
 * ended without one. A bridge that was merely learnt is set up again, to get its pool. A device that never called itself
 * a bridge, and asked for a pool all the same, is not held to what it never said.
 */
function matches(peer: Peer, answer: GetEndpointIdResponse): boolean {
  if (peer.eid !== answer.eid) return false;
  if (isBridge(answer)) return peer.pool !== undefined || peer.poolless;
  return peer.pool === undefined || !calledItselfBridge(peer);
}

/** R-DISC-54: a bridge must sit in front of its pool, and reserved EIDs count as none. */
function adoptable(answer: GetEndpointIdResponse): boolean {
  return isEndpointEid(answer.eid) && !isBridge(answer);
}

/** R-DISC-68, R-DISC-69: the size asked for counts, not what came of it, unless silence did (R-DISC-53). */
function isAsAsked(peer: Peer, poolSize: number): boolean {
  const size = peer.pool === undefined ? 0 : peer.pool.end - peer.pool.start + 1;
  if ((peer.askedPoolSize ?? size) !== poolSize) return false;
  return poolSize === 0 || peer.pool !== undefined || peer.poolless;
}

function settledBridge(peer: Peer, isNew: boolean): AssignedBridge {
  return { ...settled(peer, isNew), poolStart: peer.pool?.start ?? 0 };
}

export function settled(peer: Peer, isNew: boolean): Assigned {
  return { network: peer.network, eid: peer.eid, isNew };
}
