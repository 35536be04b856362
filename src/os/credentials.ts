import { osError } from './errno';
import type { NativeModule } from './native-module';
import { LITTLE_ENDIAN, viewOf } from './native-order';

const SOL_SOCKET = 1;
const SO_PEERCRED = 17;

/** Who connected, as of connect time: a pid may be in use by another process by now (R-DEMUX-41). */
export interface PeerCredentials {
  readonly pid: number;
  readonly uid: number;
  /** The primary group only. */
  readonly gid: number;
}

/** Credentials of the peer of a connected unix socket. Throws MctpError 'internal' on another kind of socket. */
export function peerCredentials(ops: Pick<NativeModule, 'getsockopt'>, fd: number): PeerCredentials {
  const value = ops.getsockopt(fd, SOL_SOCKET, SO_PEERCRED, 12);
  if (typeof value === 'number') throw osError('internal', 'cannot read the credentials of a peer', value);
  return decodeCredentials(value);
}

/** struct ucred: pid i32, uid u32, gid u32 in the machine's byte order. A RangeError unless it has its 12 bytes. */
export function decodeCredentials(value: Uint8Array): PeerCredentials {
  // A short answer must not read as zeros: uid 0 is root.
  const view = viewOf(value);
  return {
    pid: view.getInt32(0, LITTLE_ENDIAN),
    uid: view.getUint32(4, LITTLE_ENDIAN),
    gid: view.getUint32(8, LITTLE_ENDIAN),
  };
}
