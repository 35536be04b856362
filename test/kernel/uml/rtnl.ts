import { errnoName } from '../../../src/os/errno';
import { loadNative } from '../../../src/os/native-module';
import { LITTLE_ENDIAN, viewOf } from '../../../src/os/native-order';
import { NetlinkSocket, type NetlinkMessage } from '../../../src/os/netlink';
import { within } from '../../support/within';

const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const REQUEST = 1;
const REQUEST_ACK = 5;
const REQUEST_DUMP = 0x301;
const AF_MCTP = 45;
const IFF_UP = 1;

interface Pending {
  readonly replies: Uint8Array[];
  settle(errno: number): void;
}

/**
 * `ip link` and `mctp` for the tests: what an administrator does to the kernel's links. Written from kernel.md's bytes
 * and not with the codecs of `src/kernel`, which it is there to try.
 */
export class Rtnl implements Disposable {
  private readonly socket: NetlinkSocket;
  private pending: Pending | undefined;
  private sequence = 0;

  constructor() {
    this.socket = NetlinkSocket.open(loadNative(), {
      message: (message) => this.message(message),
      failed: (errno) => this.pending?.settle(errno),
    });
  }

  async up(link: number, isUp = true): Promise<void> {
    await this.change(16, ifinfo(link, isUp ? IFF_UP : 0, IFF_UP));
  }

  /** Asks for no acknowledgement, so that any number goes out in one turn. */
  upUnanswered(link: number, isUp: boolean): void {
    const payload = ifinfo(link, isUp ? IFF_UP : 0, IFF_UP);
    const sent = this.socket.send({ type: 16, flags: REQUEST, sequence: ++this.sequence, payload });
    if (sent < 0) throw new Error(`rtnetlink 16: ${errnoName(sent)}`);
  }

  /** Packets that may wait for the driver; 1000 unless changed. */
  async transmitQueue(link: number, packets: number): Promise<void> {
    await this.change(16, Buffer.concat([ifinfo(link, 0, 0), attribute(13, u32(packets))]));
  }

  async network(link: number, network: number): Promise<void> {
    const nested = attribute(0x8000 | AF_MCTP, attribute(1, u32(network)));
    await this.change(16, Buffer.concat([ifinfo(link, 0, 0), attribute(0x8000 | 26, nested)]));
  }

  async addEid(link: number, eid: number): Promise<void> {
    await this.change(20, Buffer.concat([family(8, { at: 4, link }), attribute(2, Uint8Array.of(eid))]));
  }

  async addRoute(link: number, eid: number): Promise<void> {
    const head = family(12);
    head[7] = 1;
    await this.change(24, Buffer.concat([head, attribute(1, Uint8Array.of(eid)), attribute(4, u32(link))]));
  }

  /** Routes to others: `9 via 3 mtu 68`, `20-29 via 3 mtu 0`. */
  async routes(): Promise<string[]> {
    const replies = await this.dump(26, family(12));
    return replies.flatMap((reply) => {
      // Type 2 are the local ones.
      if (reply[0] !== AF_MCTP || reply[7] !== 1) return [];
      const found = attributes(reply.subarray(12));
      const first = found.get(1)?.[0] ?? 0;
      const extent = reply[1] ?? 0;
      const mtu = attributes(found.get(8) ?? new Uint8Array(0)).get(2);
      const range = extent === 0 ? String(first) : `${first}-${first + extent}`;
      return [`${range} via ${readU32(found.get(4))} mtu ${readU32(mtu)}`];
    });
  }

  /** Our EIDs on a link. */
  async eids(link: number): Promise<number[]> {
    const replies = await this.dump(22, family(8, { at: 4, link }));
    return replies.flatMap((reply) => {
      const isTheirs = reply[0] === AF_MCTP && viewOf(reply).getUint32(4, LITTLE_ENDIAN) === link;
      return isTheirs ? [attributes(reply.subarray(8)).get(2)?.[0] ?? 0] : [];
    });
  }

  [Symbol.dispose](): void {
    this.socket.close();
  }

  private async change(type: number, payload: Uint8Array): Promise<void> {
    const { errno } = await this.ask(type, REQUEST_ACK, payload);
    if (errno !== 0) throw new Error(`rtnetlink ${type}: ${errnoName(errno)}`);
  }

  private async dump(type: number, payload: Uint8Array): Promise<readonly Uint8Array[]> {
    const { errno, replies } = await this.ask(type, REQUEST_DUMP, payload);
    if (errno !== 0) throw new Error(`rtnetlink ${type}: ${errnoName(errno)}`);
    return replies;
  }

  private ask(
    type: number,
    flags: number,
    payload: Uint8Array,
  ): Promise<{ errno: number; replies: readonly Uint8Array[] }> {
    if (this.pending !== undefined) throw new Error('one request at a time');
    const answer = new Promise<{ errno: number; replies: readonly Uint8Array[] }>((resolve) => {
      const replies: Uint8Array[] = [];
      const settle = (errno: number): void => {
        this.pending = undefined;
        resolve({ errno, replies });
      };
      this.pending = { replies, settle };
      const sent = this.socket.send({ type, flags, sequence: ++this.sequence, payload });
      if (sent < 0) settle(-sent);
    });
    return within(`rtnetlink ${type}`, answer);
  }

  private message({ type, sequence, payload }: NetlinkMessage): void {
    if (sequence !== this.sequence) return;
    if (type === NLMSG_ERROR) this.pending?.settle(-viewOf(payload).getInt32(0, LITTLE_ENDIAN));
    else if (type === NLMSG_DONE) this.pending?.settle(0);
    else this.pending?.replies.push(payload);
  }
}

function ifinfo(link: number, flags: number, change: number): Uint8Array {
  const bytes = new Uint8Array(16);
  const view = viewOf(bytes);
  view.setInt32(4, link, LITTLE_ENDIAN);
  view.setUint32(8, flags, LITTLE_ENDIAN);
  view.setUint32(12, change, LITTLE_ENDIAN);
  return bytes;
}

/** A structure of the MCTP family that begins with the family, and has the link somewhere. */
function family(size: number, place?: { readonly at: number; readonly link: number }): Uint8Array {
  const bytes = new Uint8Array(size);
  bytes[0] = AF_MCTP;
  if (place !== undefined) viewOf(bytes).setUint32(place.at, place.link, LITTLE_ENDIAN);
  return bytes;
}

function attribute(type: number, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array((4 + data.length + 3) & ~3);
  viewOf(bytes).setUint16(0, 4 + data.length, LITTLE_ENDIAN);
  viewOf(bytes).setUint16(2, type, LITTLE_ENDIAN);
  bytes.set(data, 4);
  return bytes;
}

function attributes(bytes: Uint8Array): Map<number, Uint8Array> {
  const found = new Map<number, Uint8Array>();
  for (let at = 0; at + 4 <= bytes.length;) {
    const length = viewOf(bytes).getUint16(at, LITTLE_ENDIAN);
    if (length < 4) break;
    found.set(viewOf(bytes).getUint16(at + 2, LITTLE_ENDIAN) & 0x3fff, bytes.slice(at + 4, at + length));
    at += (length + 3) & ~3;
  }
  return found;
}

function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  viewOf(bytes).setUint32(0, value, LITTLE_ENDIAN);
  return bytes;
}

function readU32(bytes: Uint8Array | undefined): number {
  return bytes === undefined ? 0 : viewOf(bytes).getUint32(0, LITTLE_ENDIAN);
}
