import { isEndpointEid } from '../base/ids';
import type { GetEndpointIdResponse } from '../control/commands/get-endpoint-id';
import { physical, queryOptions, routed, type Assigner, type AssignParts } from './assign';
import { checkAlive, failure, targetFields, type Target } from './checks';
import type { EndpointProperties } from './endpoint';
import { isBridge } from './exchanges';
import type { Assigned } from './operations';
import type { Peer } from './peer';
import { queryProperties, type QueryResult, type SilentQuery } from './query';
import { settled } from './setup';

/** BusOwner1.LearnEndpoint: takes devices as they are, never sets an EID (R-DISC-72..75). */
export class Learn {
  constructor(
    private readonly parts: AssignParts,
    private readonly assigner: Assigner,
  ) {}

  /** @returns `undefined` for a device without an EID */
  async learn(target: Target): Promise<Assigned | undefined> {
    const { table, removal } = this.parts;
    const answer = await this.parts.exchanges.getEndpointId(physical(target));
    const known = table.at(target.link.index, target.address);
    if (known?.eid === answer.eid) return settled(await this.reread(target, known), false);
    if (known !== undefined && !this.claimable(target, answer, known)) await removal.remove(known);
    if (answer.eid === 0) return undefined;
    this.checkClaim(target, answer, known);
    if (known !== undefined) return settled(await this.moved(target, known, answer), true);
    if (isBridge(answer)) {
      const fields = { ...targetFields(target), eid: answer.eid };
      this.parts.log.warn('a bridge is learnt as a plain endpoint, without a pool', fields);
    }
    return settled(await this.assigner.adopt(target, answer), true);
  }

  private claimable(target: Target, answer: GetEndpointIdResponse, known: Peer | undefined): boolean {
    return isEndpointEid(answer.eid) && !this.parts.table.isTaken(target.link.network, answer.eid, known);
  }

  /** @throws MctpError `bad-response` for a reserved EID, `eid-claimed` for one that is in use (R-DISC-74) */
  private checkClaim(target: Target, answer: GetEndpointIdResponse, known: Peer | undefined): void {
    if (this.claimable(target, answer, known)) return;
    const { eid } = answer;
    if (!isEndpointEid(eid)) {
      throw failure('bad-response', target, `the endpoint reports the reserved EID ${eid}`, {
        detail: { eid },
      });
    }
    const text = `the endpoint claims EID ${eid}, which is already used`;
    throw failure('eid-claimed', target, text, { detail: { eid } });
  }

  /** A device known under another EID: paths, properties and object are made anew; a pool is lost (R-DISC-127). */
  private async moved(target: Target, peer: Peer, answer: GetEndpointIdResponse): Promise<Peer> {
    this.parts.requery.cancel(peer);
    return this.assigner.guard(peer, async () => {
      await this.parts.removal.removeDownstream(peer);
      peer.pool = undefined;
      peer.poolless = false;
      await this.assigner.move(target, peer, answer.eid);
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
      this.parts.publication.refresh(peer, result.properties);
      this.parts.publication.available(peer);
      this.parts.requery.schedule(peer, result.silent, options);
      return peer;
    } catch (error) {
      await this.parts.removal.remove(peer);
      throw error;
    }
  }
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
