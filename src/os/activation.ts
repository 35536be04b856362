import { hasCode } from './errno';
import type { NativeModule } from './native-module';
import { LITTLE_ENDIAN, viewOf } from './native-order';
import { SOCK_SEQPACKET } from './seqpacket-server';
import { AF_UNIX } from './unix-address';

/** A descriptor the service manager opened for us before we started. */
export interface ActivatedDescriptor {
  readonly fd: number;
  /** FileDescriptorName= of the socket unit; `unknown` where none came. */
  readonly name: string;
}

const FIRST_FD = 3;
/** More than this is no service manager's doing. */
const MOST = 1024;

const SOL_SOCKET = 1;
const SO_TYPE = 3;
const SO_ACCEPTCONN = 30;
const SO_DOMAIN = 39;
/** ioctl: close on exec. */
const FIOCLEX = 0x5451;

/**
 * Descriptors 3..3+n-1 of LISTEN_FDS, if LISTEN_PID is `pid` (R-DEMUX-4). Variables that are meant for another process,
 * or are no decimal numbers in range, give an empty list.
 */
export function parseActivation(
  env: Readonly<Record<string, string | undefined>>,
  pid: number,
): readonly ActivatedDescriptor[] {
  if (decimal(env.LISTEN_PID) !== pid) return [];
  const count = decimal(env.LISTEN_FDS);
  if (count === undefined || count < 1 || count > MOST) return [];
  const names = env.LISTEN_FDNAMES === undefined ? [] : env.LISTEN_FDNAMES.split(':');
  return Array.from({ length: count }, (_, index) => {
    const name = names[index];
    return { fd: FIRST_FD + index, name: name === undefined || name === '' ? 'unknown' : name };
  });
}

/** The same without the variables, for child processes: the descriptors are not theirs. */
export function withoutActivation(
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string | undefined> {
  const copy = { ...env };
  delete copy.LISTEN_PID;
  delete copy.LISTEN_FDS;
  delete copy.LISTEN_FDNAMES;
  return copy;
}

/**
 * Whether `fd` is a listening unix seqpacket socket, which `SeqpacketServer.adopt` may then take (R-DEMUX-4). It is made
 * close-on-exec on the way, as the service manager leaves it inheritable.
 */
export function isListeningSeqpacket(ops: Pick<NativeModule, 'getsockopt' | 'ioctl'>, fd: number): boolean {
  const expected: readonly (readonly [number, number])[] = [
    [SO_DOMAIN, AF_UNIX],
    [SO_TYPE, SOCK_SEQPACKET],
    [SO_ACCEPTCONN, 1],
  ];
  try {
    if (!expected.every(([option, value]) => intOption(ops, fd, option) === value)) return false;
    return ops.ioctl(fd, FIOCLEX, null) >= 0;
  } catch (error) {
    // The variables promise a descriptor that is closed, or a file: nothing of ours.
    if (hasCode(error, 'EBADF', 'ENOTSOCK')) return false;
    throw error;
  }
}

function intOption(ops: Pick<NativeModule, 'getsockopt'>, fd: number, option: number): number | undefined {
  const value = ops.getsockopt(fd, SOL_SOCKET, option, 4);
  if (typeof value === 'number' || value.length < 4) return undefined;
  return viewOf(value).getInt32(0, LITTLE_ENDIAN);
}

function decimal(text: string | undefined): number | undefined {
  return text !== undefined && /^[0-9]{1,10}$/.test(text) ? Number(text) : undefined;
}
