import { describeCause, isMctpError, type MctpError } from '../base/errors';
import { isEndpointEid, PhysicalBinding } from '../base/ids';
import type { Log } from '../base/log';
import type { GetEndpointIdResponse } from '../control/commands/get-endpoint-id';
import { EidAssignment, type SetEndpointIdResponse } from '../control/commands/set-endpoint-id';
import type { Destination, NetLink } from '../core/net';
import type { Allocation, Applicant } from './allocation';
import type { Bridges } from './bridge';
import { checkAlive, checkCurrent, failure, targetFields, type Target } from './checks';
import { isBridge, type Exchanges, type ExchangeOptions } from './exchanges';
import type { Memory } from './memory/memory';
import type { Paths } from './paths';
import type { Peer } from './peer';
import type { PeerTable } from './peer-table';
import type { Publication } from './publication';
import { queryProperties, type QueryResult } from './query';
import type { Registry } from './registry';
import type { Removal } from './removal';
import type { Requery } from './requery';
import type { Reservations } from './memory/reservations';
import type { Remembered } from './snapshot';

export interface AssignParts {
  readonly table: PeerTable;
  readonly allocation: Allocation;
  readonly bridges: Bridges;
  readonly paths: Paths;
  readonly exchanges: Exchanges;
  readonly publication: Publication;
  readonly requery: Requery;
  readonly removal: Removal;
  readonly registry: Registry;
  readonly memory: Memory;
  readonly reservations: Reservations;
  readonly log: Log;
}

/** Brings a device from a physical address to a published endpoint: the common tail of the bus owner's methods. */
export class Assigner {
  constructor(private readonly parts: AssignParts) {}

  /**
   * Gives the device a dynamic EID (R-DISC-55).
   * @param wanted room for a pool that is looked for behind it: R-DISC-21, or 0 for R-DISC-23
   * @throws MctpError `out-of-eids`, and what {@link assign} throws
   */
  async assignDynamic(target: Target, wanted: number, answer?: GetEndpointIdResponse): Promise<Peer> {
    const simple = answer !== undefined && !isBridge(answer);
    const peer = this.parts.allocation.reserveDynamic(this.applicant(target, simple), wanted);
    if (peer === undefined) throw this.outOfEids(target);
    note(peer, answer);
    return this.assign(target, peer);
  }

  /** Gives the device an EID that the caller found free, and no pool (R-DISC-66). */
  async assignExact(target: Target, eid: number): Promise<Peer> {
    this.checkSupply(target);
    return this.assign(target, this.parts.allocation.reserveExact({ ...this.applicant(target), eid }));
  }

  /** Gives a bridge an EID and at most `poolSize` EIDs behind it, which the caller found free (R-DISC-69). */
  async assignBridge(target: Target, eid: number, poolSize: number): Promise<Peer> {
    this.checkSupply(target);
    const seed = { ...this.applicant(target), eid };
    return this.assign(target, this.parts.allocation.reserveBridge(seed, poolSize));
  }

  /** Takes a device over with the EID it has; nothing is set (R-DISC-54, R-DISC-73). The EID is free. */
  async adopt(target: Target, answer: GetEndpointIdResponse): Promise<Peer> {
    const peer = this.parts.allocation.reserveExact({ ...this.applicant(target), eid: answer.eid });
    note(peer, answer);
    return this.guard(peer, target.operation, async () => {
      await this.parts.paths.install(peer, target.link);
      await this.enumerate(target, peer);
    });
  }

  /** Takes a device back that is as it was remembered; its EIDs are free. Nothing is set (D-8). */
  resume(target: Target, answer: GetEndpointIdResponse, remembered: Remembered): Promise<Peer> {
    const seed = { ...this.applicant(target), eid: remembered.eid };
    const peer = this.parts.allocation.reserveRemembered(seed, remembered);
    note(peer, answer);
    return this.guard(peer, target.operation, async () => {
      await this.parts.paths.install(peer, target.link);
      if (peer.pool !== undefined) await this.parts.paths.installPool(peer, peer.pool);
      await this.enumerate(target, peer);
      await this.parts.bridges.allocate(target, peer, true);
    });
  }

  /** Gives a peer a free EID of its own choice; its object, if it has one, is withdrawn (R-DISC-47, R-DISC-73). */
  async move(target: Target, peer: Peer, eid: number): Promise<void> {
    const before = peer.eid;
    this.parts.publication.withdraw(peer, {
      operation: target.operation,
      cause: `it has EID ${eid} now`,
    });
    this.parts.allocation.claimEid(peer, eid);
    await this.parts.paths.uninstall(peer, before);
    this.parts.table.releaseEid(peer, before);
    checkAlive(peer, target.operation);
    await this.parts.paths.install(peer, target.link);
  }

  /** Property query and publication (R-DISC-40..43). The EID is routed. */
  async enumerate(target: Target, peer: Peer): Promise<void> {
    checkAlive(peer, target.operation);
    const options = queryOptions(target.link);
    const { properties, silent } = await this.query(peer, options);
    checkAlive(peer, target.operation);
    this.parts.publication.publish(peer, properties, { operation: target.operation });
    this.parts.requery.schedule(peer, silent, options);
  }

  /** Where the kernel did not let us make the path, that is what is to be mended. */
  private async query(peer: Peer, options: ExchangeOptions): Promise<QueryResult> {
    try {
      return await queryProperties(this.parts.exchanges, routed(peer), options);
    } catch (error) {
      throw isMctpError(error, 'query-failed') ? (peer.barred ?? error) : error;
    }
  }

  /** Whatever fails before publication leaves nothing behind (R-DISC-33, R-DISC-48). */
  async guard(peer: Peer, operation: string, steps: () => Promise<void>): Promise<Peer> {
    try {
      await steps();
      return peer;
    } catch (error) {
      await this.parts.removal.discard(peer, { operation, cause: describeCause(error) });
      this.parts.memory.changed();
      throw error;
    }
  }

  /**
   * @throws MctpError `no-response`, `set-eid-failed`, `set-eid-conflict`, `bad-response`, `query-failed`,
   *   `cancelled` when the link went away meanwhile
   */
  private assign(target: Target, peer: Peer): Promise<Peer> {
    return this.guard(peer, target.operation, async () => {
      // First the path: the device may talk as soon as it has its EID (R-DISC-30).
      await this.parts.paths.install(peer, target.link);
      // On disk before the device hears of it: whenever we end, no EID is given twice (D-8).
      await this.parts.memory.reserve();
      checkAlive(peer, target.operation);
      const answer = await this.setEid(target, peer.eid);
      checkAlive(peer, target.operation);
      this.checkReported(target, peer, answer);
      this.parts.bridges.settle(target, peer, answer);
      if (answer.eid !== peer.eid) await this.move(target, peer, answer.eid);
      await this.enumerate(target, peer);
      await this.parts.bridges.allocate(target, peer);
    });
  }

  /** Routes begin with the link's smallest MTU; clients raise it (R-DISC-31). @throws MctpError `cancelled` */
  private applicant(target: Target, simple = false): Applicant {
    checkCurrent(this.parts.registry, target);
    const { link, address } = target;
    return { network: link.network, link: link.index, address, mtu: link.minMtu, simple };
  }

  /** @throws MctpError `out-of-eids` on a link whose pool has not come yet (R-DISC-170) */
  private checkSupply(target: Target): void {
    if (this.parts.allocation.isDry(target.link.index)) throw this.outOfEids(target);
  }

  private outOfEids(target: Target): MctpError {
    const text = this.parts.allocation.isDry(target.link.index)
      ? 'ran out of EIDs; the bus owner of the upstream link has given us no pool yet'
      : 'ran out of EIDs; remove endpoints or widen dynamic_eid_range';
    return failure('out-of-eids', target, text);
  }

  private async setEid(target: Target, eid: number): Promise<SetEndpointIdResponse> {
    try {
      return await this.parts.exchanges.setEndpointId(physical(target), eid);
    } catch (error) {
      if (!isMctpError(error, 'refused')) throw error;
      const { completionCode = 0 } = error.context;
      const detail = { eid, completionCode };
      throw failure('set-eid-failed', target, 'the endpoint refused Set Endpoint ID', {
        detail,
        cause: error,
      });
    }
  }

  /** The reported EID is what counts, accepted or rejected (R-DISC-45, R-DISC-47). */
  private checkReported(target: Target, peer: Peer, answer: SetEndpointIdResponse): void {
    const { assignment, eid } = answer;
    const detail = { eid: peer.eid, requestedEid: eid };
    const reserved = assignment !== EidAssignment.accepted && assignment !== EidAssignment.rejected;
    if (reserved) {
      this.parts.log.warn('reserved status in a Set Endpoint ID response', {
        ...targetFields(target),
        eid: peer.eid,
        status: assignment,
      });
    }
    if (!isEndpointEid(eid)) {
      const code = reserved ? 'bad-response' : 'set-eid-failed';
      throw failure(code, target, `the endpoint reports EID ${eid} after Set Endpoint ID`, { detail });
    }
    if (eid !== peer.eid && this.parts.table.isTaken(peer.network, eid, peer)) {
      const text = `the endpoint took EID ${eid} instead of ${peer.eid}, which is in use`;
      throw failure('set-eid-conflict', target, text, { detail });
    }
  }
}

export function physical(target: Target): Destination {
  return { kind: 'physical', link: target.link.index, address: target.address };
}

export function routed(peer: Peer): Destination {
  return { kind: 'eid', network: peer.network, eid: peer.eid };
}

/** Padding is tolerated on PCIe VDM links, and only there (R-DISC-40). */
export function queryOptions(link: NetLink | undefined): ExchangeOptions {
  return { allowTrailing: link?.physicalBinding === PhysicalBinding.pcieVdm };
}

function note(peer: Peer, answer: GetEndpointIdResponse | undefined): void {
  if (answer === undefined) return;
  peer.type = (answer.endpointType << 4) | answer.eidType;
  peer.medium = answer.mediumSpecific;
  peer.bridge = isBridge(answer);
}
