import type { Clock } from '../base/clock';
import type { MctpError } from '../base/errors';
import { Errno, osError } from './errno';
import type { QueueLimits } from './frame-queue';
import type { NativeModule } from './native-module';
import { type ConnectionOps, SeqpacketConnection, type SeqpacketListener } from './seqpacket-connection';
import { seqpacketSocket } from './seqpacket-server';
import { encodeUnixAddress, printableName } from './unix-address';

const FIRST_RETRY_MS = 5;
const LONGEST_RETRY_MS = 200;

export interface ConnectOptions {
  readonly ops: ConnectionOps & Pick<NativeModule, 'socket' | 'connect' | 'closeFd'>;
  readonly clock: Clock;
  /** A file path, or an abstract name beginning with `\0`. */
  readonly name: string;
  readonly limits: QueueLimits;
  readonly listener: SeqpacketListener;
  /** How long to try again, milliseconds; 0 tries once. */
  readonly patienceMs: number;
  /** Also try again while nobody listens there yet (ECONNREFUSED, ENOENT), not only while the backlog is full. */
  readonly waitForServer?: boolean;
}

/**
 * Connects to a seqpacket server. A full backlog answers EAGAIN at once and is not "in progress": we try again with
 * growing pauses (R-DEMUX-5).
 * @throws MctpError 'unreachable' when nobody listens or patience ends, 'refused' when permissions forbid it.
 */
export async function connectSeqpacket(options: ConnectOptions): Promise<SeqpacketConnection> {
  const { ops, clock } = options;
  const address = encodeUnixAddress(options.name);
  const deadline = clock.now() + options.patienceMs;
  const fd = seqpacketSocket(ops);
  let connection: SeqpacketConnection;
  try {
    for (let pause = FIRST_RETRY_MS; ; pause = Math.min(2 * pause, LONGEST_RETRY_MS)) {
      const result = ops.connect(fd, address);
      if (result >= 0) break;
      if (!mayRetry(-result, options) || clock.now() >= deadline) throw failure(options.name, result);
      await clock.sleep(Math.min(pause, deadline - clock.now()));
    }
    connection = new SeqpacketConnection(ops, fd, options.limits);
  } catch (error) {
    ops.closeFd(fd);
    throw error;
  }
  connection.start(options.listener);
  return connection;
}

function mayRetry(errno: number, options: ConnectOptions): boolean {
  if (errno === Errno.EAGAIN || errno === Errno.EINTR) return true;
  return options.waitForServer === true && (errno === Errno.ECONNREFUSED || errno === Errno.ENOENT);
}

function failure(name: string, result: number): MctpError {
  const where = `cannot connect to ${printableName(name)}`;
  if (-result === Errno.EACCES || -result === Errno.EPERM) return osError('refused', where, result);
  const hint = -result === Errno.EAGAIN ? ' (its backlog is full)' : ' (is the server running?)';
  return osError('unreachable', where + hint, result);
}
