import type { Clock } from '../../../src/base/clock';
import type { FakeLink, FakeState } from './state';

const EBUSY = 16;
const EINVAL = 22;
const ENOENT = 2;
const ENOTTY = 25;
const EHOSTUNREACH = 113;
const EADDRINUSE = 98;
const ANY = 255;
const TAG_LIFETIME_MS = 6000;
const PIECE = 64;

/** A datagram and the address it comes with. */
export interface Datagram {
  readonly bytes: Buffer;
  readonly address: Buffer;
}

export interface FakeMctpSocket {
  extended: boolean;
  bound: { readonly network: number; readonly eid: number; readonly type: number } | undefined;
  /** Whose requests alone the bind claims; newer kernels. */
  peer?: number | undefined;
  receive(datagram: Datagram): void;
}

interface Key {
  readonly socket: FakeMctpSocket;
  readonly local: number;
  readonly peer: number;
  readonly tag: number;
  readonly prealloc: boolean;
  expires: number;
}

/** AF_MCTP of the fake kernel: tags, binds, and packets of 64 bytes on the port of a link. */
export class FakeMctp {
  private keys: Key[] = [];
  private readonly sockets = new Set<FakeMctpSocket>();
  private readonly partial = new Map<string, Buffer>();
  /** Messages that left, as `link eid tag-byte hex`. */
  readonly sent: string[] = [];

  constructor(
    private readonly state: FakeState,
    private readonly clock: Clock,
    private readonly isNew: boolean,
  ) {}

  /** Tags in use at the moment. */
  get tagsInUse(): number {
    return this.live().length;
  }

  open(socket: FakeMctpSocket): void {
    this.sockets.add(socket);
  }

  close(socket: FakeMctpSocket): void {
    this.sockets.delete(socket);
    this.keys = this.keys.filter((key) => key.socket !== socket);
  }

  /** Another program binds a type, as mctpd does. @returns its end */
  hold(type: number): () => void {
    const other = {
      ...{ extended: false, bound: { network: 0, eid: ANY, type } },
      receive: () => undefined,
    };
    this.open(other);
    return () => this.close(other);
  }

  /** Ascending; a type is there once for each socket that has it. */
  get boundTypes(): readonly number[] {
    return [...this.sockets].flatMap(({ bound }) => bound?.type ?? []).sort((a, b) => a - b);
  }

  get openSockets(): number {
    return this.sockets.size;
  }

  /** Something that no kernel sends comes to every socket. */
  inject(datagram: Datagram): void {
    for (const socket of this.sockets) socket.receive(datagram);
  }

  bind(socket: FakeMctpSocket, address: Buffer): number {
    if (address.length < 12) return -EINVAL;
    const wanted = { network: address.readUInt32LE(4), eid: address[8] ?? 0, type: (address[9] ?? 0) & 0x7f };
    const isSame = ({ bound, peer }: FakeMctpSocket): boolean =>
      bound !== undefined &&
      peer === socket.peer &&
      bound.network === wanted.network &&
      bound.eid === wanted.eid &&
      bound.type === wanted.type;
    if (socket.bound !== undefined || [...this.sockets].some(isSame)) return -EADDRINUSE;
    socket.bound = wanted;
    return 0;
  }

  /** SIOCMCTPALLOCTAG, version 2 where there is one. */
  ioctl(socket: FakeMctpSocket, request: number, argument: Uint8Array | null): number {
    const isSecond = request === 0x89e2;
    if (argument === null || (request !== 0x89e0 && !isSecond)) return -ENOTTY;
    if (isSecond && !this.isNew) return -EINVAL;
    const peer = argument[isSecond ? 4 : 0] ?? 0;
    const at = isSecond ? 8 : 1;
    if ((argument[at] ?? 0) !== 0) return -EINVAL;
    const tag = this.freeTag(ANY, peer);
    if (tag === undefined) return -EBUSY;
    this.keys.push({ socket, local: ANY, peer, tag, prealloc: true, expires: Infinity });
    argument[at] = 0x18 | tag;
    return 0;
  }

  send(socket: FakeMctpSocket, payload: Uint8Array, address: Buffer): number {
    if (address.length < 12 || address.readUInt16LE(0) !== 45 || address.readUInt16LE(2) !== 0)
      return -EINVAL;
    const tagByte = address[10] ?? 0;
    if ((tagByte & 0xe0) !== 0 || (tagByte & 0x18) === 0x10) return -EINVAL;
    const eid = address[8] ?? 0;
    const network = address.readUInt32LE(4) === 0 ? 1 : address.readUInt32LE(4);
    const way = this.way(socket, network, eid, address);
    if (typeof way === 'number') return way;
    const source = way.link.eids[0];
    if (source === undefined) return -EHOSTUNREACH;
    const message = Buffer.concat([Buffer.of(address[9] ?? 0), payload]);
    const tag = this.tagFor(socket, { tagByte, source, peer: eid === 0 ? ANY : eid });
    if (tag < 0) return tag;
    const flags = (tagByte & 8) | tag;
    this.sent.push(`${way.link.name} ${eid} ${flags.toString(16)} ${message.toString('hex')}`);
    if (way.isOwn === true)
      this.complete(way.link, { source: eid, destination: eid, flags }, message, undefined);
    else if (way.link.up) this.transmit(way, { eid, source, flags }, message);
    return payload.length;
  }

  /** A packet from the port of a link. */
  packet(link: FakeLink, bytes: Uint8Array, physical: Uint8Array): void {
    const [version, destination = 0, source = 0, flags = 0] = bytes;
    if (version !== 1 || !link.up || (source > 0 && source < 8) || source === ANY) return;
    const isOurs = destination === 0 ? link.eids.length > 0 : link.eids.includes(destination);
    if (!isOurs) return;
    const context = `${link.index} ${source} ${flags & 0x0f}`;
    const before = (flags & 0x80) !== 0 ? Buffer.alloc(0) : this.partial.get(context);
    if (before === undefined) return;
    const message = Buffer.concat([before, bytes.subarray(4)]);
    if ((flags & 0x40) === 0) this.partial.set(context, message);
    else {
      this.partial.delete(context);
      this.complete(link, { source, destination, flags: flags & 0x0f }, message, physical);
    }
  }

  private way(
    socket: FakeMctpSocket,
    network: number,
    eid: number,
    address: Buffer,
  ): { readonly link: FakeLink; readonly address: Uint8Array; readonly isOwn?: boolean } | number {
    if (!socket.extended || address.length < 52) {
      const own = this.state.linkOf(network, eid);
      if (own !== undefined) {
        const isHeard = this.boundTo(own, eid, Buffer.of(address[9] ?? 0)) !== undefined;
        return isHeard ? { link: own, address: new Uint8Array(0), isOwn: true } : -ENOENT;
      }
      return this.state.wayTo(network, eid) ?? -EHOSTUNREACH;
    }
    const link = this.state.links.get(address.readInt32LE(12));
    const length = address[16] ?? 0;
    if (link === undefined || length !== link.address.length) return -EINVAL;
    return { link, address: Uint8Array.from(address.subarray(20, 20 + length)) };
  }

  /** The value, or a negative errno. */
  private tagFor(
    socket: FakeMctpSocket,
    wanted: { readonly tagByte: number; readonly source: number; readonly peer: number },
  ): number {
    const { tagByte, source, peer } = wanted;
    const value = tagByte & 7;
    if ((tagByte & 8) === 0) return value;
    if ((tagByte & 0x10) !== 0) {
      const has = this.keys.some((key) => key.socket === socket && key.prealloc && key.tag === value);
      return has ? value : -ENOENT;
    }
    const tag = this.freeTag(source, peer);
    if (tag === undefined) return -EBUSY;
    const expires = this.clock.now() + TAG_LIFETIME_MS;
    this.keys.push({ socket, local: source, peer, tag, prealloc: false, expires });
    return tag;
  }

  private freeTag(local: number, peer: number): number | undefined {
    const used = this.live().filter(
      (key) =>
        (key.peer === peer || key.peer === ANY) &&
        (key.local === local || key.local === ANY || local === ANY),
    );
    return [0, 1, 2, 3, 4, 5, 6, 7].find((tag) => !used.some((key) => key.tag === tag));
  }

  private live(): Key[] {
    this.keys = this.keys.filter(({ expires }) => expires > this.clock.now());
    return this.keys;
  }

  private transmit(
    { link, address }: { readonly link: FakeLink; readonly address: Uint8Array },
    { eid, source, flags }: { readonly eid: number; readonly source: number; readonly flags: number },
    message: Buffer,
  ): void {
    const count = Math.max(1, Math.ceil(message.length / PIECE));
    for (let piece = 0; piece < count; piece++) {
      const ends = (piece === 0 ? 0x80 : 0) | (piece === count - 1 ? 0x40 : 0);
      const head = Buffer.of(1, eid, source, ends | ((piece & 3) << 4) | flags);
      const packet = Buffer.concat([head, message.subarray(piece * PIECE, (piece + 1) * PIECE)]);
      // A serial line has one peer, which the bus below knows as 0.
      link.port?.send(packet, address.length === 0 ? Uint8Array.of(0) : address);
    }
  }

  private complete(
    link: FakeLink,
    head: { readonly source: number; readonly destination: number; readonly flags: number },
    message: Buffer,
    /** `undefined`: from ourselves, which has none, extended addresses or not. */
    physical: Uint8Array | undefined,
  ): void {
    const { source, flags } = head;
    const isRequest = (flags & 8) !== 0;
    const target = isRequest ? this.boundTo(link, source, message) : this.asker(head);
    if (target === undefined) return;
    const isExtended = target.extended && physical !== undefined;
    const address = Buffer.alloc(isExtended ? 52 : 12);
    address.writeUInt16LE(45, 0);
    address.writeUInt32LE(link.network, 4);
    address.set([source, message[0] ?? 0, flags], 8);
    if (isExtended) {
      address.writeInt32LE(link.index, 12);
      address[16] = link.address.length;
      if (link.address.length > 0) address.set(physical, 20);
    }
    target.receive({ bytes: message.subarray(1), address });
  }

  /** The one for the one source wins. */
  private boundTo(link: FakeLink, source: number, message: Buffer): FakeMctpSocket | undefined {
    const type = (message[0] ?? 0) & 0x7f;
    const fits = [...this.sockets].filter(
      ({ bound }) => bound?.type === type && (bound.network === 0 || bound.network === link.network),
    );
    return fits.find(({ peer }) => peer === source) ?? fits.find(({ peer }) => peer === undefined);
  }

  /** The answer to a request to EID 0 leaves its tag taken until the 6 s are over. */
  private asker(head: {
    readonly source: number;
    readonly destination: number;
    readonly flags: number;
  }): FakeMctpSocket | undefined {
    const { source, destination, flags } = head;
    const key = this.live().find(
      (each) =>
        each.tag === (flags & 7) &&
        (each.peer === source || each.peer === ANY) &&
        (each.local === destination || each.local === ANY || destination === 0),
    );
    if (key !== undefined && !key.prealloc && key.peer !== ANY) {
      this.keys = this.keys.filter((each) => each !== key);
    }
    return key?.socket;
  }
}
