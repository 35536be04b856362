import { MctpError } from '../base/errors';
import type { Net } from '../core/net';
import { queryOptions, routed, type Assigner, type AssignParts } from './assign';
import { checkAlive, peerFields } from './checks';
import { isBridge } from './exchanges';
import type { Assigned } from './operations';
import { locate, type Whereabouts } from './paths';
import { addressKey, type Peer } from './peer';
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

  /** The physical address an EID leads to, so that operations on it are kept apart (R-DISC-6). */
  physicalKey(network: number, eid: number): string | undefined {
    const { link, address } = locate(this.net, network, eid);
    return link === undefined || address === undefined ? undefined : addressKey(link, address);
  }

  /**
   * R-DISC-76..78. A known EID costs no traffic; any failure leaves no entry.
   * @throws MctpError `eid-mismatch` (R-DBUS-36), `query-failed`, and what a routed request throws
   */
  async learn(network: number, eid: number): Promise<Assigned> {
    const known = this.parts.table.get(network, eid);
    if (known !== undefined) return settled(known, false);
    const peer = this.enter(network, eid);
    await this.assigner.guard(peer, async () => {
      const answer = await this.parts.exchanges.getEndpointId(routed(peer));
      checkAlive(peer, OPERATION);
      if (answer.eid !== eid) {
        const context = { network, eid, requestedEid: answer.eid, operation: OPERATION };
        throw new MctpError('eid-mismatch', `${OPERATION}: EID ${eid} answered as ${answer.eid}`, context);
      }
      peer.bridge = isBridge(answer);
      const options = queryOptions(this.net.links().find((link) => link.index === peer.link));
      const { properties, silent } = await queryProperties(this.parts.exchanges, routed(peer), options);
      checkAlive(peer, OPERATION);
      this.parts.publication.publish(peer, properties);
      this.parts.requery.schedule(peer, silent, options);
    });
    return settled(peer, true);
  }

  private enter(network: number, eid: number): Peer {
    const place = this.unclaimed(eid, locate(this.net, network, eid));
    const bridge = this.parts.table.poolHolder(network, eid);
    const behind = bridge?.eid ?? place.behind;
    return this.parts.allocation.reserveExact({ ...place, network, eid, behind });
  }

  /** A device that is known at that address already keeps it; this one is then known by its EID alone. */
  private unclaimed(eid: number, place: Whereabouts): Whereabouts {
    if (place.link === undefined || place.address === undefined) return { behind: place.behind };
    const holder = this.parts.table.at(place.link, place.address);
    if (holder === undefined) return place;
    this.parts.log.warn('two EIDs lead to one physical address', { ...peerFields(holder), otherEid: eid });
    return { behind: 0 };
  }
}
