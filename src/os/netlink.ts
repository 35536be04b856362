import { type DatagramOps, DatagramSocket } from './datagram-socket';
import { Errno } from './errno';
import { int32, LITTLE_ENDIAN, viewOf } from './native-order';

export const AF_NETLINK = 16;
const SOCK_RAW = 3;
const NETLINK_ROUTE = 0;
const SOL_NETLINK = 270;
const HEADER = 16;

/** Options at SOL_NETLINK. */
export const NetlinkOption = { addMembership: 1, extendedAck: 11, strictCheck: 12 } as const;

const KIND = { family: AF_NETLINK, type: SOCK_RAW, protocol: NETLINK_ROUTE, title: 'NETLINK_ROUTE' };

/** nlmsghdr and what follows it. */
export interface NetlinkMessage {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  /** Port id: the requester's in a reply, 0 from the kernel itself. */
  readonly port: number;
  readonly payload: Uint8Array;
}

export interface NetlinkListener {
  message(message: NetlinkMessage): void;
  /**
   * Positive errno. ENOBUFS: messages were lost, and everything must be dumped again. EBADMSG: the rest of a datagram, whose
   * beginning has been told, is damaged.
   */
  failed(errno: number): void;
}

/** An rtnetlink socket. Which messages there are is for its user. */
export class NetlinkSocket {
  private readonly socket: DatagramSocket;
  private open = true;

  private constructor(
    ops: DatagramOps,
    private readonly listener: NetlinkListener,
  ) {
    this.socket = DatagramSocket.open(ops, KIND, {
      message: (bytes, from) => this.receive(bytes, from),
      failed: (errno) => listener.failed(errno),
    });
  }

  /** Opens and binds to a port of the kernel's choice. Throws MctpError 'not-supported' without netlink. */
  static open(ops: DatagramOps, listener: NetlinkListener): NetlinkSocket {
    const netlink = new NetlinkSocket(ops, listener);
    try {
      netlink.socket.bind(encodeNetlinkAddress());
    } catch (error) {
      netlink.close();
      throw error;
    }
    return netlink;
  }

  setOption(option: number, value: number): void {
    this.socket.setOption(SOL_NETLINK, option, int32(value));
  }

  /** Joins a multicast group (RTNLGRP_...). */
  join(group: number): void {
    this.setOption(NetlinkOption.addMembership, group);
  }

  /** Sends one message to the kernel: bytes sent, or a negative errno. */
  send(message: Omit<NetlinkMessage, 'port'>): number {
    return this.socket.send(encodeNetlinkMessage(message), encodeNetlinkAddress());
  }

  unref(): void {
    this.socket.unref();
  }

  close(): void {
    this.open = false;
    this.socket.close();
  }

  private receive(bytes: Uint8Array, from: Uint8Array | undefined): void {
    // Another process may send to our port; only the kernel (port 0) is believed.
    if (from === undefined || senderPort(from) !== 0) return;
    const { messages, damaged } = decodeNetlinkMessages(bytes);
    // The listener may close us in the middle of a datagram.
    for (const message of messages) if (this.open) this.listener.message(message);
    if (damaged && this.open) this.listener.failed(Errno.EBADMSG);
  }
}

/** sockaddr_nl, 12 bytes; port 0 is the kernel, or "choose for me" when binding. */
export function encodeNetlinkAddress(port = 0, groups = 0): Uint8Array {
  const bytes = new Uint8Array(12);
  const view = viewOf(bytes);
  view.setUint16(0, AF_NETLINK, LITTLE_ENDIAN);
  view.setUint32(4, port, LITTLE_ENDIAN);
  view.setUint32(8, groups, LITTLE_ENDIAN);
  return bytes;
}

function senderPort(address: Uint8Array): number | undefined {
  return address.length < 12 ? undefined : viewOf(address).getUint32(4, LITTLE_ENDIAN);
}

export function encodeNetlinkMessage(message: Omit<NetlinkMessage, 'port'>): Uint8Array {
  const bytes = new Uint8Array(HEADER + message.payload.length);
  const view = viewOf(bytes);
  view.setUint32(0, bytes.length, LITTLE_ENDIAN);
  view.setUint16(4, message.type, LITTLE_ENDIAN);
  view.setUint16(6, message.flags, LITTLE_ENDIAN);
  view.setUint32(8, message.sequence, LITTLE_ENDIAN);
  bytes.set(message.payload, HEADER);
  return bytes;
}

/** Every whole message of a datagram, each starting on a multiple of four, and whether there is a damaged rest. */
export function decodeNetlinkMessages(bytes: Uint8Array): {
  readonly messages: readonly NetlinkMessage[];
  readonly damaged: boolean;
} {
  const messages: NetlinkMessage[] = [];
  const view = viewOf(bytes);
  let at = 0;
  while (at + HEADER <= bytes.length) {
    const length = view.getUint32(at, LITTLE_ENDIAN);
    if (length < HEADER || at + length > bytes.length) break;
    messages.push({
      type: view.getUint16(at + 4, LITTLE_ENDIAN),
      flags: view.getUint16(at + 6, LITTLE_ENDIAN),
      sequence: view.getUint32(at + 8, LITTLE_ENDIAN),
      port: view.getUint32(at + 12, LITTLE_ENDIAN),
      payload: bytes.slice(at + HEADER, at + length),
    });
    at += (length + 3) & ~3;
  }
  return { messages, damaged: at < bytes.length };
}
