import { InvalidArgumentError } from 'commander';
import { EMPTY, fromHex } from '../../base/bytes';
import { ROOT_PATH } from '../../base/bus-names';
import { MESSAGE_TYPE_NAMES } from '../../base/ids';
import { MAX_PAYLOAD } from '../../client/mctp-client';
import type { LinkRole } from '../../scan/manager';

/** Readers of arguments. Each throws commander's error for bad usage, with what would have been right. */

const MAX_ADDRESS_BYTES = 32;

/** An endpoint as typed: `9`, `1:9`, or its object path. Without a network it is looked up. */
export interface EndpointRef {
  readonly network?: number;
  readonly eid: number;
}

/**
 * A physical address in hex: `0x1d`, `1d`, `01:02`; `none` or nothing for a link without addresses. Always hex, since
 * that is how I2C addresses are written: `10` is 0x10.
 */
export function parseAddress(text: string): Uint8Array {
  if (text === '' || text === 'none') return EMPTY;
  const parts = text.split(':').map((part) => part.replace(/^0[xX]/, ''));
  const padded = parts.map((part) => (part.length === 1 ? `0${part}` : part));
  const grouped = parts.length > 1 && padded.some((part) => part.length !== 2);
  const bytes = padded.includes('') || grouped ? undefined : fromHex(padded.join(''));
  if (bytes === undefined) {
    throw new InvalidArgumentError('A physical address is hex bytes: 0x1d, 1d, 01:02, or none.');
  }
  if (bytes.length > MAX_ADDRESS_BYTES) {
    throw new InvalidArgumentError(`A physical address has at most ${MAX_ADDRESS_BYTES} bytes.`);
  }
  return bytes;
}

/** The bytes of a message: `800002`, `80:00:02`, `80 00 02`; `none` or nothing for an empty one. */
export function parsePayload(text: string): Uint8Array {
  if (text === 'none') return EMPTY;
  const bytes = fromHex(text.replace(/^0[xX]/, '').replace(/[: ]/g, ''));
  if (bytes === undefined)
    throw new InvalidArgumentError('A payload is hex bytes: 800002, 80:00:02, or none.');
  if (bytes.length > MAX_PAYLOAD) {
    throw new InvalidArgumentError(`A payload has at most ${MAX_PAYLOAD} bytes.`);
  }
  return bytes;
}

export function parseEndpoint(text: string): EndpointRef {
  const path = text.startsWith(`${ROOT_PATH}/`) ? text.slice(ROOT_PATH.length) : undefined;
  const match =
    path === undefined
      ? /^(?:(?<network>\d+):)?(?<eid>\d+)$/.exec(text)
      : /^\/networks\/(?<network>\d+)\/endpoints\/(?<eid>\d+)$/.exec(path);
  const eid = match?.groups?.['eid'];
  if (eid === undefined) {
    throw new InvalidArgumentError('An endpoint is an EID (9), a network and EID (1:9), or an object path.');
  }
  const network = match?.groups?.['network'];
  return { eid: parseEid(eid), ...(network === undefined ? {} : { network: parseNetwork(network) }) };
}

/** 8..254: what an endpoint can have. */
export function parseEid(text: string): number {
  return parseInteger(text, { least: 8, most: 254, what: 'An EID' });
}

/** 1..2147483647 (R-CONS-15). */
export function parseNetwork(text: string): number {
  return parseInteger(text, { least: 1, most: 2 ** 31 - 1, what: 'A network' });
}

/** 0 takes the MTU of the link. */
export function parseMtu(text: string): number {
  return parseInteger(text, { least: 0, most: 65535, what: 'An MTU' });
}

/** Of a device, which has its own limits within these. */
export function parseLinkMtu(text: string): number {
  return parseInteger(text, { least: 1, most: 65536, what: 'An MTU' });
}

/** Bits per second. */
export function parseSpeed(text: string): number {
  return parseInteger(text, { least: 300, most: 4_000_000, what: 'A speed' });
}

export function parseController(text: string): number {
  return parseInteger(text, { least: 0, most: 65535, what: 'A controller ID' });
}

export function parseByte(text: string): number {
  return parseInteger(text, { least: 0, most: 255, what: 'An identifier' });
}

/** 4..65536, a multiple of 4. */
export function parseLogLength(text: string): number {
  const length = parseInteger(text, { least: 4, most: 65536, what: 'A length' });
  if (length % 4 !== 0) throw new InvalidArgumentError('A length is a multiple of 4.');
  return length;
}

export function parsePoolSize(text: string): number {
  return parseInteger(text, { least: 0, most: 246, what: 'A pool size' });
}

/** Seconds, fractions allowed. */
export function parseTimeout(text: string): number {
  const seconds = Number(text);
  if (!/^[0-9]+(\.[0-9]+)?$/.test(text) || seconds <= 0 || seconds > 86400) {
    throw new InvalidArgumentError('A time-out is a number of seconds, more than 0 and at most 86400.');
  }
  return seconds;
}

/** A name such as `nvme-mi`, or a number 0..127, `0x04` too. */
export function parseType(text: string): number {
  for (const [type, name] of MESSAGE_TYPE_NAMES) if (name === text.toLowerCase()) return type;
  if (/^(0[xX][0-9a-fA-F]{1,2}|[0-9]{1,3})$/.test(text) && Number(text) <= 0x7f) return Number(text);
  const names = [...MESSAGE_TYPE_NAMES.values()].join(', ');
  throw new InvalidArgumentError(`A message type is a number 0..127 or one of: ${names}.`);
}

/** `20` or `20-24`, both ends included. */
export function parseRange(text: string): { readonly first: number; readonly extent: number } {
  const [from, to, ...rest] = text.split('-');
  const first = parseEid(from ?? '');
  const last = to === undefined ? first : parseEid(to);
  if (rest.length > 0 || last < first) {
    throw new InvalidArgumentError('EIDs are one (20) or a range (20-24).');
  }
  return { first, extent: last - first };
}

const ROLES: ReadonlyMap<string, LinkRole> = new Map([
  ['bus-owner', 'BusOwner'],
  ['busowner', 'BusOwner'],
  ['endpoint', 'Endpoint'],
  ['unknown', 'Unknown'],
]);

export function parseRole(text: string): LinkRole {
  const role = ROLES.get(text.toLowerCase());
  if (role === undefined) throw new InvalidArgumentError('A role is bus-owner, endpoint or unknown.');
  return role;
}

interface Bounds {
  readonly least: number;
  readonly most: number;
  readonly what: string;
}

function parseInteger(text: string, { least, most, what }: Bounds): number {
  const value = /^(0[xX][0-9a-fA-F]+|[0-9]+)$/.test(text) ? Number(text) : NaN;
  if (value >= least && value <= most) return value;
  throw new InvalidArgumentError(`${what} is a number from ${least} to ${most}.`);
}
