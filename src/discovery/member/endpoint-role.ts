import { describeError } from '../../base/errors';
import type { Log } from '../../base/log';
import {
  EidAssignment,
  PoolAllocation,
  SetEidOperation,
  type SetEndpointIdRequest,
} from '../../control/commands/set-endpoint-id';
import { CompletionCode } from '../../control/header';
import type { Assignment } from '../../control/responder-host';
import { EID_NULL, isEndpointEid } from '../../base/ids';
import { linkOf, type Incoming, type Net, type NetLink } from '../../core/net';
import type { Allocation } from '../allocation';
import type { DiscoveredFlags } from './discovered-flags';
import { ownerOf, sameOwner, type Owner } from './owner';
import type { OwnerQuery } from './owner-query';
import type { Paths } from '../paths';
import type { Peer } from '../peer';
import type { PeerTable } from '../peer-table';
import type { Registry } from '../registry';
import type { Removal } from '../removal';
import type { UpstreamPools } from './upstream-pools';

export interface EndpointRoleParts {
  readonly net: Net;
  readonly registry: Registry;
  readonly table: PeerTable;
  readonly allocation: Allocation;
  readonly paths: Paths;
  readonly removal: Removal;
  readonly flags: DiscoveredFlags;
  readonly pools: UpstreamPools;
  readonly query: Pick<OwnerQuery, 'ask' | 'forget'>;
  readonly log: Log;
}

/** What came of a step: the completion code of the answer. */
type Outcome = number;

/** Why what the link held is removed. */
const ASSIGNED = { operation: 'Set Endpoint ID', cause: 'a bus owner assigns us an EID on its link' };

/**
 * A bus owner assigns us an EID, on a link of role Endpoint or Unknown (R-DISC-143..147). It waits for an answer within
 * 100 ms (DSP0236 §12, MT1), so an assignment waits for nobody: operations under way with devices of the link find
 * them gone, as when the link itself goes.
 */
export class EndpointRole {
  private readonly owners = new Map<number, Owner>();

  constructor(private readonly parts: EndpointRoleParts) {}

  /** @returns the answer, or a completion code other than 0; one call at a time on a link */
  async assign(incoming: Incoming, request: SetEndpointIdRequest): Promise<Assignment | number> {
    const link = this.link(incoming.link);
    if (link === undefined) return CompletionCode.notReady;
    if (request.operation === SetEidOperation.setDiscovered) return this.discover(link);
    const owner = ownerOf(incoming);
    const outcome = this.isAsBefore(link, owner, request.eid)
      ? await this.repeat(link, owner)
      : await this.accept(link, owner, request.eid);
    if (outcome !== CompletionCode.success) return outcome;
    this.parts.flags.set(link.index);
    return this.answer(link, owner, request.eid);
  }

  /** Makes the last owner of a link a peer once more if it is none. @returns whether it still owns the link */
  async enterAgain(index: number, owner: Owner): Promise<boolean> {
    const link = this.link(index);
    const last = this.owners.get(index);
    if (link === undefined || last === undefined || !sameOwner(last, owner)) return false;
    return (await this.repeat(link, owner)) === CompletionCode.success;
  }

  /** The link is gone. */
  forget(link: number): void {
    this.owners.delete(link);
    this.parts.query.forget(link);
  }

  /** R-DISC-147: our EID stays what it is. */
  private discover(link: NetLink): Assignment | number {
    const { flags } = this.parts;
    if (flags.of(link.index) === undefined) return CompletionCode.invalidData;
    flags.set(link.index);
    const eid = link.localEids[0] ?? EID_NULL;
    return { assignment: EidAssignment.rejected, allocation: PoolAllocation.none, eid, poolSize: 0 };
  }

  private answer(link: NetLink, owner: Owner, eid: number): Assignment {
    const { pools, query } = this.parts;
    return {
      assignment: EidAssignment.accepted,
      eid,
      ...pools.wish(link, owner),
      afterwards: () => query.ask(link.index, owner),
    };
  }

  private isAsBefore(link: NetLink, owner: Owner, eid: number): boolean {
    const before = this.owners.get(link.index);
    if (before === undefined || !sameOwner(before, owner)) return false;
    return link.localEids.length === 1 && link.localEids[0] === eid;
  }

  /** R-DISC-146: nothing changes, unless the owner's object was lost. */
  private async repeat(link: NetLink, owner: Owner): Promise<Outcome> {
    const known = this.parts.table.at(link.index, owner.address);
    return known?.eid === owner.eid ? CompletionCode.success : this.enter(link, owner);
  }

  /** R-DISC-144, R-DISC-145. What can be refused is refused before anything changes. */
  private async accept(link: NetLink, owner: Owner, eid: number): Promise<Outcome> {
    if (!this.isEnterable(link, owner, eid)) return CompletionCode.error;
    const { pools, removal, table } = this.parts;
    if (link.localEids.some((each) => each !== eid) || !pools.isOf(link.index, owner)) {
      await pools.giveUp(link);
    }
    if (!(await this.dropEids(link, eid))) return CompletionCode.notReady;
    for (const peer of table.onLink(link.index)) await removal.remove(peer, ASSIGNED);
    if (!this.isStill(link) || !(await this.addEid(link, eid))) return CompletionCode.notReady;
    const entered = await this.enter(link, owner);
    if (entered === CompletionCode.success) this.owners.set(link.index, owner);
    return entered;
  }

  /** An owner without an EID, or with one of ours, cannot be a peer. */
  private isEnterable(link: NetLink, owner: Owner, eid: number): boolean {
    if (!isEndpointEid(owner.eid) || owner.eid === eid) return false;
    const holder = this.parts.table.get(link.network, owner.eid);
    if (holder === undefined) return true;
    // What this link holds makes way for the assignment.
    return holder.local ? isHeldOnlyBy(holder, link) : holder.link === link.index;
  }

  private async enter(link: NetLink, owner: Owner): Promise<Outcome> {
    const { allocation, paths, table } = this.parts;
    const { network, index, minMtu } = link;
    const { eid, address } = owner;
    const known = table.at(index, address);
    if (known !== undefined) await this.parts.removal.remove(known, ASSIGNED);
    // In one turn with entering it: somebody else may have come while we waited.
    if (!this.isStill(link)) return CompletionCode.notReady;
    if (table.get(network, eid) !== undefined) return CompletionCode.error;
    const peer = allocation.reserveExact({ network, eid, link: index, address, mtu: minMtu });
    await paths.install(peer, link);
    if (!peer.gone && this.isStill(link)) return CompletionCode.success;
    // Whoever took it away could not know of the path; and of a peer that nobody asks nobody would ever hear.
    await this.parts.removal.discard(peer, ASSIGNED);
    return CompletionCode.notReady;
  }

  private async dropEids(link: NetLink, keep: number): Promise<boolean> {
    const { net } = this.parts;
    for (const eid of link.localEids) {
      if (eid === keep) continue;
      const done = await this.attempt(link, eid, 'remove EID', () => net.removeLocalEid(link.index, eid));
      if (!done) return false;
    }
    return true;
  }

  private addEid(link: NetLink, eid: number): Promise<boolean> {
    const add = (): Promise<void> => this.parts.net.addLocalEid(link.index, eid);
    return this.attempt(link, eid, 'add EID', add);
  }

  private async attempt(
    link: NetLink,
    eid: number,
    operation: string,
    action: () => Promise<void>,
  ): Promise<boolean> {
    try {
      await action();
      return true;
    } catch (error) {
      const where = { link: link.name, network: link.network, eid, operation };
      this.parts.log.warn('the EID assigned to us is not taken', { ...where, cause: describeError(error) });
      return false;
    }
  }

  /** As it is now; `undefined`: it is gone, or nobody assigns us an EID there any more. */
  private link(index: number): NetLink | undefined {
    if ((this.parts.registry.link(index)?.role ?? 'BusOwner') === 'BusOwner') return undefined;
    return linkOf(this.parts.net, index);
  }

  /** Asked after each wait: the role or the network may have changed, or the link gone. */
  private isStill({ index, network }: NetLink): boolean {
    return this.link(index)?.network === network;
  }
}

function isHeldOnlyBy(peer: Peer, link: NetLink): boolean {
  return [...peer.holders].every((each) => each === link.index);
}
