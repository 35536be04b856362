import { describeCause, type MctpError } from '../base/errors';
import { isEndpointEid } from '../base/ids';
import type { GetEndpointIdResponse } from '../control/commands/get-endpoint-id';
import { physical, queryOptions, routed, type Assigner, type AssignParts } from './assign';
import { checkAlive, checkCurrent, failure, targetFields, type Target } from './checks';
import type { EndpointProperties } from './endpoint';
import { isBridge } from './exchanges';
import type { Assigned } from './operations';
import type { Peer } from './peer';
import { queryProperties, type QueryResult, type SilentQuery } from './query';
import type { Restorer } from './memory/restorer';
import { settled } from './setup';

/** BusOwner1.LearnEndpoint: takes devices as they are, never sets an EID (R-DISC-72..75). */
export class Learn {
  constructor(
    private readonly parts: AssignParts,
    private readonly assigner: Assigner,
    private readonly restorer: Restorer,
  ) {}

  /**
   * @returns `undefined` for a device without an EID
   * @throws MctpError `bad-response`, `eid-claimed` (R-DISC-74), and what the query throws
   */
  async learn(target: Target): Promise<Assigned | undefined> {
    const { table, removal } = this.parts;
    const answer = await this.parts.exchanges.getEndpointId(physical(target));
    checkCurrent(this.parts.registry, target);
    const known = table.at(target.link.index, target.address);
    if (known?.eid === answer.eid) return settled(await this.reread(target, known), false);
    const { eid } = answer;
    if (known === undefined && eid !== 0) {
      const restored = await this.restorer.restore(target, answer);
      if (restored !== undefined) return settled(restored, true);
    }
    // Decided once: the EID may become free while the old peer is being removed, but that peer is no more then.
    const isClaimable = isEndpointEid(eid) && !table.isTaken(target.link.network, eid, known);
    if (known !== undefined && !isClaimable) {
      await removal.remove(known, { operation: target.operation, cause: `it has EID ${eid} now` });
    }
    if (eid === 0) return undefined;
    if (!isClaimable) throw unclaimable(target, eid);
    if (known !== undefined) return settled(await this.moved(target, known, answer), true);
    if (isBridge(answer)) {
      const fields = { ...targetFields(target), eid: answer.eid };
      this.parts.log.warn('a bridge is learnt as a plain endpoint, without a pool', fields);
    }
    return settled(await this.assigner.adopt(target, answer), true);
  }

  /** A device known under another EID: paths, properties and object are made anew; a pool is lost (R-DISC-127). */
  private async moved(target: Target, peer: Peer, answer: GetEndpointIdResponse): Promise<Peer> {
    this.parts.requery.cancel(peer);
    return this.assigner.guard(peer, target.operation, async () => {
      const downstream = this.parts.table.behind(peer);
      peer.pool = undefined;
      peer.poolless = false;
      // Before anything else: the EID was free in this turn, and may not be in the next (R-DISC-27).
      await this.assigner.move(target, peer, answer.eid);
      const lost = {
        operation: target.operation,
        cause: `the bridge in front of it has EID ${answer.eid} now`,
      };
      for (const each of downstream) await this.parts.removal.remove(each, lost);
      await this.assigner.enumerate(target, peer);
    });
  }

  /** The same device again: its object changes only if its answers did (R-DISC-73). */
  private async reread(target: Target, peer: Peer): Promise<Peer> {
    const options = queryOptions(target.link);
    this.parts.requery.cancel(peer);
    try {
      const result = keepKnown(
        await queryProperties(this.parts.exchanges, routed(peer), options),
        peer.properties,
      );
      checkAlive(peer, target.operation);
      this.parts.publication.refresh(peer, result.properties, target.operation);
      this.parts.publication.available(peer, target.operation);
      this.parts.requery.schedule(peer, result.silent, options);
      return peer;
    } catch (error) {
      // What was asked by its EID in the old network says nothing of a device that is in another one by now.
      checkCurrent(this.parts.registry, target);
      const { operation } = target;
      await this.parts.removal.remove(peer, { operation, cause: describeCause(error) });
      throw error;
    }
  }
}

/** R-DISC-74: `bad-response` for a reserved EID, `eid-claimed` for one that is in use. */
function unclaimable(target: Target, eid: number): MctpError {
  const detail = { eid };
  if (!isEndpointEid(eid)) {
    return failure('bad-response', target, `the endpoint reports the reserved EID ${eid}`, { detail });
  }
  return failure('eid-claimed', target, `the endpoint claims EID ${eid}, which is already used`, { detail });
}

/** Silence leaves the value in place that was known before (R-DISC-42); what is known need not be asked again. */
function keepKnown(result: QueryResult, known: EndpointProperties | undefined): QueryResult {
  const silent = new Set<SilentQuery>(result.silent);
  let { vendorTypes, uuid } = result.properties;
  if (silent.has('vendorTypes') && known !== undefined && known.vendorTypes.length > 0) {
    vendorTypes = known.vendorTypes;
    silent.delete('vendorTypes');
  }
  if (silent.has('uuid') && known?.uuid !== undefined) {
    uuid = known.uuid;
    silent.delete('uuid');
  }
  return { properties: { types: result.properties.types, vendorTypes, uuid }, silent };
}
