import type { Clock, Timer } from '../base/clock';
import { describeCause, isMctpError, type ErrorCode, type MctpError } from '../base/errors';
import type { Subscription } from '../base/events';
import type { Log } from '../base/log';
import { Listeners } from '../core/listeners';
import type { Incoming, ListenOptions } from '../core/net';
import { EID_ANY, TAG_OWNER, type MctpSocketAddress } from '../os/mctp-address';
import type { MctpSocket } from '../os/mctp-socket';
import { openExtended, type KernelAccess } from '../os/kernel-access';
import { bindFailure } from '../os/kernel-errors';

/** As others bind, or the kernel would take ours for another one and give the messages to the last who came. */
const NETWORK_ANY = 0;
/** A type that could not be bound for a reason that passes is tried again after this long, were there no event before. */
const RETRY_MS = 1000;
/** Likewise where another program has it, which may end one day. */
const TAKEN_RETRY_MS = 30_000;

export interface InboundParts {
  readonly access: KernelAccess;
  readonly clock: Clock;
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
  /** Types that could not be bound and why, as the log knows. */
  private readonly told = new Map<number, ErrorCode>();
  /** Of types that could not be bound, while somebody waits for them. */
  private readonly retries = new Map<number, Timer>();
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
    if (failure !== undefined) this.retryLater(type, failure);
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
    for (const [type, all] of [...this.wanted]) this.settle(type, all);
  }

  close(): void {
    this.networks = new Set();
    for (const type of [...this.sockets.keys(), ...this.retries.keys()]) this.release(type);
  }

  /** Binds what is needed and releases what is not. */
  private settle(type: number, all: Set<ListenOptions>): void {
    const needing = [...all].filter((one) => this.isNeeded(one));
    const failure = needing.length > 0 ? this.bind(type) : undefined;
    if (needing.length === 0) this.release(type);
    if (failure === undefined) return;
    for (const one of needing) if (one.refused !== undefined && all.delete(one)) one.refused(failure);
    // Who was refused may have left and listened anew, which is another set.
    if (all.size === 0 && this.wanted.get(type) === all) this.wanted.delete(type);
    if ([...all].some((one) => this.isNeeded(one))) this.retryLater(type, failure);
  }

  /** For whoever cannot be told and goes on waiting. A capability does not come while we run. */
  private retryLater(type: number, { code }: MctpError): void {
    if (code === 'not-permitted' || this.retries.has(type)) return;
    const retry = (): void => {
      this.retries.delete(type);
      const all = this.wanted.get(type);
      if (all !== undefined) this.settle(type, all);
    };
    const pause = code === 'name-taken' ? TAKEN_RETRY_MS : RETRY_MS;
    this.retries.set(type, this.parts.clock.setTimer(pause, retry));
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
    this.stopRetry(type);
    this.sockets.get(type)?.close();
    this.sockets.delete(type);
  }

  private stopRetry(type: number): void {
    this.retries.get(type)?.cancel();
    this.retries.delete(type);
  }

  /** Why it cannot be bound; `undefined`: it is. */
  private bind(type: number): MctpError | undefined {
    if (this.sockets.has(type)) return undefined;
    try {
      this.sockets.set(type, this.open(type));
      this.stopRetry(type);
      if (this.told.delete(type))
        this.parts.log.info('requests of this type are heard again', { messageType: type });
      return undefined;
    } catch (error) {
      const cause = bindFailure(error, type);
      if (!isMctpError(cause)) throw error;
      // Whoever asks again and again must not fill the log.
      if (this.told.get(type) !== cause.code) this.tell(type, cause);
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
    this.told.set(messageType, cause.code);
    const fields = { messageType, cause: describeCause(cause) };
    this.parts.log.error('requests of this type are not heard on links of the kernel', fields);
  }
}
