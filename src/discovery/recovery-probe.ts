import { describeCause, MctpError } from '../base/errors';
import { isEndpointEid } from '../base/ids';
import type { GetEndpointIdResponse } from '../control/commands/get-endpoint-id';
import { physical, queryOptions, routed, type Assigner, type AssignParts } from './assign';
import { checkAlive, checkTarget, failure, peerFields, targetFields, type Target } from './checks';
import type { LearnByEid } from './learn-by-eid';
import { peerAddressKey, type Peer } from './peer';
import { queryUuid } from './query';

const OPERATION = 'Recover';
/** A device that has no UUID of its own may report this one: it proves nothing (R-DISC-93). */
const NIL_UUID = '00000000-0000-0000-0000-000000000000';

/** What one probe of a recovery does to the endpoint it finds, or does not find. */
export class RecoveryProbe {
  constructor(
    private readonly parts: AssignParts & {
      readonly assigner: Assigner;
      readonly byEid: Pick<LearnByEid, 'learn'>;
    },
  ) {}

  /** Milliseconds that a probe of this endpoint waits for its answer. */
  timeoutMs(peer: Peer): number {
    const target = this.target(peer);
    return this.parts.exchanges.timeoutMs(target === undefined ? routed(peer) : physical(target));
  }

  /**
   * Leaves the endpoint Available or removed (R-DISC-92..95, R-DISC-98).
   * @throws MctpError the probe failed, and nothing is changed; or the endpoint went away meanwhile
   */
  async run(peer: Peer): Promise<void> {
    const target = this.target(peer);
    if (target === undefined) await this.runRouted(peer);
    else await this.runDirect(target, peer);
  }

  /** `undefined`: behind a bridge, or not ours to assign; such a one is never sent a Set Endpoint ID (R-DISC-98). */
  private target(peer: Peer): Target | undefined {
    if (peer.link === undefined || peerAddressKey(peer) === undefined) return undefined;
    const entry = this.parts.registry.link(peer.link);
    if (entry?.role !== 'BusOwner') return undefined;
    return { link: entry.link, address: peer.address, operation: OPERATION };
  }

  private async runDirect(target: Target, peer: Peer): Promise<void> {
    const { exchanges, publication } = this.parts;
    const answer = await exchanges.getEndpointId(physical(target), { attempts: 1 });
    checkAlive(peer, OPERATION);
    if (answer.eid === peer.eid) {
      const isOther = await this.isOther(target, peer);
      checkAlive(peer, OPERATION);
      if (isOther) await this.replace(target, peer, answer);
      else publication.available(peer, OPERATION);
      return;
    }
    const isSame = await this.isSame(target, peer);
    checkAlive(peer, OPERATION);
    if (isSame) await this.restore(target, peer);
    else await this.replace(target, peer, answer);
  }

  /**
   * R-DISC-92 leaves the look at the UUID to us: one exchange more, and only another UUID that is told counts. A device
   * that came with the EID of its forerunner is found out this way.
   */
  private async isOther(target: Target, peer: Peer): Promise<boolean> {
    const uuid = peer.properties?.uuid;
    if (uuid === undefined) return false;
    const options = { ...queryOptions(target.link), attempts: 1 };
    const outcome = await queryUuid(this.parts.exchanges, physical(target), options);
    return outcome !== 'silent' && outcome.value !== undefined && outcome.value !== uuid;
  }

  /** R-DISC-93: whatever keeps the UUID away, silence included, leaves it unproven. */
  private async isSame(target: Target, peer: Peer): Promise<boolean> {
    const outcome = await queryUuid(this.parts.exchanges, physical(target), queryOptions(target.link));
    if (outcome === 'silent' || outcome.value === undefined) return false;
    return outcome.value !== NIL_UUID && outcome.value === peer.properties?.uuid;
  }

  /** R-DISC-94: the device was reset; it gets its EID back, or keeps the one it insists on. */
  private async restore(target: Target, peer: Peer): Promise<void> {
    const { exchanges, publication, removal, table } = this.parts;
    const { eid } = await exchanges.setEndpointId(physical(target), peer.eid);
    checkAlive(peer, OPERATION);
    if (!isEndpointEid(eid)) {
      const detail = { eid: peer.eid, requestedEid: eid };
      throw failure('set-eid-failed', target, `the endpoint reports EID ${eid}`, { detail });
    }
    if (eid !== peer.eid && table.isTaken(peer.network, eid, peer)) {
      const occasion = { operation: OPERATION, cause: `it insists on EID ${eid}, which is in use` };
      this.parts.log.warn('endpoint not recovered', peerFields(this.parts.registry, peer, occasion));
      await removal.remove(peer, occasion);
      return;
    }
    if (eid !== peer.eid) await this.move(target, peer, eid);
    publication.available(peer, OPERATION);
  }

  /** What was behind it was reached through its old EID, and is lost (R-DISC-127). */
  private async move(target: Target, peer: Peer, eid: number): Promise<void> {
    const { assigner, publication, removal, table } = this.parts;
    const { properties } = peer;
    await assigner.guard(peer, OPERATION, async () => {
      const downstream = table.behind(peer);
      peer.pool = undefined;
      await assigner.move(target, peer, eid);
      const lost = { operation: OPERATION, cause: `the bridge in front of it has EID ${eid} now` };
      for (const each of downstream) await removal.remove(each, lost);
      checkAlive(peer, OPERATION);
      if (properties !== undefined) publication.publish(peer, properties, { operation: OPERATION });
    });
  }

  /** R-DISC-95: somebody else, for all we know. The former owner of the EID is out of it, whatever comes of the new. */
  private async replace(target: Target, peer: Peer, answer: GetEndpointIdResponse): Promise<void> {
    const { assigner, log, registry, removal } = this.parts;
    const occasion = { operation: OPERATION, cause: 'it is not provably the same device' };
    log.warn('a recovered endpoint is set up anew', peerFields(registry, peer, occasion));
    await removal.remove(peer, occasion);
    try {
      const now = checkTarget(registry, target.link.index, target.address, OPERATION);
      await assigner.assignDynamic(now, 0, answer);
    } catch (error) {
      log.warn('device not set up anew', {
        ...targetFields(target),
        eid: peer.eid,
        cause: describeCause(error),
      });
    }
  }

  /** R-DISC-98: asked by its EID, as it was learnt. */
  private async runRouted(peer: Peer): Promise<void> {
    const { exchanges, publication } = this.parts;
    const { network, eid } = peer;
    const where = { network, eid, operation: OPERATION };
    const answer = await exchanges.getEndpointId(routed(peer), { attempts: 1 });
    checkAlive(peer, OPERATION);
    if (answer.eid !== eid) {
      const context = { ...where, requestedEid: answer.eid };
      throw new MctpError('eid-mismatch', `${OPERATION}: EID ${eid} answered as ${answer.eid}`, context);
    }
    const uuid = peer.properties?.uuid;
    if (uuid !== undefined) {
      const outcome = await queryUuid(exchanges, routed(peer), {});
      checkAlive(peer, OPERATION);
      if (outcome === 'silent') throw new MctpError('no-response', `${OPERATION}: UUID not told`, where);
      if (outcome.value !== uuid) {
        await this.relearn(peer);
        return;
      }
    }
    publication.available(peer, OPERATION);
  }

  /** Another device answers under the EID: its object is a new one. */
  private async relearn(peer: Peer): Promise<void> {
    const { byEid, log, registry, removal } = this.parts;
    const { network, eid } = peer;
    const occasion = { operation: OPERATION, cause: 'another device answers under its EID' };
    log.warn('a recovered endpoint is learnt anew', peerFields(registry, peer, occasion));
    await removal.remove(peer, occasion);
    try {
      await byEid.learn(network, eid);
    } catch (error) {
      const cause = describeCause(error);
      log.warn('device not learnt anew', peerFields(registry, peer, { operation: OPERATION, cause }));
    }
  }
}
