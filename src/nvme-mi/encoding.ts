import { byteAt } from '../base/bytes';
import { Malformed, Reader } from '../base/reader';
import { checked, type AdminAnswer, type AdminCommand, type MiAnswer, type MiCommand } from './command';
import type { NvmeStatus } from './errors';
import { MAX_DATA } from './message';
import { nvmeStatus } from './response';

/** Bodies of the messages: what stands between header and MIC. */

const MI_REQUEST_SIZE = 12;
const ADMIN_REQUEST_SIZE = 64;
/** Where data begins in a response, from the status byte on. */
const MI_DATA = 4;
const ADMIN_DATA = 16;

/** CFLGS: the data length, the data offset is valid (asked for in MI 1.1, always so later). */
const LENGTH_VALID = 0x01;
const OFFSET_VALID = 0x02;

/** Opcode, three reserved bytes, two dwords. */
export function miRequestBody<Req>(command: MiCommand<Req, unknown>, request: Req): Uint8Array {
  const { dw0 = 0, dw1 = 0 } = command.encodeRequest(request);
  const body = new Uint8Array(MI_REQUEST_SIZE);
  const view = new DataView(body.buffer);
  body[0] = command.opcode;
  view.setUint32(4, dw0, true);
  view.setUint32(8, dw1, true);
  return body;
}

export function miAnswer(body: Uint8Array): MiAnswer {
  return { management: body.subarray(1, MI_DATA), data: body.subarray(MI_DATA) };
}

/**
 * Opcode, flags, controller; then dwords 1..15 of the submission queue entry, where data offset and length stand in
 * place of 6 and 7. Each dword thus stands at four times its number.
 */
export function adminRequestBody<Req>(
  command: AdminCommand<Req, unknown>,
  controller: number,
  request: Req,
): Uint8Array {
  const { nsid = 0, dwords = [], offset = 0, length = 0 } = command.encodeRequest(request);
  if (offset % 4 !== 0 || length % 4 !== 0 || length > MAX_DATA) {
    throw new RangeError(
      `offset ${offset} and length ${length} must be multiples of 4, the length at most ${MAX_DATA}`,
    );
  }
  const body = new Uint8Array(ADMIN_REQUEST_SIZE);
  const view = new DataView(body.buffer);
  body[0] = command.opcode;
  body[1] = (length > 0 ? LENGTH_VALID : 0) | (offset > 0 ? OFFSET_VALID : 0);
  view.setUint16(2, checked('controller', controller, 16), true);
  view.setUint32(4, checked('namespace', nsid, 32), true);
  view.setUint32(24, checked('offset', offset, 32), true);
  view.setUint32(28, length, true);
  dwords.forEach((dword, index) => view.setUint32(40 + 4 * index, dword, true));
  return body;
}

/** The completion behind the status; its own status has to be looked at before the data. */
export function adminAnswer(body: Uint8Array): (AdminAnswer & { readonly status: NvmeStatus }) | Malformed {
  if (body.length < ADMIN_DATA) return new Malformed('the completion is missing');
  const reader = new Reader(body, 'little-endian');
  reader.skip(4);
  const result = [reader.u32(), reader.u32()] as const;
  // Bit 16 is the phase tag, which some responders set.
  const status = nvmeStatus(reader.u32() >>> 17);
  return { result, status, data: body.subarray(ADMIN_DATA) };
}

export function isNvmeSuccess({ statusCode, statusCodeType }: NvmeStatus): boolean {
  return statusCode === 0 && statusCodeType === 0;
}

/** Opcode, tag (returned as it is), parameter. */
export function primitiveBody(opcode: number, tag: number, parameter: number): Uint8Array {
  return Uint8Array.of(opcode, tag, parameter & 0xff, parameter >> 8);
}

/** Tag and primitive-specific response. @param body from the status byte on, at least 4 bytes */
export function primitiveAnswer(body: Uint8Array): { readonly tag: number; readonly response: number } {
  return { tag: byteAt(body, 1), response: byteAt(body, 2) | (byteAt(body, 3) << 8) };
}
