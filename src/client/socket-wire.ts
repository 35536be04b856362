import { MAX_PAYLOAD } from './mctp-client';
import { WIRE_HEADER } from './wire';

/**
 * The frames on the client socket, one a datagram (R-API-37): a prefix of 8 bytes, little endian, then a message of
 * `wire.ts`, or of a hello the network id.
 */
export const CLIENT_SOCKET = 'mctp-client';
export const PREFIX = 8;
export const MAX_FRAME = PREFIX + WIRE_HEADER + MAX_PAYLOAD;

const VERSION = 1;
const KINDS = ['request', 'response', 'cancel', 'hello'] as const;
const At = { version: 0, kind: 1, id: 4 } as const;
const NETWORK_BYTES = 4;

export type ClientFrame =
  /** `body` is a message of `wire.ts`. */
  | { readonly kind: 'request' | 'response'; readonly id: number; readonly body: Uint8Array }
  /** Ends the `Recv` with this id, which is then answered with `TimedOut`. */
  | { readonly kind: 'cancel'; readonly id: number }
  /** The first frame of a connection. `network` 0 = the default one. */
  | { readonly kind: 'hello'; readonly id: number; readonly network: number };

export function encodeFrame(frame: ClientFrame): Uint8Array {
  const body = bodyOf(frame);
  const bytes = Buffer.alloc(PREFIX + body.length);
  bytes.writeUInt8(VERSION, At.version);
  bytes.writeUInt8(KINDS.indexOf(frame.kind), At.kind);
  bytes.writeUInt32LE(frame.id, At.id);
  bytes.set(body, PREFIX);
  return bytes;
}

/** `undefined`: not a frame of this version; whoever sent it speaks another protocol. Bodies are copies. */
export function decodeFrame(bytes: Uint8Array): ClientFrame | undefined {
  if (bytes.length < PREFIX || bytes.length > MAX_FRAME) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint8(At.version) !== VERSION) return undefined;
  const kind = KINDS[view.getUint8(At.kind)];
  const id = view.getUint32(At.id, true);
  if (kind === undefined) return undefined;
  switch (kind) {
    case 'request':
    case 'response':
      return { kind, id, body: new Uint8Array(bytes.subarray(PREFIX)) };
    case 'cancel':
      return bytes.length === PREFIX ? { kind, id } : undefined;
    case 'hello':
      return bytes.length === PREFIX + NETWORK_BYTES
        ? { kind, id, network: view.getUint32(PREFIX, true) }
        : undefined;
  }
}

/** A network id as the answer to a hello carries it. */
export function networkBytes(network: number): Uint8Array {
  const bytes = Buffer.alloc(NETWORK_BYTES);
  bytes.writeUInt32LE(network);
  return bytes;
}

/** What {@link networkBytes} made; `undefined`: something else. */
export function networkOf(payload: Uint8Array): number | undefined {
  return payload.length === NETWORK_BYTES ? Buffer.from(payload).readUInt32LE() : undefined;
}

function bodyOf(frame: ClientFrame): Uint8Array {
  switch (frame.kind) {
    case 'request':
    case 'response':
      return frame.body;
    case 'cancel':
      return new Uint8Array(0);
    case 'hello':
      return networkBytes(frame.network);
  }
}
