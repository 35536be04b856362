import { MctpError } from '../base/errors';
import { LITTLE_ENDIAN, viewOf } from './native-order';

export const AF_UNIX = 1;
/** `sun_path` of sockaddr_un. */
const PATH_ROOM = 108;

/** True for a name of the abstract namespace: it begins with NUL and has no file. */
export function isAbstract(name: string): boolean {
  return name.startsWith('\0');
}

/**
 * sockaddr_un of a file path, or of an abstract name when it begins with `\0`. An abstract name's length is exact, without
 * trailing NUL: another length is another name (R-DEMUX-2). A path ends with NUL.
 * @throws MctpError 'invalid-arguments' for an empty or too long name.
 */
export function encodeUnixAddress(name: string): Uint8Array {
  const bytes = Buffer.from(isAbstract(name) ? name : `${name}\0`, 'utf8');
  const text = printableName(name);
  if (bytes.length < 2) throw new MctpError('invalid-arguments', 'a socket name must not be empty');
  if (bytes.length > PATH_ROOM) {
    throw new MctpError('invalid-arguments', `socket name ${text} is longer than ${PATH_ROOM - 1} bytes`);
  }
  if (!isAbstract(name) && name.includes('\0')) {
    throw new MctpError('invalid-arguments', `socket path ${text} has a NUL in it`);
  }
  const address = Buffer.alloc(2 + bytes.length);
  viewOf(address).setUint16(0, AF_UNIX, LITTLE_ENDIAN);
  bytes.copy(address, 2);
  return address;
}

/** The name in a sockaddr_un: `\0...` for abstract, `''` for a socket without name, undefined for another family. */
export function decodeUnixAddress(address: Uint8Array): string | undefined {
  if (address.length < 2 || viewOf(address).getUint16(0, LITTLE_ENDIAN) !== AF_UNIX) return undefined;
  const path = Buffer.from(address.subarray(2));
  if (path.length === 0 || path[0] === 0) return path.toString('utf8');
  const end = path.indexOf(0);
  return path.subarray(0, end === -1 ? path.length : end).toString('utf8');
}

/** For messages: abstract names with the usual `@` in front. */
export function printableName(name: string): string {
  return isAbstract(name) ? `@${name.slice(1)}` : name;
}
