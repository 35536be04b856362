import type { Clock } from '../../../src/base/clock';
import type { LoopbackBus } from '../../../src/bindings/loopback';
import type { DatagramOps } from '../../../src/os/datagram-socket';
import type { FdWatcher, Received, WatcherCallback } from '../../../src/os/native-module';
import type { SysfsLookup } from '../../../src/os/sysfs';
import { type Datagram, FakeMctp, type FakeMctpSocket } from './mctp';
import { type Abilities, type Answer, change, dump, linkBody, newLink } from './rtnetlink';
import { type FakeLink, FakeState } from './state';

const EACCES = 13;
const EAGAIN = 11;
const ENOBUFS = 105;
const EAFNOSUPPORT = 97;
const EOPNOTSUPP = 95;

/** Changes the datagrams an answer or an event consists of; a number is a negative errno that `recv` gives. */
export type Mangle = (datagrams: Buffer[]) => readonly (Buffer | number)[];

export interface FakeKernelOptions {
  readonly clock: Clock;
  /** Without it `socket` says EAFNOSUPPORT. Default true. */
  readonly hasMctp?: boolean;
  /** Gateway routes, physical bindings and the second tag ioctl. Default false: 6.1. */
  readonly isNew?: boolean;
  /** See {@link FakeKernel.mangle}. */
  readonly mangle?: Mangle;
  /** What the process may do. Default: everything. */
  readonly may?: { readonly admin?: boolean; readonly raw?: boolean; readonly bind?: boolean };
}

/** One descriptor. */
class FakeSocket implements FakeMctpSocket {
  extended = false;
  bound: FakeMctpSocket['bound'];
  peer: number | undefined;
  readonly groups = new Set<number>();
  readonly inbox: (Datagram | number)[] = [];
  watcher: FakeFdWatcher | undefined;

  constructor(readonly family: number) {}

  receive(datagram: Datagram | number): void {
    this.inbox.push(datagram);
    this.watcher?.wake();
  }
}

/** Level-triggered, on a later turn, as the event loop does it. */
class FakeFdWatcher implements FdWatcher {
  private started = false;
  private closed = false;

  constructor(
    private readonly socket: FakeSocket,
    private readonly callback: WatcherCallback,
    private readonly onClose: () => void,
  ) {}

  start(): void {
    this.started = true;
    this.wake();
  }

  stop(): void {
    this.started = false;
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.onClose();
  }

  ref(): void {}
  unref(): void {}

  wake(): void {
    if (!this.started || this.closed || this.socket.inbox.length === 0) return;
    setImmediate(() => {
      if (!this.started || this.closed || this.socket.inbox.length === 0) return;
      this.callback(0, 1);
      this.wake();
    });
  }
}

/**
 * A kernel in memory: netlink and AF_MCTP sockets behind the calls of the native helper, with links whose devices sit
 * on loopback buses. It shows what Linux 6.1 was measured to do.
 */
export class FakeKernel {
  readonly state = new FakeState();
  readonly mctp: FakeMctp;
  readonly ops: DatagramOps;
  /** Netlink requests in order: type, and flags in hex. */
  readonly asked: string[] = [];
  /** Answers of the next changes instead of what would happen. */
  readonly refusals: (number | Answer)[] = [];
  mangle: Mangle;
  /** What opening an AF_MCTP socket gives instead of one: a negative errno. */
  noSocket: number | undefined;
  /** Runs before the kernel looks at a netlink request (its type), and before a message leaves (`sendto`). */
  before: (what: number | 'sendto') => void = () => undefined;
  private readonly sockets = new Map<number, FakeSocket>();
  private nextFd = 1000;
  private nextIndex = 2;

  constructor(private readonly options: FakeKernelOptions) {
    this.mctp = new FakeMctp(this.state, options.clock, options.isNew === true);
    this.mangle = options.mangle ?? ((datagrams) => datagrams);
    this.ops = this.makeOps();
    this.add(
      newLink(1, 'lo', { loopback: true, address: new Uint8Array(6), mtu: 65536, maxMtu: 0, up: true }),
    );
  }

  get openDescriptors(): number {
    return this.sockets.size;
  }

  /** A device appears, up unless `given` says otherwise. */
  async plug(
    name: string,
    given: Partial<FakeLink> & { readonly bus?: LoopbackBus } = {},
  ): Promise<FakeLink> {
    const { bus, ...rest } = given;
    const link = newLink(this.nextIndex++, name, { up: true, ...rest });
    if (bus !== undefined) {
      const port = bus.attach(link.address[0] ?? 0x10);
      link.port = port;
      await port.open({
        packet: (packet, source) => this.mctp.packet(link, packet, source),
        ...{ writable: () => undefined, up: () => undefined, drop: () => undefined },
      });
    }
    this.add(link);
    this.event(16, this.linkEvent(link));
    return link;
  }

  /** What attaching N_MCTP makes: down, the lowest free number. */
  plugSerial(): FakeLink {
    const names = new Set([...this.state.links.values()].map(({ name }) => name));
    let number = 0;
    while (names.has(`mctpserial${number}`)) number++;
    const link = newLink(this.nextIndex++, `mctpserial${number}`);
    this.add(link);
    this.event(16, this.linkEvent(link));
    return link;
  }

  /** The device is gone, with its addresses, routes and neighbours. */
  unplug(link: FakeLink): void {
    this.state.links.delete(link.index);
    this.state.routes = this.state.routes.filter((route) => route.link !== link.index);
    this.state.neighbours = this.state.neighbours.filter((each) => each.link !== link.index);
    this.event(17, this.linkEvent(link));
  }

  /** What `ip` or `mctp` would change. */
  set(link: FakeLink, what: Partial<Pick<FakeLink, 'name' | 'network' | 'up' | 'mtu' | 'eids'>>): void {
    Object.assign(link, what);
    this.event(16, this.linkEvent(link));
  }

  /** The monitor's buffer has run over: what was in it is lost. */
  overrun(): void {
    for (const socket of this.sockets.values()) {
      if (socket.groups.size === 0) continue;
      socket.inbox.length = 0;
      socket.receive(-ENOBUFS);
    }
  }

  /** Bytes for everybody who listens to links. */
  event(type: number, payload: Buffer): void {
    const group = type === 20 || type === 21 ? 34 : 1;
    for (const socket of this.sockets.values()) {
      if (socket.groups.has(group)) this.answer(socket, [message(type, 0, 0, payload)]);
    }
  }

  /** `/sys`, as far as it is asked. */
  readonly sysfs: SysfsLookup = {
    devicePath: (name) => [...this.state.links.values()].find((link) => link.name === name)?.devicePath,
    attribute: () => undefined,
  };

  private add(link: FakeLink): void {
    this.state.links.set(link.index, link);
  }

  private linkEvent(link: FakeLink): Buffer {
    return linkBody(link, this.abilities(), 0);
  }

  private abilities(): Abilities {
    return { admin: this.options.may?.admin !== false, isNew: this.options.isNew === true };
  }

  private netlink(socket: FakeSocket, bytes: Buffer): void {
    const type = bytes.readUInt16LE(4);
    const flags = bytes.readUInt16LE(6);
    const sequence = bytes.readUInt32LE(8);
    const body = bytes.subarray(16, bytes.readUInt32LE(0));
    this.asked.push(`${type} ${flags.toString(16)}`);
    this.before(type);
    const table = (flags & 0x300) === 0x300 ? dump(this.state, type, this.abilities()) : undefined;
    if (table !== undefined) {
      const [kind, payloads] = table;
      const parts = payloads.map((payload) => message(kind, 2, sequence, payload));
      this.answer(socket, [Buffer.concat(parts), message(3, 2, sequence, Buffer.alloc(4))]);
      return;
    }
    const refused = this.refusals.shift();
    const result: Answer =
      typeof refused === 'number'
        ? { errno: refused }
        : (refused ?? change(this.state, type, body, this.abilities()));
    const code = Buffer.alloc(4);
    code.writeInt32LE(-result.errno);
    const said = result.text === undefined ? undefined : text(result.text);
    const echo = result.errno === 0 ? bytes.subarray(0, 16) : bytes;
    const ackFlags = (result.errno === 0 ? 0x100 : 0) | (said === undefined ? 0 : 0x200);
    const payload = Buffer.concat([code, echo, said ?? Buffer.alloc(0)]);
    this.answer(socket, [message(2, ackFlags, sequence, payload)]);
    if (result.event !== undefined) this.event(...result.event);
  }

  private answer(socket: FakeSocket, datagrams: Buffer[]): void {
    const address = Buffer.from([16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    for (const bytes of this.mangle(datagrams)) {
      socket.receive(typeof bytes === 'number' ? bytes : { bytes, address });
    }
  }

  private makeOps(): DatagramOps {
    const { may, hasMctp = true } = this.options;
    const of = (fd: number): FakeSocket => {
      const socket = this.sockets.get(fd);
      if (socket === undefined) throw new Error(`EBADF: ${fd}`);
      return socket;
    };
    const close = (fd: number): void => {
      const socket = this.sockets.get(fd);
      if (socket?.family === 45) this.mctp.close(socket);
      this.sockets.delete(fd);
    };
    return {
      socket: (family) => {
        if (family === 45 && !hasMctp) return -EAFNOSUPPORT;
        if (family === 45 && this.noSocket !== undefined) return this.noSocket;
        const socket = new FakeSocket(family);
        this.sockets.set(this.nextFd, socket);
        if (family === 45) this.mctp.open(socket);
        return this.nextFd++;
      },
      bind: (fd, address) => {
        if (of(fd).family !== 45) return 0;
        return may?.bind === false ? -EACCES : this.mctp.bind(of(fd), Buffer.from(address));
      },
      connect: (fd, address) => {
        if (this.options.isNew !== true) return -EOPNOTSUPP;
        of(fd).peer = address[8];
        return 0;
      },
      send: (fd, bytes, address) => {
        const socket = of(fd);
        if (socket.family === 45) this.before('sendto');
        if (socket.family !== 45) this.netlink(socket, Buffer.from(bytes));
        else if (may?.raw === false) return -EACCES;
        else return this.mctp.send(socket, bytes, Buffer.from(address ?? []));
        return bytes.length;
      },
      recv: (fd, into): Received | number => {
        const next = of(fd).inbox.shift();
        if (next === undefined) return -EAGAIN;
        if (typeof next === 'number') return next;
        into.set(next.bytes);
        return [next.bytes.length, 0, Uint8Array.from(next.address)];
      },
      getsockopt: () => -EOPNOTSUPP,
      setsockopt: (fd, level, option, value) => {
        if (level === 285 && option === 1) of(fd).extended = true;
        if (level === 270 && option === 1) of(fd).groups.add(value[0] ?? 0);
        return 0;
      },
      getsockname: () => -EOPNOTSUPP,
      ioctl: (fd, request, argument) => this.mctp.ioctl(of(fd), request, argument),
      closeFd: (fd) => {
        close(fd);
        return 0;
      },
      FdWatcher: class extends FakeFdWatcher {
        constructor(fd: number, callback: WatcherCallback) {
          super(of(fd), callback, () => close(fd));
          of(fd).watcher = this;
        }
      },
    };
  }
}

function message(type: number, flags: number, sequence: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(16);
  head.writeUInt32LE(16 + payload.length, 0);
  head.writeUInt16LE(type, 4);
  head.writeUInt16LE(flags, 6);
  head.writeUInt32LE(sequence, 8);
  return Buffer.concat([head, payload, Buffer.alloc((4 - (payload.length % 4)) % 4)]);
}

/** NLMSGERR_ATTR_MSG. */
function text(words: string): Buffer {
  const data = Buffer.from(`${words}\0`);
  const head = Buffer.alloc(4);
  head.writeUInt16LE(4 + data.length, 0);
  head.writeUInt16LE(1, 2);
  return Buffer.concat([head, data, Buffer.alloc((4 - (data.length % 4)) % 4)]);
}
