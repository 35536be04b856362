import { describeCause, isMctpError, type MctpError } from '../base/errors';
import type { Subscription } from '../base/events';
import type { Log } from '../base/log';
import { Listeners } from '../core/listeners';
import type { Incoming, ListenOptions } from '../core/net';
import { TAG_OWNER, type MctpSocketAddress } from '../os/mctp-address';
import type { MctpSocket } from '../os/mctp-socket';
import { openExtended, type KernelAccess } from '../os/kernel-access';
import { bindFailure } from '../os/kernel-errors';

/** As others bind, or the kernel would take ours for another one and give the messages to the last who came. */
const NETWORK_ANY = 0;
/** As an address to bind: any EID of ours. */
const EID_ANY = 0xff;

export interface InboundParts {
  readonly access: KernelAccess;
  readonly log: Log;
  readonly onDefect: (error: unknown) => void;
  readonly incoming: (bytes: Uint8Array, from: MctpSocketAddress) => Incoming | undefined;
}

/**
 * Incoming requests: one bound socket per message type that somebody listens to in a network of the kernel, and nothing in
 * advance (R-DEMUX-46).
 */
export class Inbound {
  private readonly listeners: Listeners;
  private readonly wanted = new Map<number, Set<ListenOptions>>();
  private readonly sockets = new Map<number, MctpSocket>();
  /** Types that could not be bound, as the log knows. */
  private readonly told = new Set<number>();
  private networks: ReadonlySet<number> = new Set();

  constructor(private readonly parts: InboundParts) {
    this.listeners = new Listeners(parts.onDefect);
  }

  /** @throws MctpError as `Net.listen` */
  listen(
    type: number,
    handler: (incoming: Incoming) => boolean,
    priority: number,
    options: ListenOptions = {},
  ): Subscription {
    const one = { ...options };
    const failure = this.isNeeded(one) ? this.bind(type) : undefined;
    if (failure !== undefined && one.refused !== undefined) throw failure;
    const heard = this.listeners.add(type, handler, priority, one.network);
    this.wanted.set(type, (this.wanted.get(type) ?? new Set()).add(one));
    return {
      unsubscribe: () => {
        heard.unsubscribe();
        this.leave(type, one);
      },
    };
  }

  /** Links have come, gone, or changed networks. @param networks those that have a link now */
  linksChanged(networks: ReadonlySet<number>): void {
    this.networks = networks;
    for (const [type, all] of [...this.wanted]) {
      const needing = [...all].filter((one) => this.isNeeded(one));
      const failure = needing.length > 0 ? this.bind(type) : undefined;
      if (needing.length === 0) this.release(type);
      if (failure === undefined) continue;
      for (const one of needing) if (one.refused !== undefined && all.delete(one)) one.refused(failure);
      if (all.size === 0) this.wanted.delete(type);
    }
  }

  close(): void {
    this.networks = new Set();
    for (const type of [...this.sockets.keys()]) this.release(type);
  }

  private leave(type: number, one: ListenOptions): void {
    const all = this.wanted.get(type);
    if (all?.delete(one) !== true) return;
    if (all.size === 0) this.wanted.delete(type);
    if (![...all].some((each) => this.isNeeded(each))) this.release(type);
  }

  private isNeeded({ network }: ListenOptions): boolean {
    return network === undefined ? this.networks.size > 0 : this.networks.has(network);
  }

  private release(type: number): void {
    this.sockets.get(type)?.close();
    this.sockets.delete(type);
  }

  /** Why it cannot be bound; `undefined`: it is. */
  private bind(type: number): MctpError | undefined {
    if (this.sockets.has(type)) return undefined;
    try {
      this.sockets.set(type, this.open(type));
      this.told.delete(type);
      return undefined;
    } catch (error) {
      const cause = bindFailure(error, type);
      if (!isMctpError(cause)) throw error;
      // Whoever asks again and again must not fill the log.
      if (!this.told.has(type)) this.tell(type, cause);
      return cause;
    }
  }

  private open(type: number): MctpSocket {
    const { access, log } = this.parts;
    const socket = openExtended(access, {
      message: (bytes, from) => {
        if ((from.tag & TAG_OWNER) === 0) return;
        const incoming = this.parts.incoming(bytes, from);
        if (incoming !== undefined) this.listeners.offer(incoming);
      },
      failed: (errno) =>
        log.warn('a request from a link of the kernel is lost', { messageType: type, errno }),
    });
    try {
      socket.bind({ network: NETWORK_ANY, eid: EID_ANY, type });
    } catch (error) {
      socket.close();
      throw error;
    }
    return socket;
  }

  private tell(messageType: number, cause: MctpError): void {
    this.told.add(messageType);
    const fields = { messageType, cause: describeCause(cause) };
    this.parts.log.error('requests of this type are not heard on links of the kernel', fields);
  }
}
