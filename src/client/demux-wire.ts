import { MAX_MESSAGE } from '../base/ids';

/**
 * What goes over the demux sockets, one datagram each: first the message type a client registers for, then frames in
 * both directions, an EID in front of a whole message from its type byte on (R-DEMUX-6, section B.3 of the protocol).
 * Towards the client the EID is the source, from the client the destination. There is no tag, TO bit or network in it.
 */

/** Longest frame: EID and message (R-DEMUX-13). */
export const MAX_DEMUX_FRAME = 1 + MAX_MESSAGE;

export interface DemuxFrame {
  readonly eid: number;
  /** A view of the frame, from the type byte on. */
  readonly message: Uint8Array;
}

export type DemuxFault = 'too-short' | 'too-long';

/**
 * The type in a client's first datagram, 1..0x7f: the low seven bits of the first byte, whatever follows it. Clients of
 * the protocol's first implementation register NVMe-MI as 0x84. `undefined`: there is no such type to register.
 */
export function decodeRegistration(datagram: Uint8Array): number | undefined {
  const type = (datagram[0] ?? 0) & 0x7f;
  return type === 0 ? undefined : type;
}

export function encodeRegistration(type: number): Uint8Array {
  return Uint8Array.of(type & 0x7f);
}

export function decodeDemuxFrame(datagram: Uint8Array): DemuxFrame | DemuxFault {
  const [eid] = datagram;
  if (eid === undefined || datagram.length < 2) return 'too-short';
  if (datagram.length > MAX_DEMUX_FRAME) return 'too-long';
  return { eid, message: datagram.subarray(1) };
}

/** @param message from the type byte on, of which one byte is enough (R-DEMUX-12) */
export function encodeDemuxFrame(eid: number, message: Uint8Array): Uint8Array {
  const frame = new Uint8Array(1 + message.length);
  frame[0] = eid;
  frame.set(message, 1);
  return frame;
}
