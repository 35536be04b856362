import { EID_FIRST, EID_LAST, EID_NULL, HEADER_SIZE } from '../base/ids';
import type { DropReason } from './drops';

/**
 * The four bytes in front of every packet (DSP0236 §8.1), read and written in place. {@link checkPacket} is the only
 * step that can refuse a packet for its header; the other functions are for packets it has passed.
 */

const VERSION = 0;
const DESTINATION = 1;
const SOURCE = 2;
const FLAGS = 3;

/** Header version this code speaks; bits 7:4 of its byte are reserved and not looked at. */
export const HEADER_VERSION = 1;
export const SOM = 0x80;
export const EOM = 0x40;
export const TAG_OWNER = 0x08;
export const TAG_MASK = 0x07;
/** TO and tag together: with both EIDs they name a message under way (DSP0236 §8.9). */
export const TAG_BITS = TAG_OWNER | TAG_MASK;
const SEQUENCE_SHIFT = 4;
/** Packet sequence numbers are modulo 4. */
export const SEQUENCE_MASK = 3;
/** Message tags 0..7 for each pair of EIDs. */
export const TAG_COUNT = 8;

/** Why the packet cannot be taken at all; `undefined` if its header is good. */
export function checkPacket(packet: Uint8Array): DropReason | undefined {
  if (packet.length < HEADER_SIZE) return 'PacketTooShort';
  if (((packet[VERSION] ?? 0) & 0x0f) !== HEADER_VERSION) return 'BadHeaderVersion';
  const source = packet[SOURCE] ?? 0;
  // 1-7 are reserved and 255 is never a source (DSP0236 §8.2); Linux drops them too.
  if (source !== EID_NULL && (source < EID_FIRST || source > EID_LAST)) return 'BadSourceEid';
  const destination = packet[DESTINATION] ?? 0;
  if (destination !== EID_NULL && destination < EID_FIRST) return 'BadDestinationEid';
  return undefined;
}

export function destinationOf(packet: Uint8Array): number {
  return packet[DESTINATION] ?? 0;
}

export function sourceOf(packet: Uint8Array): number {
  return packet[SOURCE] ?? 0;
}

/** SOM, EOM, sequence number, TO and tag as they stand in the packet. */
export function flagsOf(packet: Uint8Array): number {
  return packet[FLAGS] ?? 0;
}

/** 0..3 out of {@link flagsOf}. */
export function sequenceOf(flags: number): number {
  return (flags >> SEQUENCE_SHIFT) & SEQUENCE_MASK;
}

/** What all packets of one message have in common. */
export interface Addressing {
  readonly destination: number;
  readonly source: number;
  /** Message tag, 0..7. */
  readonly tag: number;
  /** TO bit: true when the source of the message allocated the tag. */
  readonly to: boolean;
}

/** TO and tag as in the fourth header byte. */
export function tagBits(to: boolean, tag: number): number {
  return (to ? TAG_OWNER : 0) | (tag & TAG_MASK);
}

/** Fourth header byte but for SOM and EOM. */
export function packetFlags(bits: number, sequence: number): number {
  return ((sequence & SEQUENCE_MASK) << SEQUENCE_SHIFT) | bits;
}

/** Writes a header at the front of `buffer`, which has room for it. */
export function writeHeader(buffer: Uint8Array, destination: number, source: number, flags: number): void {
  buffer[VERSION] = HEADER_VERSION;
  buffer[DESTINATION] = destination;
  buffer[SOURCE] = source;
  buffer[FLAGS] = flags;
}
