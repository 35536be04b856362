import type { Neighbour } from '../core/net';
import { AF_MCTP } from '../os/mctp-address';
import { LITTLE_ENDIAN, viewOf } from '../os/native-order';
import { decodeAttributes, encodeAttributes, readU8, u8 } from '../os/netlink-attributes';
import { join, Rtm, type RtnetlinkRequest } from '../os/rtnetlink-messages';

/** struct ndmsg: family, 3 bytes of filling, s32 index, u16 state, flags, type. */
const NDMSG = 12;
const NDA = { eid: 1, address: 2 } as const;

export function neighbourDump(): RtnetlinkRequest {
  return { type: Rtm.getNeighbour, payload: head(0) };
}

/** The address has as many bytes as the device's own, else EINVAL. */
export function addNeighbour({ link, eid, address }: Neighbour): RtnetlinkRequest {
  const attributes = encodeAttributes(u8(NDA.eid, eid), { type: NDA.address, data: address });
  return { type: Rtm.newNeighbour, payload: join(head(link), attributes) };
}

export function deleteNeighbour({ link, eid }: Pick<Neighbour, 'link' | 'eid'>): RtnetlinkRequest {
  return { type: Rtm.delNeighbour, payload: join(head(link), encodeAttributes(u8(NDA.eid, eid))) };
}

/** `undefined`: damaged, or of another family. */
export function decodeNeighbour(payload: Uint8Array): Neighbour | undefined {
  if (payload.length < NDMSG || payload[0] !== AF_MCTP) return undefined;
  const attributes = decodeAttributes(payload.subarray(NDMSG));
  const eid = readU8(attributes.get(NDA.eid));
  if (eid === undefined) return undefined;
  const address = attributes.get(NDA.address) ?? new Uint8Array(0);
  return { link: viewOf(payload).getInt32(4, LITTLE_ENDIAN), eid, address };
}

function head(link: number): Uint8Array {
  const bytes = new Uint8Array(NDMSG);
  bytes[0] = AF_MCTP;
  viewOf(bytes).setInt32(4, link, LITTLE_ENDIAN);
  return bytes;
}
