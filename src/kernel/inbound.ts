import { describeError } from '../base/errors';
import type { Subscription } from '../base/events';
import type { Log } from '../base/log';
import { Listeners } from '../core/listeners';
import type { Incoming } from '../core/net';
import { TAG_OWNER, type MctpSocketAddress } from '../os/mctp-address';
import type { MctpSocket } from '../os/mctp-socket';
import type { KernelAccess } from '../os/kernel-access';

const NETWORK_ANY = 0;
/** As an address to bind: any EID of ours. */
const EID_ANY = 0xff;

export interface InboundParts {
  readonly access: KernelAccess;
  readonly log: Log;
  readonly onDefect: (error: unknown) => void;
  readonly incoming: (bytes: Uint8Array, from: MctpSocketAddress) => Incoming | undefined;
}

/** Incoming requests: one bound socket per message type that somebody listens to, and nothing in advance (R-DEMUX-46). */
export class Inbound {
  private readonly listeners: Listeners;
  private readonly wanted = new Map<number, number>();
  private readonly sockets = new Map<number, MctpSocket>();
  private active = false;

  constructor(private readonly parts: InboundParts) {
    this.listeners = new Listeners(parts.onDefect);
  }

  listen(type: number, handler: (incoming: Incoming) => boolean, priority: number): Subscription {
    const heard = this.listeners.add(type, handler, priority);
    this.wanted.set(type, (this.wanted.get(type) ?? 0) + 1);
    this.bind(type);
    let listening = true;
    return {
      unsubscribe: () => {
        heard.unsubscribe();
        if (listening) this.leave(type);
        listening = false;
      },
    };
  }

  /** There is a link to hear something on: before that no type is taken from anybody. Idempotent. */
  start(): void {
    if (this.active) return;
    this.active = true;
    for (const type of this.wanted.keys()) this.bind(type);
  }

  close(): void {
    this.active = false;
    for (const socket of this.sockets.values()) socket.close();
    this.sockets.clear();
  }

  private leave(type: number): void {
    const left = (this.wanted.get(type) ?? 1) - 1;
    if (left > 0) {
      this.wanted.set(type, left);
      return;
    }
    this.wanted.delete(type);
    this.sockets.get(type)?.close();
    this.sockets.delete(type);
  }

  /** A type that somebody else has, or that we may not bind, stays unheard here; the other backend goes on. */
  private bind(type: number): void {
    if (!this.active || this.sockets.has(type)) return;
    const { access, log } = this.parts;
    let socket: MctpSocket | undefined;
    try {
      socket = access.openMctp({
        message: (bytes, from) => {
          if ((from.tag & TAG_OWNER) === 0) return;
          const incoming = this.parts.incoming(bytes, from);
          if (incoming !== undefined) this.listeners.offer(incoming);
        },
        failed: (errno) =>
          log.warn('a request from a link of the kernel is lost', { messageType: type, errno }),
      });
      socket.useExtendedAddresses();
      socket.bind({ network: NETWORK_ANY, eid: EID_ANY, type });
      this.sockets.set(type, socket);
    } catch (error) {
      socket?.close();
      const cause = `${describeError(error)}; binding needs CAP_NET_BIND_SERVICE, and no other program (mctpd?) that has the type`;
      log.error('requests of this type are not heard on links of the kernel', { messageType: type, cause });
    }
  }
}
