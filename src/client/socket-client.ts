import { Backoff } from '../base/backoff';
import type { Clock } from '../base/clock';
import { checkListener, checkOwnEid, checkRequestEid, checkSend, checkTimeout } from './arguments';
import { ClientError, badArgument } from './client-error';
import { DaemonSession } from './daemon-session';
import type { DaemonConnector } from './daemon-socket';
import { Mailbox } from './mailbox';
import {
  NO_HANDLE,
  type ClosableClient,
  type Handle,
  type ListenerOptions,
  type ReceivedMessage,
  type RecvOptions,
  type ReqOptions,
  type SendOptions,
} from './mctp-client';
import type { WireResponse } from './wire';

export interface SocketClientOptions {
  readonly connector: DaemonConnector;
  readonly clock: Clock;
  /** Default: the daemon's default network. */
  readonly network?: number | undefined;
}

/** R-API-29. Milliseconds. */
const RECONNECT = { firstMs: 100, longestMs: 5000 };

/** A handle of ours and what it is to the daemon, whose numbers begin anew with each connection. */
interface OpenHandle {
  readonly remote: Handle;
  /** What has come for it; more than one message only when a `recv` was given up just as it was answered. */
  readonly mailbox: Mailbox<ReceivedMessage>;
  /** Id of the `Recv` that somebody waits for. */
  receiving: number | undefined;
}

/**
 * MCTP by a socket of the daemon (R-API-37). When the connection is lost, every pending operation, and every later one
 * on a handle from before, rejects with `ServerRestarted`; new handles work again once {@link ready} has resolved.
 */
export class SocketClient implements ClosableClient {
  private readonly handles = new Map<Handle, OpenHandle>();
  private readonly backoff: Backoff;
  private session: DaemonSession | undefined;
  private network: number;
  private nextHandle = 1;
  /** Handles below it are of connections that were lost. */
  private firstLiveHandle = 1;
  /** Aborted for good by {@link close}. */
  private readonly closing = new AbortController();
  private waiting: (() => void)[] = [];

  private constructor(private readonly options: SocketClientOptions) {
    this.network = options.network ?? 0;
    this.backoff = new Backoff(options.clock, () => void this.reconnect(), RECONNECT);
  }

  /** @throws ClientError `InternalError` when no daemon is there, `BadArgument` when there is no such network */
  static async connect(options: SocketClientOptions): Promise<SocketClient> {
    const client = new SocketClient(options);
    await client.open();
    return client;
  }

  /** There is a connection. */
  get connected(): boolean {
    return this.session !== undefined;
  }

  private get closed(): boolean {
    return this.closing.signal.aborted;
  }

  /** Resolves when there is a connection, or when the client is closed. */
  async ready(): Promise<void> {
    if (this.connected || this.closed) return;
    await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  async req(eid: number, { hold = false }: ReqOptions = {}): Promise<Handle> {
    checkRequestEid(eid);
    const session = this.live();
    return this.opened(session, await session.call({ op: 'Req', eid, hold }));
  }

  async listener(msgType: number, { from }: ListenerOptions = {}): Promise<Handle> {
    checkListener(msgType, from);
    const session = this.live();
    return this.opened(session, await session.call({ op: 'Listener', msgType, from }));
  }

  async getEid(): Promise<number> {
    return (await this.live().call({ op: 'GetEid' })).eid;
  }

  async setEid(eid: number): Promise<void> {
    checkOwnEid(eid);
    await this.live().call({ op: 'SetEid', eid });
  }

  async recv(handle: Handle, timeoutMillis: number, options: RecvOptions = {}): Promise<ReceivedMessage> {
    checkTimeout(timeoutMillis);
    const open = this.find(handle);
    // The daemon keeps the time.
    const received = open.mailbox.receive(0, options.signal);
    if (open.mailbox.awaited && open.receiving === undefined) this.ask(open, timeoutMillis);
    return received;
  }

  async send(
    handle: Handle | null,
    msgType: number,
    payload: Uint8Array,
    options: SendOptions = {},
  ): Promise<number> {
    checkSend(handle, msgType, payload, options);
    const { eid, tag, ic = false } = options;
    const open = handle === null ? undefined : this.find(handle);
    const request = { op: 'Send', handle: open?.remote ?? null, msgType, eid, tag, ic, payload } as const;
    const response = await this.live().call(request);
    // What a `recv` that was given up had fetched answers an earlier send.
    open?.mailbox.clear();
    return response.tag;
  }

  async release(handle: Handle): Promise<void> {
    const { remote, mailbox } = this.find(handle);
    await this.live().call({ op: 'Release', handle: remote });
    mailbox.clear();
  }

  dropHandle(handle: Handle): Promise<void> {
    const open = this.handles.get(handle);
    if (open !== undefined) {
      this.handles.delete(handle);
      open.mailbox.fail(badArgument('the handle was dropped'));
      this.session?.tell({ op: 'Unbind', handle: open.remote });
    }
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.closing.abort();
    this.backoff.cancel();
    const { session } = this;
    this.forget(badArgument('the client was closed'));
    session?.close();
    this.wake();
    return Promise.resolve();
  }

  private async open(): Promise<void> {
    const lost = (cause: ClientError): void => this.lost(cause);
    const { connector, clock } = this.options;
    const { signal } = this.closing;
    const options = { connector, clock, signal, network: this.network };
    const { session, network } = await DaemonSession.open(options, lost);
    if (this.closed) {
      session.close();
      return;
    }
    this.session = session;
    // For good: after a restart the default may be another one (R-API-21).
    this.network = network;
    this.backoff.reset();
    this.wake();
  }

  private async reconnect(): Promise<void> {
    try {
      await this.open();
    } catch {
      // Whoever calls an operation is told that there is no connection.
      if (!this.closed) this.backoff.retryLater();
    }
  }

  private lost(cause: ClientError): void {
    this.forget(cause);
    if (!this.closed) this.backoff.retryLater();
  }

  private forget(reason: ClientError): void {
    this.session = undefined;
    this.firstLiveHandle = this.nextHandle;
    const handles = [...this.handles.values()];
    this.handles.clear();
    for (const { mailbox } of handles) mailbox.fail(reason);
  }

  private wake(): void {
    for (const resolve of this.waiting.splice(0)) resolve();
  }

  private live(): DaemonSession {
    if (this.closed) throw badArgument('the client is closed');
    if (this.session === undefined) throw new ClientError('ServerRestarted');
    return this.session;
  }

  private find(handle: Handle): OpenHandle {
    const open = this.handles.get(handle);
    if (open !== undefined) return open;
    if (!this.closed && handle >= 1 && handle < this.firstLiveHandle)
      throw new ClientError('ServerRestarted');
    throw badArgument(`there is no handle ${handle}`);
  }

  private opened(session: DaemonSession, { handle: remote }: WireResponse): Handle {
    // The answer came, and the connection went before anybody could be told.
    if (this.session !== session) throw new ClientError('ServerRestarted');
    if (this.nextHandle >= NO_HANDLE) throw new ClientError('NoSpace');
    const handle = this.nextHandle++;
    const abandoned = (): void => this.stopReceiving(open);
    const mailbox = new Mailbox<ReceivedMessage>({ clock: this.options.clock, limit: Infinity, abandoned });
    const open: OpenHandle = { remote, mailbox, receiving: undefined };
    this.handles.set(handle, open);
    return handle;
  }

  private ask(open: OpenHandle, timeoutMillis: number): void {
    let own: number | undefined;
    const sent = (id: number): void => {
      own = id;
      open.receiving = id;
    };
    this.live()
      .call({ op: 'Recv', handle: open.remote, timeoutMillis }, sent)
      .then(
        (response) => this.came(open, own, response),
        (error: unknown) => {
          if (open.receiving !== own) return;
          open.receiving = undefined;
          if (error instanceof ClientError) open.mailbox.fail(error);
        },
      );
  }

  /** A message, if need be for a `recv` that was given up: then it is the next one's (R-API-27). */
  private came(open: OpenHandle, id: number | undefined, response: WireResponse): void {
    if (open.receiving === id) open.receiving = undefined;
    else this.stopReceiving(open);
    const { msgType, ic: msgIc, tag: msgTag, eid: remoteEid, payload } = response;
    open.mailbox.put({ meta: { msgType, msgIc, msgTag, remoteEid, payloadSize: payload.length }, payload });
  }

  private stopReceiving(open: OpenHandle): void {
    if (open.receiving !== undefined) this.session?.cancel(open.receiving);
    open.receiving = undefined;
  }
}
