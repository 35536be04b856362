import { AF_MCTP } from './mctp-address';
import { LITTLE_ENDIAN, viewOf } from './native-order';
import { decodeAttributes, encodeAttributes, readU8, u8 } from './netlink-attributes';
import { join, Rtm, type RtnetlinkRequest } from './rtnetlink-messages';

/** struct ifaddrmsg: family, prefix length, flags, scope, u32 index. */
const IFADDRMSG = 8;
const IFA_LOCAL = 2;

/** One of our own EIDs on a link. */
export interface LocalAddress {
  readonly link: number;
  readonly eid: number;
}

export function addressDump(): RtnetlinkRequest {
  return { type: Rtm.getAddress, payload: head(0) };
}

/** Adding also makes a route to the EID, of type local. */
export function addAddress(address: LocalAddress): RtnetlinkRequest {
  return { type: Rtm.newAddress, payload: body(address) };
}

export function deleteAddress(address: LocalAddress): RtnetlinkRequest {
  return { type: Rtm.delAddress, payload: body(address) };
}

/** `undefined`: damaged, or of another family. */
export function decodeAddress(payload: Uint8Array): LocalAddress | undefined {
  if (payload.length < IFADDRMSG || payload[0] !== AF_MCTP) return undefined;
  const eid = readU8(decodeAttributes(payload.subarray(IFADDRMSG)).get(IFA_LOCAL));
  return eid === undefined ? undefined : { link: viewOf(payload).getUint32(4, LITTLE_ENDIAN), eid };
}

function body({ link, eid }: LocalAddress): Uint8Array {
  return join(head(link), encodeAttributes(u8(IFA_LOCAL, eid)));
}

function head(link: number): Uint8Array {
  const bytes = new Uint8Array(IFADDRMSG);
  bytes[0] = AF_MCTP;
  viewOf(bytes).setUint32(4, link, LITTLE_ENDIAN);
  return bytes;
}
