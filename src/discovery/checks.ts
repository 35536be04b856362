import { toHex } from '../base/bytes';
import { MctpError, type ErrorCode, type ErrorContext } from '../base/errors';
import { EID_LAST, isEndpointEid } from '../base/ids';
import type { LogFields } from '../base/log';
import type { NetLink } from '../core/net';
import type { Peer } from './peer';
import type { Registry } from './registry';

/** Checks of arguments, all before anything is sent, and the words for where something happened. */

/** Longest physical address the contract takes (R-DBUS-17). */
const LONGEST_ADDRESS = 32;

/** A device that an operation was asked to talk to. */
export interface Target {
  readonly link: NetLink;
  readonly address: Uint8Array;
  /** Method name, for errors and log lines. */
  readonly operation: string;
}

/** @throws MctpError `unknown-link`, `not-bus-owner`, `physaddr-too-long`, `bad-physaddr` */
export function checkTarget(
  registry: Registry,
  index: number,
  address: Uint8Array,
  operation: string,
): Target {
  const entry = registry.link(index);
  if (entry === undefined) {
    throw new MctpError('unknown-link', `${operation}: there is no link ${index}`, { operation });
  }
  const { link, role } = entry;
  const where = { link: link.name, network: link.network, physicalAddress: address, operation };
  if (role !== 'BusOwner') {
    throw new MctpError('not-bus-owner', `${operation}: our role on this link is ${role}`, where);
  }
  if (address.length > LONGEST_ADDRESS) {
    throw new MctpError('physaddr-too-long', `${operation}: physical address is too long`, where);
  }
  if (link.addressLength !== undefined && address.length !== link.addressLength) {
    const text = `${operation}: a physical address has ${link.addressLength} bytes on this link, not ${address.length}`;
    throw new MctpError('bad-physaddr', text, where);
  }
  return { link, address: Uint8Array.from(address), operation };
}

/** @throws MctpError `invalid-eid` (R-DBUS-37) */
export function checkEid(eid: number, operation: string): void {
  if (!isEndpointEid(eid))
    throw new MctpError('invalid-eid', `${operation}: invalid EID ${eid}`, { eid, operation });
}

/** What AssignBridgeStatic is asked for. `poolStart` 0 means the EID behind the bridge's. */
export interface BridgeRequest {
  readonly eid: number;
  readonly poolStart: number;
  readonly poolSize: number;
}

/** @throws MctpError `invalid-eid`, `bad-pool-start` (R-DISC-67), `out-of-eids` (R-DBUS-38) */
export function checkBridge({ eid, poolStart, poolSize }: BridgeRequest, operation: string): void {
  checkEid(eid, operation);
  if (poolStart !== 0 && poolStart !== eid + 1) {
    const text = `${operation}: the pool of EID ${eid} starts at ${eid + 1}, not ${poolStart}`;
    throw new MctpError('bad-pool-start', text, { eid, poolStart, operation });
  }
  if (eid + poolSize > EID_LAST) {
    throw new MctpError('out-of-eids', `${operation}: the pool goes beyond ${EID_LAST}`, {
      eid,
      poolSize,
      operation,
    });
  }
}

function targetContext(target: Target): ErrorContext {
  return {
    link: target.link.name,
    network: target.link.network,
    physicalAddress: target.address,
    operation: target.operation,
  };
}

export function targetFields(target: Target): LogFields {
  return {
    link: target.link.name,
    network: target.link.network,
    physicalAddress: toHex(target.address),
    operation: target.operation,
  };
}

/** What an endpoint comes, changes or goes for: the end of a line about it. */
export interface Occasion {
  /** Method or command name, or a few words. */
  readonly operation: string;
  readonly cause?: string | undefined;
}

/** All that a line about a device carries (R-DISC-166). A link that is gone has no name any more. */
export function peerFields(registry: Pick<Registry, 'link'>, peer: Peer, occasion: Occasion): LogFields {
  const { network, eid, address, behind } = peer;
  const link = peer.link === undefined ? undefined : registry.link(peer.link)?.link.name;
  // Without an address of its own it is found through its bridge.
  const bridge = behind === 0 ? undefined : behind;
  return { link, network, eid, physicalAddress: toHex(address), ...occasion, bridge };
}

/** An error of an operation, with where it happened filled in. */
export function failure(
  code: ErrorCode,
  target: Target,
  message: string,
  more: { readonly detail?: ErrorContext; readonly cause?: unknown } = {},
): MctpError {
  const context = { ...targetContext(target), ...more.detail };
  return new MctpError(code, `${target.operation}: ${message}`, context, { cause: more.cause });
}

/** Whoever waited: a link event may have taken the peer away meanwhile. @throws MctpError `cancelled` */
export function checkAlive(peer: Peer, operation: string): void {
  if (!peer.gone) return;
  const context = { network: peer.network, eid: peer.eid, physicalAddress: peer.address, operation };
  const text = `${operation}: its EID was taken away meanwhile, or its link or network changed; call again`;
  throw new MctpError('cancelled', text, context);
}

/** Whoever waited: the link may be gone by now, or be in another network (R-DISC-125). @throws MctpError `cancelled` */
export function checkCurrent(registry: Registry, target: Target): void {
  const now = registry.link(target.link.index)?.link;
  if (now?.network === target.link.network) return;
  const what = now === undefined ? 'the link was taken away' : 'the link went to another network';
  throw failure('cancelled', target, `${what} meanwhile`);
}
