import { chmodSync, lstatSync, unlinkSync } from 'node:fs';
import type { Clock, Timer } from '../base/clock';
import { MctpError } from '../base/errors';
import { Errno, hasCode, osError } from './errno';
import type { QueueLimits } from './frame-queue';
import { type FdWatcher, type NativeModule, PollEvent } from './native-module';
import { DRAIN_LIMIT } from './receive';
import { type ConnectionOps, SeqpacketConnection, type SeqpacketListener } from './seqpacket-connection';
import { AF_UNIX, decodeUnixAddress, encodeUnixAddress, isAbstract, printableName } from './unix-address';

export const SOCK_SEQPACKET = 5;
/** R-DEMUX-5 asks for 64 or more: a full backlog refuses clients with EAGAIN. */
const BACKLOG = 128;
/** How long accepting rests when the process has no descriptors left; the waiting client would call it for ever. */
const REST_MS = 100;

export type ServerOps = ConnectionOps &
  Pick<NativeModule, 'socket' | 'bind' | 'connect' | 'listen' | 'accept' | 'getsockname' | 'closeFd'>;

export interface ServerOptions {
  readonly ops: ServerOps;
  readonly clock: Clock;
  /** Bounds of what each connection queues. */
  readonly limits: QueueLimits;
  /** Gives who listens to a new connection; undefined refuses it, it is closed without a word (R-DEMUX-40). */
  readonly accept: (connection: SeqpacketConnection) => SeqpacketListener | undefined;
  /** Accepting failed (EMFILE and the like) and rests for 100 ms, or one client could not be taken in. */
  readonly failed?: (error: MctpError) => void;
}

export interface ListenOptions extends ServerOptions {
  /** A file path, or an abstract name beginning with `\0` (exact length, R-DEMUX-2). */
  readonly name: string;
  /** Permission bits of a file path. */
  readonly mode?: number;
  /** Take over a file path whose socket nobody listens on any more. Abstract names have nothing to take over. */
  readonly replaceStale?: boolean;
}

/** A listening SOCK_SEQPACKET unix socket. */
export class SeqpacketServer {
  private readonly watcher: FdWatcher;
  private rest: Timer | undefined;
  private open = true;

  private constructor(
    private readonly options: ServerOptions,
    private readonly fd: number,
    /** As bound: `\0...` for an abstract name. */
    readonly name: string,
    private readonly ownsPath: boolean,
  ) {
    this.watcher = new options.ops.FdWatcher(fd, (status) => {
      // The watcher has stopped.
      if (status < 0) this.takeRest(status);
      else this.acceptAll();
    });
    this.watcher.start(PollEvent.readable);
  }

  /** @throws MctpError 'name-taken' when somebody listens there, 'configuration' when the name cannot be bound. */
  static listen(options: ListenOptions): SeqpacketServer {
    const { ops, name } = options;
    const address = encodeUnixAddress(name);
    const fd = seqpacketSocket(ops);
    try {
      bindName(options, fd, address);
      if (options.mode !== undefined && !isAbstract(name)) chmodSync(name, options.mode);
      const listening = ops.listen(fd, BACKLOG);
      if (listening < 0) throw osError('configuration', `cannot listen on ${printableName(name)}`, listening);
      return new SeqpacketServer(options, fd, name, !isAbstract(name));
    } catch (error) {
      ops.closeFd(fd);
      throw error;
    }
  }

  /** Takes over a listening descriptor (R-DEMUX-4); see `activation.ts` for which may be. */
  static adopt(options: ServerOptions, fd: number): SeqpacketServer {
    const address = options.ops.getsockname(fd);
    const name = typeof address === 'number' ? '' : (decodeUnixAddress(address) ?? '');
    return new SeqpacketServer(options, fd, name, false);
  }

  /** Stops listening; connections live on. Removes the socket file if it made it. */
  close(): void {
    if (!this.open) return;
    this.open = false;
    this.rest?.cancel();
    this.watcher.close();
    if (this.ownsPath) removeSocketFile(this.name);
  }

  private acceptAll(): void {
    for (let taken = 0; taken < DRAIN_LIMIT && this.open; taken++) {
      const fd = this.options.ops.accept(this.fd);
      if (fd === null) return;
      if (fd < 0) {
        this.takeRest(fd);
        return;
      }
      this.tryWelcome(fd);
    }
  }

  /** Nobody is above a watcher's callback: what is thrown there ends the process, for one client's sake. */
  private tryWelcome(fd: number): void {
    try {
      this.welcome(fd);
    } catch (cause) {
      const what = `cannot take in a client on ${printableName(this.name)}`;
      this.options.failed?.(new MctpError('internal', what, {}, { cause }));
    }
  }

  private welcome(fd: number): void {
    const connection = this.connectionFor(fd);
    let listener: SeqpacketListener | undefined;
    try {
      listener = this.options.accept(connection);
    } finally {
      if (listener === undefined) connection.close();
    }
    if (listener !== undefined && !connection.closed) connection.start(listener);
  }

  private connectionFor(fd: number): SeqpacketConnection {
    try {
      return new SeqpacketConnection(this.options.ops, fd, this.options.limits);
    } catch (error) {
      this.options.ops.closeFd(fd);
      throw error;
    }
  }

  private takeRest(result: number): void {
    this.watcher.stop();
    this.rest = this.options.clock.setTimer(REST_MS, () => this.watcher.start(PollEvent.readable));
    this.options.failed?.(
      osError('internal', `cannot accept a client on ${printableName(this.name)}, trying again`, result),
    );
  }
}

/** A new seqpacket socket. Throws MctpError 'internal' when the process has no descriptors left. */
export function seqpacketSocket(ops: Pick<NativeModule, 'socket'>): number {
  const fd = ops.socket(AF_UNIX, SOCK_SEQPACKET, 0);
  if (fd < 0) throw osError('internal', 'cannot open a unix socket', fd);
  return fd;
}

function bindName(options: ListenOptions, fd: number, address: Uint8Array): void {
  const { ops, name } = options;
  let result = ops.bind(fd, address);
  const mayReplace = options.replaceStale === true && !isAbstract(name);
  // A connect to a file of another kind is refused as well, so what it is comes first.
  if (-result === Errno.EADDRINUSE && mayReplace && isSocketFile(name) && isStale(ops, address)) {
    removeSocketFile(name);
    result = ops.bind(fd, address);
  }
  if (-result === Errno.EADDRINUSE && !isAbstract(name) && !isSocketFile(name)) {
    throw new MctpError(
      'configuration',
      `${name} exists and is no socket; remove it, or choose another path`,
    );
  }
  if (-result === Errno.EADDRINUSE) {
    throw new MctpError('name-taken', `socket ${printableName(name)} is in use by another process`);
  }
  if (result < 0) throw osError('configuration', `cannot bind ${printableName(name)}`, result);
}

/** Only a socket that nobody listens on refuses. */
function isStale(ops: ServerOps, address: Uint8Array): boolean {
  const probe = seqpacketSocket(ops);
  const result = ops.connect(probe, address);
  ops.closeFd(probe);
  return -result === Errno.ECONNREFUSED;
}

function isSocketFile(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSocket() === true;
}

function removeSocketFile(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    // Somebody removed it before us: what we wanted.
    if (!hasCode(error, 'ENOENT')) throw error;
  }
}
