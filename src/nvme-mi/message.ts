import { byteAt } from '../base/bytes';
import { crc32c } from '../base/crc';
import { MessageType } from '../base/ids';

/**
 * The NVMe-MI message: type byte with the integrity check bit, NVMe-MI message parameters, two bytes that are zero here,
 * body, and the message integrity check (MIC) right after it, without padding. Everything is little-endian.
 */

/** MCTP type 0x04 with the IC bit, which out-of-band messages always have: without it responders stay silent. */
export const TYPE_BYTE = 0x80 | MessageType.nvmeMi;
/** Type byte, message parameters, MEB flag, reserved. */
export const HEADER_SIZE = 4;
export const MIC_SIZE = 4;
/** Most data one message carries, in bytes. */
export const MAX_DATA = 4096;
/** ROR in the message parameters: a response. */
export const RESPONSE_FLAG = 0x80;

/** NMIMT: what kind of NVMe-MI message it is. */
export const NvmeMiType = { control: 0, mi: 1, admin: 2 } as const;
export type NvmeMiType = (typeof NvmeMiType)[keyof typeof NvmeMiType];

/** CSI: a management endpoint has two command slots, each with one command at a time. Slot 1 may be unsupported. */
export type Slot = 0 | 1;

export interface RequestHeader {
  readonly type: NvmeMiType;
  readonly slot: Slot;
}

/** A request from the type byte to the MIC. */
export function encodeRequest({ type, slot }: RequestHeader, body: Uint8Array): Uint8Array {
  const message = new Uint8Array(HEADER_SIZE + body.length + MIC_SIZE);
  message.set([TYPE_BYTE, (type << 3) | slot]);
  message.set(body, HEADER_SIZE);
  const end = message.length - MIC_SIZE;
  new DataView(message.buffer).setUint32(end, crc32c(message.subarray(0, end)), true);
  return message;
}

/** The MIC covers everything in front of it, the type byte included. @param message at least {@link MIC_SIZE} bytes */
export function hasValidMic(message: Uint8Array): boolean {
  const end = message.length - MIC_SIZE;
  const crc = crc32c(message.subarray(0, end));
  return [0, 8, 16, 24].every((shift, index) => byteAt(message, end + index) === ((crc >>> shift) & 0xff));
}
