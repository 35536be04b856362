import { isMctpError, MctpError } from '../base/errors';
import type { GetEndpointIdResponse } from '../control/commands/get-endpoint-id';
import { linkOf, type Net } from '../core/net';
import { queryOptions, routed, type Assigner, type AssignParts } from './assign';
import { checkAlive, peerFields } from './checks';
import { isBridge } from './exchanges';
import type { Assigned } from './operations';
import { locate, type Whereabouts } from './paths';
import { peerAddressKey, type Peer } from './peer';
import { queryProperties } from './query';
import { settled } from './setup';

const OPERATION = 'LearnEndpoint';

/** Network1.LearnEndpoint: an EID that somebody else has given, over routes that somebody else has made. */
export class LearnByEid {
  constructor(
    private readonly parts: AssignParts,
    private readonly assigner: Assigner,
    private readonly net: Net,
  ) {}

  /**
   * R-DISC-76..78. A known EID costs no traffic; any failure leaves no entry.
   * @throws MctpError `eid-mismatch` (R-DBUS-36), `query-failed`, and what a routed request throws
   */
  async learn(network: number, eid: number): Promise<Assigned> {
    const known = this.parts.table.get(network, eid);
    if (known !== undefined) return settled(known, false);
    const peer = this.enter(network, eid);
    await this.assigner.guard(peer, OPERATION, async () => {
      const answer = await this.parts.exchanges.getEndpointId(routed(peer));
      checkAlive(peer, OPERATION);
      if (answer.eid !== eid) {
        const context = { network, eid, requestedEid: answer.eid, operation: OPERATION };
        throw new MctpError('eid-mismatch', `${OPERATION}: EID ${eid} answered as ${answer.eid}`, context);
      }
      if (!(await this.isAtItsAddress(peer))) this.parts.table.releaseAddress(peer);
      await this.describe(peer, answer, OPERATION);
    });
    return settled(peer, true);
  }

  /**
   * Enters, asks and publishes an endpoint that has answered under its EID, which is free (R-DISC-112).
   * @throws MctpError `query-failed`, `cancelled`; no entry is left then
   */
  async enumerate(
    { network, eid, operation }: { network: number; eid: number; operation: string },
    answer: GetEndpointIdResponse,
  ): Promise<void> {
    const peer = this.enter(network, eid);
    await this.assigner.guard(peer, operation, () => this.describe(peer, answer, operation));
  }

  private async describe(peer: Peer, answer: GetEndpointIdResponse, operation: string): Promise<void> {
    checkAlive(peer, operation);
    peer.bridge = isBridge(answer);
    const options = queryOptions(linkOf(this.net, peer.link));
    const { properties, silent } = await queryProperties(this.parts.exchanges, routed(peer), options);
    checkAlive(peer, operation);
    this.parts.publication.publish(peer, properties, { operation });
    this.parts.requery.schedule(peer, silent, options);
  }

  /** Behind a bridge that we know, an endpoint is reached over the bridge's link (R-DISC-4). */
  private enter(network: number, eid: number): Peer {
    const { allocation, table } = this.parts;
    const place = this.unclaimed(eid, locate(this.net, network, eid));
    const bridge = table.poolHolder(network, eid) ?? table.get(network, place.behind);
    const seed = bridge === undefined ? place : { link: bridge.link, behind: bridge.eid, mtu: bridge.mtu };
    return allocation.reserveExact({ ...seed, network, eid });
  }

  /**
   * A point-to-point link has no neighbour entries to tell who sits at its end: whoever answers there to no EID at all.
   * Without an answer that names this peer, a bridge may be in between.
   */
  private async isAtItsAddress(peer: Peer): Promise<boolean> {
    const { link, address } = peer;
    if (link === undefined || peerAddressKey(peer) === undefined || address.length > 0) return true;
    try {
      const answer = await this.parts.exchanges.getEndpointId({ kind: 'physical', link, address });
      return answer.eid === peer.eid;
    } catch (error) {
      if (!isMctpError(error)) throw error;
      return false;
    }
  }

  /**
   * A device that is known at that address already keeps it; this one is then known by its EID alone. At the address of a
   * bridge it sits behind that: a kernel without gateway routes has each EID of a pool so (R-DISC-32).
   */
  private unclaimed(eid: number, place: Whereabouts): Whereabouts {
    if (place.link === undefined || place.address === undefined) return { behind: place.behind };
    const holder = this.parts.table.at(place.link, place.address);
    if (holder === undefined) return place;
    if (holder.bridge) return { behind: holder.eid };
    const fields = peerFields(this.parts.registry, holder, { operation: OPERATION });
    this.parts.log.warn('two EIDs lead to one physical address', { ...fields, otherEid: eid });
    return { behind: 0 };
  }
}
