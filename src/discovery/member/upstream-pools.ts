import { byteAt } from '../../base/bytes';
import { EID_LAST, isEndpointEid } from '../../base/ids';
import type { Log } from '../../base/log';
import {
  AllocateOperation,
  AllocateStatus,
  type AllocateEndpointIdsRequest,
  type AllocateEndpointIdsResponse,
} from '../../control/commands/allocate-endpoint-ids';
import type { RoutingUpdateEntry } from '../../control/commands/routing-information-update';
import { PoolAllocation, type SetEndpointIdResponse } from '../../control/commands/set-endpoint-id';
import { CompletionCode, INSTANCE_IDS } from '../../control/header';
import type { Incoming, NetLink } from '../../core/net';
import type { EidSupply } from '../allocation';
import { isDynamic, spanOf, type DynamicEids } from '../eid-pool';
import type { Pool } from '../endpoint';
import type { LearntRoutes } from './learnt-routes';
import { ownerOf, sameOwner, type Owner } from './owner';
import { poolHolds } from '../peer';
import type { PeerTable } from '../peer-table';
import type { Registry } from '../registry';
import type { Removal } from '../removal';
import type { UpstreamLinks } from './upstream-links';

const OPERATION = 'Allocate Endpoint IDs';

interface Held {
  readonly pool: Pool;
  readonly owner: Owner;
  /** Instance ID of the request that brought it. */
  readonly instanceId: number;
}

/**
 * Being a bridge (R-DISC-170): the pools that bus owners give us on links with `pool_request`, and which links of our
 * own are supplied from them.
 */
export class UpstreamPools {
  private readonly held = new Map<number, Held>();

  constructor(
    private readonly parts: {
      readonly registry: Registry;
      readonly table: PeerTable;
      readonly removal: Removal;
      readonly routes: LearntRoutes;
      readonly links: UpstreamLinks;
      readonly log: Log;
      /** A link has EIDs to give now. */
      readonly supplied: (link: number) => void;
    },
    private readonly dynamicEids: DynamicEids,
  ) {}

  wantsPool(link: number): boolean {
    const entry = this.parts.registry.link(link);
    return entry?.role === 'Endpoint' && this.parts.links.poolRequest(entry.link) > 0;
  }

  holdsPool(link: number): boolean {
    return this.wantsPool(link) && this.held.has(link);
  }

  /** The part of our Set Endpoint ID response that is about the pool. */
  wish(link: NetLink, owner: Owner): Pick<SetEndpointIdResponse, 'allocation' | 'poolSize'> {
    if (!this.wantsPool(link.index)) return { allocation: PoolAllocation.none, poolSize: 0 };
    const held = this.held.get(link.index);
    if (held !== undefined && sameOwner(held.owner, owner)) {
      return { allocation: PoolAllocation.allocated, poolSize: sizeOf(held.pool) };
    }
    return { allocation: PoolAllocation.required, poolSize: this.parts.links.poolRequest(link) };
  }

  /** The pool of the link, if there is one, came from this owner. */
  isOf(link: number, owner: Owner): boolean {
    const held = this.held.get(link);
    return held === undefined || sameOwner(held.owner, owner);
  }

  /** Where the EIDs of a link of ours come from. `undefined`: from a pool that has not come yet. */
  supplyOf(link: number): EidSupply | undefined {
    const { links, registry } = this.parts;
    const known = registry.link(link)?.link;
    if (known === undefined || !links.isSupplied(known)) {
      return {
        range: spanOf(this.dynamicEids.ranges),
        isDynamic: (eid) => isDynamic(this.dynamicEids, eid),
        isForeign: (eid) => this.isUpstream(known?.network, eid),
      };
    }
    const source = links.above(known);
    const pool = source && this.held.get(source.index)?.pool;
    return (
      pool && {
        range: { first: pool.start, last: pool.end },
        isDynamic: (eid) => !this.dynamicEids.reserved.has(eid),
        isForeign: (eid) => !poolHolds(pool, eid),
      }
    );
  }

  /** Allocate Endpoint IDs to us. @returns the answer, or a completion code other than 0 */
  async allocate(
    incoming: Incoming,
    { operation, size, first }: AllocateEndpointIdsRequest,
  ): Promise<AllocateEndpointIdsResponse | number> {
    const link = this.parts.registry.link(incoming.link)?.link;
    if (link === undefined) return CompletionCode.notReady;
    const before = this.held.get(link.index);
    if (operation === AllocateOperation.getInformation) return told(AllocateStatus.accepted, before);
    if (operation > AllocateOperation.getInformation || !isRange(first, size))
      return CompletionCode.invalidData;
    const now = heldBy(incoming, { start: first, end: first + size - 1 });
    if (before !== undefined && operation === AllocateOperation.allocate) {
      return told(isRepeated(before, now) ? AllocateStatus.accepted : AllocateStatus.rejected, before);
    }
    this.held.set(link.index, now);
    if (before !== undefined) await this.removeOutside(link, before.pool, now.pool);
    this.report(link, 'our bus owner gives us a pool', now.pool);
    for (const each of this.parts.links.below(link)) this.parts.supplied(each.index);
    return told(AllocateStatus.accepted, now);
  }

  /** Routing Information Update to us. @returns a completion code */
  async updateRoutes(incoming: Incoming, entries: readonly RoutingUpdateEntry[]): Promise<number> {
    const link = this.parts.registry.link(incoming.link)?.link;
    const held = this.held.get(incoming.link);
    if (link === undefined || held === undefined) return CompletionCode.unsupportedCommand;
    // Anybody else would lead our packets to himself.
    if (!sameOwner(held.owner, ownerOf(incoming))) return CompletionCode.error;
    if (entries.some(({ address }) => address.length !== (link.addressLength ?? address.length))) {
      return CompletionCode.invalidLength;
    }
    if (!entries.every(({ first, size }) => isRange(first, size))) return CompletionCode.invalidData;
    const foreign = entries.filter(
      ({ first, size }) => !poolHolds(held.pool, first) || !poolHolds(held.pool, first + size - 1),
    );
    await this.parts.routes.replace(link, foreign);
    return CompletionCode.success;
  }

  /** The pool goes, with everything assigned from it and everything learnt from its owner. */
  async giveUp(link: NetLink): Promise<void> {
    await this.parts.routes.clear(link.index);
    await this.forget(link);
  }

  /** {@link giveUp} for a link that is gone, and its routes with it. */
  async forget(link: NetLink): Promise<void> {
    const held = this.held.get(link.index);
    if (held === undefined) return;
    this.held.delete(link.index);
    this.report(link, 'the pool of our bus owner is given up', held.pool);
    await this.removeOutside(link, held.pool, undefined);
  }

  /** Kept for the links that are supplied from a pool, or reached over a route that a bus owner has told us. */
  private isUpstream(network: number | undefined, eid: number): boolean {
    const { registry, routes } = this.parts;
    const isIn = ([link, { pool }]: readonly [number, Held]): boolean =>
      poolHolds(pool, eid) && registry.link(link)?.link.network === network;
    return [...this.held].some(isIn) || routes.lead(network, eid);
  }

  /** What was assigned from the old range and is not in the new one. */
  private async removeOutside(link: NetLink, old: Pool, now: Pool | undefined): Promise<void> {
    const lost = { operation: OPERATION, cause: 'the pool that its EID is from is gone' };
    for (const { index } of this.parts.links.below(link)) {
      for (const peer of this.parts.table.onLink(index)) {
        if (poolHolds(old, peer.eid) && !poolHolds(now, peer.eid))
          await this.parts.removal.remove(peer, lost);
      }
    }
  }

  private report(link: NetLink, message: string, { start, end }: Pool): void {
    const where = { link: link.name, network: link.network, operation: OPERATION };
    const fields = { ...where, poolStart: start, poolEnd: end };
    this.parts.log.info(message, fields);
  }
}

function heldBy(incoming: Incoming, pool: Pool): Held {
  // The byte behind the message type; whoever calls has decoded it (DSP0236 §12.1).
  return { pool, owner: ownerOf(incoming), instanceId: byteAt(incoming.bytes, 1) & (INSTANCE_IDS - 1) };
}

/** A retry keeps its instance ID: our answer was lost, and the owner takes another one for a refusal (R-DISC-10). */
function isRepeated(a: Held, b: Held): boolean {
  const isSamePool = a.pool.start === b.pool.start && a.pool.end === b.pool.end;
  return isSamePool && sameOwner(a.owner, b.owner) && a.instanceId === b.instanceId;
}

function isRange(first: number, size: number): boolean {
  return size > 0 && isEndpointEid(first) && first + size - 1 <= EID_LAST;
}

function sizeOf({ start, end }: Pool): number {
  return end - start + 1;
}

function told(status: number, held: Held | undefined): AllocateEndpointIdsResponse {
  if (held === undefined) return { status, size: 0, first: 0 };
  return { status, size: sizeOf(held.pool), first: held.pool.start };
}
