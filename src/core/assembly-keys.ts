import { toHex } from '../base/bytes';
import { EID_NULL } from '../base/ids';
import { TAG_BITS, destinationOf, sourceOf } from './packet';

/** Names an assembly, or one of those who share the contexts. */
export type Key = number | string;

/** Destination (8 bits), source (8), TO and tag (4): the key of DSP0236 §8.9 as one number. */
export function nameOf(packet: Uint8Array, flags: number): number {
  return (destinationOf(packet) << 12) | (sourceOf(packet) << 4) | (flags & TAG_BITS);
}

/** Source EID 0: several devices without an EID may talk at once, so their physical addresses join the key. */
export function isAnonymous(name: number): boolean {
  return ((name >> 4) & 0xff) === EID_NULL;
}

/** The link stands in the key too: EIDs repeat in other networks, and the packets of a message share one link. */
export function keyOf(name: number, link: number, physical: Uint8Array): Key {
  const key = link * 2 ** 20 + name;
  return isAnonymous(name) ? `${key}/${toHex(physical)}` : key;
}

/** Never equal to an {@link addressKey}: that one is a string or at least 2^16 on the same link. */
export function sourceKeyOf(link: number, source: number): Key {
  return link * 2 ** 20 + source;
}

/** Short addresses as a number, because every assembly needs the key. */
export function addressKey(link: number, physical: Uint8Array): Key {
  if (physical.length > 1) return `${link}/${toHex(physical)}`;
  return link * 2 ** 20 + 2 ** 16 + physical.length * 256 + (physical[0] ?? 0);
}

/** Negative, as none of the other keys is. */
export function linkKeyOf(link: number): Key {
  return -1 - link;
}
