import { BASELINE_UNIT, HEADER_SIZE, isEndpointEid } from '../base/ids';
import { linkOf, ownLink, type Incoming, type Net, type NetLink } from '../core/net';
import { failed, succeeded, type Answer } from './answer';
import {
  LAST_HANDLE,
  RouteEntryType,
  encodeRoutingEntry,
  getRoutingTableEntries,
  type RoutingTableEntry,
} from './commands/get-routing-table-entries';
import { queryHop, type QueryHopRequest } from './commands/query-hop';
import { resolveEndpointId } from './commands/resolve-endpoint-id';
import { CONTROL_HEADER_SIZE, CONTROL_MESSAGE_MAX, CompletionCode } from './header';
import type { ResponderHost, ResponderPeer } from './responder-host';

/** Answers about where other endpoints are: Resolve Endpoint ID, Get Routing Table Entries, Query Hop. */

/** DSP0239 medium identifier "unspecified". */
const MEDIUM_UNKNOWN = 0;
/** Completion code, next handle, count. */
const TABLE_HEAD = 3;

/** R-DISC-130's table: a known EID and the address to send to, no bridging logic; `01 00` for others. */
export function answerResolve(net: Net, host: ResponderHost, incoming: Incoming, eid: number): Answer {
  if (ownLink(net.links(), incoming.network, eid) !== undefined) return resolved(eid, new Uint8Array(0));
  const peer = isEndpointEid(eid) ? host.peer(incoming.network, eid) : undefined;
  if (peer === undefined) return { completion: CompletionCode.error, data: Uint8Array.of(0) };
  // A device behind a bridge is reached at the bridge's address.
  const gateway = peer.bridge === 0 ? peer : host.peer(incoming.network, peer.bridge);
  return resolved(eid, (gateway ?? peer).physicalAddress);
}

function resolved(bridgeEid: number, address: Uint8Array): Answer {
  return succeeded(resolveEndpointId.encodeResponse({ bridgeEid, address }));
}

/** R-DISC-134: as many entries as fit, from the one the handle says. */
export function answerRoutingTable(
  net: Net,
  host: ResponderHost,
  incoming: Incoming,
  handle: number,
): Answer {
  const peers = [...host.peers(incoming.network)]
    .filter((peer) => peer.bridge === 0)
    .sort((a, b) => a.eid - b.eid);
  if (handle >= peers.length && handle > 0) return failed(CompletionCode.invalidData);
  const entries: RoutingTableEntry[] = [];
  let room = CONTROL_MESSAGE_MAX - CONTROL_HEADER_SIZE - TABLE_HEAD;
  for (const peer of peers.slice(handle)) {
    const entry = routingEntry(net, peer);
    room -= encodeRoutingEntry(entry).length;
    if (room < 0) break;
    entries.push(entry);
  }
  const next = handle + entries.length;
  const nextHandle = next >= peers.length ? LAST_HANDLE : next;
  return succeeded(getRoutingTableEntries.encodeResponse({ nextHandle, entries }));
}

function routingEntry(net: Net, peer: ResponderPeer): RoutingTableEntry {
  const { eid, pool } = peer;
  const plain = peer.isBridge === true ? RouteEntryType.bridge : RouteEntryType.endpoint;
  return {
    first: eid,
    size: pool === undefined ? 1 : pool.end - eid + 1,
    entryType: pool === undefined ? plain : RouteEntryType.bridgeWithRange,
    isStatic: false,
    port: 0,
    binding: linkOf(net, peer.link)?.physicalBinding ?? 0,
    medium: MEDIUM_UNKNOWN,
    address: peer.physicalAddress,
  };
}

/** R-DISC-134: the bridge in front of the target, ourselves when it is on one of our links, 0 (unverified). */
export function answerQueryHop(
  net: Net,
  host: ResponderHost,
  incoming: Incoming,
  { eid, type }: QueryHopRequest,
): Answer {
  const peer = isEndpointEid(eid) ? host.peer(incoming.network, eid) : undefined;
  const known = peer !== undefined || ownLink(net.links(), incoming.network, eid) !== undefined;
  const ours = known ? incoming.localEid : 0;
  const outgoing = linkOf(net, peer?.link ?? incoming.link);
  return succeeded(
    queryHop.encodeResponse({
      bridgeEid: peer !== undefined && peer.bridge !== 0 ? peer.bridge : ours,
      type,
      incomingUnit: unitOf(linkOf(net, incoming.link)),
      outgoingUnit: unitOf(outgoing),
    }),
  );
}

function unitOf(link: NetLink | undefined): number {
  return link === undefined ? BASELINE_UNIT : link.maxMtu - HEADER_SIZE;
}
