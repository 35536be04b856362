import { AF_MCTP } from '../os/mctp-address';
import { Errno } from '../os/errno';
import type { Ack } from '../os/kernel-errors';
import { LITTLE_ENDIAN, viewOf } from '../os/native-order';
import {
  decodeAttributes,
  encodeAttributes,
  nested,
  readU32,
  readU8,
  u32,
  u8,
  type Attribute,
} from '../os/netlink-attributes';
import { join, Rtm, type RtnetlinkRequest } from '../os/rtnetlink-messages';

/** struct rtmsg: family, dst_len, src_len, tos, table, protocol, scope, type, u32 flags. */
const RTMSG = 12;
const RTN_UNICAST = 1;
const RTA = { destination: 1, link: 4, gateway: 5, metrics: 8 } as const;
const RTAX_MTU = 2;

/** A route as the kernel holds it. One over a link belongs to it, and is in whatever network the link is in. */
export interface KernelRoute {
  readonly first: number;
  /** Further EIDs; R-DISC-34: first + extent is 254 at most. */
  readonly extent: number;
  /** Packet bytes, 4 header bytes included; 0 = the link's. */
  readonly mtu: number;
  readonly via: RouteTarget;
}

export type RouteTarget =
  | { readonly kind: 'link'; readonly link: number }
  /** Kernels newer than 6.1 only. */
  | { readonly kind: 'gateway'; readonly network: number; readonly eid: number };

export function routeDump(): RtnetlinkRequest {
  return { type: Rtm.getRoute, payload: head(0, 0) };
}

export function addRoute(route: KernelRoute): RtnetlinkRequest {
  const metrics = route.mtu === 0 ? [] : [nested(RTA.metrics, u32(RTAX_MTU, route.mtu))];
  return { type: Rtm.newRoute, payload: body(route, metrics) };
}

/** The kernel wants the same range and target as when it was added. */
export function deleteRoute(route: Omit<KernelRoute, 'mtu'>): RtnetlinkRequest {
  return { type: Rtm.delRoute, payload: body(route, []) };
}

/**
 * The answer of a kernel without routes through a gateway: Linux 6.1 takes the gateway for a damaged message. With any
 * other text it knows gateways, and does not take this route.
 */
export function isUnknownGateway({ errno, text }: Ack): boolean {
  return errno === Errno.EINVAL && (text === undefined || text.includes('incorrect format'));
}

/** `undefined`: damaged, of another family, or a route to one of our own EIDs (type local). */
export function decodeRoute(payload: Uint8Array): KernelRoute | undefined {
  if (payload.length < RTMSG || payload[0] !== AF_MCTP || payload[7] !== RTN_UNICAST) return undefined;
  const attributes = decodeAttributes(payload.subarray(RTMSG));
  const first = readU8(attributes.get(RTA.destination));
  const via = decodeTarget(attributes);
  if (first === undefined || via === undefined) return undefined;
  const metrics = decodeAttributes(attributes.get(RTA.metrics) ?? new Uint8Array(0));
  return { first, extent: payload[1] ?? 0, mtu: readU32(metrics.get(RTAX_MTU)) ?? 0, via };
}

function decodeTarget(attributes: ReadonlyMap<number, Uint8Array>): RouteTarget | undefined {
  const gateway = attributes.get(RTA.gateway);
  if (gateway !== undefined && gateway.length >= 5) {
    return { kind: 'gateway', network: readU32(gateway) ?? 0, eid: gateway[4] ?? 0 };
  }
  const link = readU32(attributes.get(RTA.link));
  return link === undefined ? undefined : { kind: 'link', link };
}

function body({ first, extent, via }: Omit<KernelRoute, 'mtu'>, metrics: readonly Attribute[]): Uint8Array {
  const target =
    via.kind === 'link' ? u32(RTA.link, via.link) : { type: RTA.gateway, data: gatewayAddress(via) };
  return join(head(extent, RTN_UNICAST), encodeAttributes(u8(RTA.destination, first), target, ...metrics));
}

/** u32 network, EID, 3 bytes of filling. */
function gatewayAddress({ network, eid }: { readonly network: number; readonly eid: number }): Uint8Array {
  const bytes = new Uint8Array(8);
  viewOf(bytes).setUint32(0, network, LITTLE_ENDIAN);
  bytes[4] = eid;
  return bytes;
}

function head(extent: number, type: number): Uint8Array {
  const bytes = new Uint8Array(RTMSG);
  bytes[0] = AF_MCTP;
  bytes[1] = extent;
  bytes[7] = type;
  return bytes;
}
