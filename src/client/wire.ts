import { MctpError } from '../base/errors';
import { ClientError, ResponseCode } from './client-error';
import { NO_HANDLE, type Handle } from './mctp-client';

/**
 * The messages of the reference's client and server (A.8): a header of 12 bytes, little endian, then the payload. What
 * is marked ours (`from`, `hold`, Release) occurs inside the frames of `socket-wire.ts` only (R-API-36).
 */
export const WIRE_HEADER = 12;
/** Longest payload the reference takes; ours take {@link MAX_PAYLOAD}. */
export const REFERENCE_PAYLOAD = 1023;

export type WireRequest =
  | { readonly op: 'SetEid'; readonly eid: number }
  | { readonly op: 'GetEid' }
  /** Ours: `from`. */
  | { readonly op: 'Listener'; readonly msgType: number; readonly from: number | undefined }
  /** Ours: `hold`. */
  | { readonly op: 'Req'; readonly eid: number; readonly hold: boolean }
  | { readonly op: 'Recv'; readonly handle: Handle; readonly timeoutMillis: number }
  | WireSend
  | { readonly op: 'Unbind'; readonly handle: Handle }
  /** Ours. */
  | { readonly op: 'Release'; readonly handle: Handle };

export interface WireSend {
  readonly op: 'Send';
  /** `null`: a response. */
  readonly handle: Handle | null;
  readonly msgType: number;
  readonly eid: number | undefined;
  readonly tag: number | undefined;
  readonly ic: boolean;
  /** Without the message type byte. */
  readonly payload: Uint8Array;
}

/** Why bytes are no message. */
export type WireFault =
  { readonly fault: 'Truncated' } | { readonly fault: 'InvalidOpcode'; readonly value: number };

/** Fields that an operation does not use are 0. */
export interface WireResponse {
  /** A byte as it came; see `codeNameOf`. */
  readonly code: number;
  readonly msgType: number;
  readonly ic: boolean;
  readonly eid: number;
  readonly handle: Handle;
  readonly tag: number;
  readonly payload: Uint8Array;
}

const OPERATIONS = ['SetEid', 'GetEid', 'Listener', 'Req', 'Recv', 'Send', 'Unbind', 'Release'] as const;
const Flag = { ic: 0x01, hasHandle: 0x02, hasEid: 0x04, hasTag: 0x08, hold: 0x10 } as const;
/** Offsets that requests and responses share; the others differ. */
const At = {
  first: 0,
  flags: 1,
  msgType: 2,
  eid: 3,
  handle: 4,
  requestTag: 8,
  payloadLength: 8,
  responseTag: 10,
};
const TIMEOUT_BYTES = 4;
const NOTHING = new Uint8Array(0);

interface RequestFields {
  readonly flags?: number;
  readonly msgType?: number;
  readonly eid?: number;
  readonly handle?: number;
  readonly tag?: number;
  readonly payload?: Uint8Array;
}

/** @throws ClientError `InternalError` for a payload longer than the limit: PayloadTooLarge of the reference */
export function encodeRequest(request: WireRequest, maxPayload: number = REFERENCE_PAYLOAD): Uint8Array {
  const { flags = 0, msgType = 0, eid = 0, handle = 0, tag = 0, payload = NOTHING } = fieldsOf(request);
  checkLength(payload, maxPayload);
  const bytes = Buffer.alloc(WIRE_HEADER + payload.length);
  bytes.set([OPERATIONS.indexOf(request.op), flags, msgType, eid]);
  bytes.writeUInt32LE(handle, At.handle);
  bytes.writeUInt8(tag, At.requestTag);
  bytes.set(payload, WIRE_HEADER);
  return bytes;
}

export function decodeRequest(bytes: Uint8Array): WireRequest | WireFault {
  if (bytes.length < WIRE_HEADER) return { fault: 'Truncated' };
  const view = viewOf(bytes);
  const op = OPERATIONS[view.getUint8(At.first)];
  const flags = view.getUint8(At.flags);
  const msgType = view.getUint8(At.msgType);
  const eid = view.getUint8(At.eid);
  // Without the flag it is the handle that nobody has.
  const handle = has(flags, Flag.hasHandle) ? view.getUint32(At.handle, true) : NO_HANDLE;
  if (op === undefined) return { fault: 'InvalidOpcode', value: view.getUint8(At.first) };
  switch (op) {
    case 'SetEid':
      return { op, eid };
    case 'GetEid':
      return { op };
    case 'Listener':
      return { op, msgType, from: has(flags, Flag.hasEid) ? eid : undefined };
    case 'Req':
      return { op, eid, hold: has(flags, Flag.hold) };
    case 'Recv':
      return decodeRecv(bytes, handle);
    case 'Send':
      return decodeSend(bytes, flags, msgType);
    case 'Unbind':
    case 'Release':
      return { op, handle };
  }
}

/** @throws ClientError `InternalError` for a payload longer than the limit */
export function encodeResponse(
  response: Partial<WireResponse>,
  maxPayload: number = REFERENCE_PAYLOAD,
): Uint8Array {
  const { code = ResponseCode.Success, msgType = 0, ic = false, eid = 0, handle = 0, tag = 0 } = response;
  const { payload = NOTHING } = response;
  checkLength(payload, maxPayload);
  const bytes = Buffer.alloc(WIRE_HEADER + payload.length);
  bytes.set([code, ic ? Flag.ic : 0, msgType, eid]);
  bytes.writeUInt32LE(handle, At.handle);
  bytes.writeUInt16LE(payload.length, At.payloadLength);
  bytes.writeUInt8(tag, At.responseTag);
  bytes.set(payload, WIRE_HEADER);
  return bytes;
}

export function decodeResponse(bytes: Uint8Array): WireResponse | WireFault {
  if (bytes.length < WIRE_HEADER) return { fault: 'Truncated' };
  const view = viewOf(bytes);
  if (view.getUint16(At.payloadLength, true) !== bytes.length - WIRE_HEADER) return { fault: 'Truncated' };
  return {
    code: view.getUint8(At.first),
    msgType: view.getUint8(At.msgType),
    ic: has(view.getUint8(At.flags), Flag.ic),
    eid: view.getUint8(At.eid),
    handle: view.getUint32(At.handle, true),
    tag: view.getUint8(At.responseTag),
    payload: payloadOf(bytes),
  };
}

export function isFault(message: WireRequest | WireResponse | WireFault): message is WireFault {
  return 'fault' in message;
}

function fieldsOf(request: WireRequest): RequestFields {
  switch (request.op) {
    case 'SetEid':
      return { eid: request.eid };
    case 'GetEid':
      return {};
    case 'Listener':
      return {
        flags: request.from === undefined ? 0 : Flag.hasEid,
        msgType: request.msgType,
        eid: request.from ?? 0,
      };
    case 'Req':
      return { flags: request.hold ? Flag.hold : 0, eid: request.eid };
    case 'Recv':
      return { flags: Flag.hasHandle, handle: request.handle, payload: timeoutBytes(request.timeoutMillis) };
    case 'Send':
      return sendFields(request);
    case 'Unbind':
    case 'Release':
      return { flags: Flag.hasHandle, handle: request.handle };
  }
}

function sendFields({ handle, msgType, eid, tag, ic, payload }: WireSend): RequestFields {
  const flags =
    (ic ? Flag.ic : 0) |
    (handle === null ? 0 : Flag.hasHandle) |
    (eid === undefined ? 0 : Flag.hasEid) |
    (tag === undefined ? 0 : Flag.hasTag);
  return { flags, msgType, eid: eid ?? 0, handle: handle ?? NO_HANDLE, tag: tag ?? 0, payload };
}

function decodeSend(bytes: Uint8Array, flags: number, msgType: number): WireSend {
  const view = viewOf(bytes);
  return {
    op: 'Send',
    handle: has(flags, Flag.hasHandle) ? view.getUint32(At.handle, true) : null,
    msgType,
    eid: has(flags, Flag.hasEid) ? view.getUint8(At.eid) : undefined,
    tag: has(flags, Flag.hasTag) ? view.getUint8(At.requestTag) : undefined,
    ic: has(flags, Flag.ic),
    payload: payloadOf(bytes),
  };
}

/** The time-out may be left out, and is 0 then. */
function decodeRecv(bytes: Uint8Array, handle: Handle): WireRequest | WireFault {
  const length = bytes.length - WIRE_HEADER;
  if (length !== 0 && length !== TIMEOUT_BYTES) return { fault: 'Truncated' };
  const timeoutMillis = length === 0 ? 0 : viewOf(bytes).getUint32(WIRE_HEADER, true);
  return { op: 'Recv', handle, timeoutMillis };
}

/** A copy, also where the bytes are a Buffer. */
function payloadOf(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.subarray(WIRE_HEADER));
}

function timeoutBytes(timeoutMillis: number): Uint8Array {
  const bytes = Buffer.alloc(TIMEOUT_BYTES);
  bytes.writeUInt32LE(timeoutMillis);
  return bytes;
}

function checkLength(payload: Uint8Array, maxPayload: number): void {
  if (payload.length <= maxPayload) return;
  const text = `the payload has ${payload.length} bytes, the wire takes ${maxPayload}`;
  throw new ClientError('InternalError', { cause: new MctpError('message-too-long', text) });
}

function has(flags: number, flag: number): boolean {
  return (flags & flag) !== 0;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
