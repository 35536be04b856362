import { LITTLE_ENDIAN, viewOf } from './native-order';

/** struct rtattr: length with these 4 bytes, type. */
const HEADER = 4;
/** NLA_F_NESTED and NLA_F_NET_BYTEORDER: the kernel sets them or not as it pleases. */
const TYPE_MASK = 0x3fff;
/** Compulsory on what we send nested, since the socket asks for strict checking. */
const NESTED = 0x8000;

export interface Attribute {
  readonly type: number;
  readonly data: Uint8Array;
}

/** One after another, each filled up to a multiple of four. */
export function encodeAttributes(...attributes: readonly Attribute[]): Uint8Array {
  const size = attributes.reduce((sum, { data }) => sum + padded(HEADER + data.length), 0);
  const bytes = new Uint8Array(size);
  const view = viewOf(bytes);
  let at = 0;
  for (const { type, data } of attributes) {
    view.setUint16(at, HEADER + data.length, LITTLE_ENDIAN);
    view.setUint16(at + 2, type, LITTLE_ENDIAN);
    bytes.set(data, at + HEADER);
    at += padded(HEADER + data.length);
  }
  return bytes;
}

/** Every whole attribute by type, the first of a type; a damaged rest is left out. */
export function decodeAttributes(bytes: Uint8Array): ReadonlyMap<number, Uint8Array> {
  const found = new Map<number, Uint8Array>();
  const view = viewOf(bytes);
  for (let at = 0; at + HEADER <= bytes.length;) {
    const length = view.getUint16(at, LITTLE_ENDIAN);
    if (length < HEADER || at + length > bytes.length) break;
    const type = view.getUint16(at + 2, LITTLE_ENDIAN) & TYPE_MASK;
    if (!found.has(type)) found.set(type, bytes.slice(at + HEADER, at + length));
    at += padded(length);
  }
  return found;
}

/** Whether attributes, one after another, fill the bytes: what was cut does not. */
export function areWhole(bytes: Uint8Array): boolean {
  const view = viewOf(bytes);
  let at = 0;
  while (at + HEADER <= bytes.length) {
    const length = view.getUint16(at, LITTLE_ENDIAN);
    if (length < HEADER || at + length > bytes.length) return false;
    at += padded(length);
  }
  return at >= bytes.length;
}

export function u8(type: number, value: number): Attribute {
  return { type, data: Uint8Array.of(value) };
}

export function u32(type: number, value: number): Attribute {
  const data = new Uint8Array(4);
  viewOf(data).setUint32(0, value, LITTLE_ENDIAN);
  return { type, data };
}

export function nested(type: number, ...attributes: readonly Attribute[]): Attribute {
  return { type: type | NESTED, data: encodeAttributes(...attributes) };
}

/** `undefined`: absent, or too short. */
export function readU8(data: Uint8Array | undefined): number | undefined {
  return data?.[0];
}

export function readU32(data: Uint8Array | undefined): number | undefined {
  return data === undefined || data.length < 4 ? undefined : viewOf(data).getUint32(0, LITTLE_ENDIAN);
}

function padded(length: number): number {
  return (length + 3) & ~3;
}
