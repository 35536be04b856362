import { MctpError } from '../base/errors';
import { Errno, errnoName, osError } from './errno';
import { type FdWatcher, type NativeModule, PollEvent } from './native-module';
import { drain } from './receive';

export type DatagramOps = Pick<
  NativeModule,
  | 'socket'
  | 'bind'
  | 'connect'
  | 'send'
  | 'recv'
  | 'getsockopt'
  | 'setsockopt'
  | 'getsockname'
  | 'ioctl'
  | 'closeFd'
  | 'FdWatcher'
>;

export interface DatagramListener {
  /** One datagram, possibly empty; `bytes` and `address` are the listener's own. */
  message(bytes: Uint8Array, address: Uint8Array | undefined): void;
  /** Receiving failed with this positive errno; the socket stays open. ENOBUFS on netlink: messages were lost. */
  failed(errno: number): void;
}

export interface SocketKind {
  readonly family: number;
  readonly type: number;
  readonly protocol: number;
  /** For messages: "AF_MCTP". */
  readonly title: string;
}

/** A non-blocking datagram socket of any family, with raw addresses. What a family means is for its own file. */
export class DatagramSocket {
  private readonly watcher: FdWatcher;
  private open = true;

  private constructor(
    private readonly ops: DatagramOps,
    private readonly fd: number,
    private readonly title: string,
    private readonly listener: DatagramListener,
  ) {
    this.watcher = new ops.FdWatcher(fd, (status) => this.ready(status));
  }

  /** @throws MctpError 'not-supported' when the kernel lacks the family or the type, 'internal' otherwise. */
  static open(ops: DatagramOps, kind: SocketKind, listener: DatagramListener): DatagramSocket {
    const fd = ops.socket(kind.family, kind.type, kind.protocol);
    if (fd < 0) throw openFailure(kind, fd);
    let socket: DatagramSocket;
    try {
      socket = new DatagramSocket(ops, fd, kind.title, listener);
    } catch (error) {
      ops.closeFd(fd);
      throw error;
    }
    socket.watcher.start(PollEvent.readable);
    return socket;
  }

  /** Throws MctpError 'refused' (EACCES), 'name-taken' (EADDRINUSE) or 'internal'. */
  bind(address: Uint8Array): void {
    this.check(this.ops.bind(this.descriptor(), address), 'cannot bind');
  }

  /** 0, or a negative errno. What it means to be connected is the family's affair. */
  connect(address: Uint8Array): number {
    return this.ops.connect(this.descriptor(), address);
  }

  /** Bytes sent, or a negative errno (`Errno`): EAGAIN, ENOBUFS, EHOSTUNREACH and so on are for the caller to judge. */
  send(bytes: Uint8Array, address: Uint8Array | null): number {
    return this.ops.send(this.descriptor(), bytes, address, 0);
  }

  /** Throws MctpError as {@link bind}. */
  setOption(level: number, option: number, value: Uint8Array): void {
    this.check(this.ops.setsockopt(this.descriptor(), level, option, value), `cannot set option ${option}`);
  }

  /** The result, or a negative errno; `argument` is changed in place. */
  ioctl(request: number, argument: Uint8Array | null): number {
    return this.ops.ioctl(this.descriptor(), request, argument);
  }

  /** Our own raw address, or a negative errno. */
  address(): Uint8Array | number {
    return this.ops.getsockname(this.descriptor());
  }

  /** A socket that only waits for something rare need not keep the process running. */
  unref(): void {
    this.watcher.unref();
  }

  close(): void {
    this.open = false;
    this.watcher.close();
  }

  /** The number would belong to somebody else after close. */
  private descriptor(): number {
    if (!this.open) throw new MctpError('closed', `the ${this.title} socket is closed`);
    return this.fd;
  }

  private check(result: number, what: string): void {
    if (result >= 0) return;
    const errno = -result;
    const denied = errno === Errno.EACCES || errno === Errno.EPERM;
    const code = denied ? 'refused' : errno === Errno.EADDRINUSE ? 'name-taken' : 'internal';
    throw osError(code, `${what} on the ${this.title} socket`, result);
  }

  private ready(status: number): void {
    const errno = drain(this.ops, this.fd, {
      wanted: () => this.open,
      message: (bytes, address) => this.listener.message(bytes, address),
      oversized: () => this.listener.failed(Errno.EMSGSIZE),
      empty: (address) => this.listener.message(new Uint8Array(0), address),
    });
    if (this.isOpen() && errno !== 0) this.listener.failed(errno);
    // The watcher stopped for a pending socket error; the receive above has fetched it.
    if (this.isOpen() && status < 0) this.watcher.start(PollEvent.readable);
  }

  /** A call, since listeners change it while `ready` runs. */
  private isOpen(): boolean {
    return this.open;
  }
}

function openFailure(kind: SocketKind, result: number): MctpError {
  const errno = -result;
  const missing =
    errno === Errno.EAFNOSUPPORT || errno === Errno.ESOCKTNOSUPPORT || errno === Errno.EPROTONOSUPPORT;
  if (!missing) return osError('internal', `cannot open an ${kind.title} socket`, result);
  return new MctpError('not-supported', `this kernel has no ${kind.title} (${errnoName(result)})`, { errno });
}
