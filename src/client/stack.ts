import type { Log } from '../base/log';
import { checkRequestEid, checkTimeout } from './arguments';
import { RequestCore, ChannelCore, type CoreHost } from './channel-core';
import { StackListener, StackReqChannel } from './channels';
import { badArgument } from './client-error';
import type { ClosableClient, ListenerOptions, MctpClient, ReqOptions } from './mctp-client';

export interface StackOptions {
  /** Hears of channels that were never closed. Default: a warning of the process. */
  readonly log?: Pick<Log, 'warn'>;
  /** Such a warning tells where the channel was made, which costs time for each. Default false. */
  readonly debug?: boolean;
  /** Runs when the last open channel has closed. */
  readonly idle?: () => void;
}

/**
 * MCTP for applications, over any {@link MctpClient} (R-API-1): hands out a channel for requests to an EID or for the
 * requests of a type.
 *
 * ```ts
 * await using stack = new Stack(client);
 * await using channel = await stack.req(9, 1000);
 * await channel.send(MessageType.pldm, Uint8Array.of(0x80, 0x00, 0x02)); // GetTID
 * const { payload } = await channel.recv();
 * ```
 */
export class Stack implements AsyncDisposable, Disposable {
  private readonly open = new Set<ChannelCore>();
  private readonly host: CoreHost;
  private closing: Promise<void> | undefined;
  private owned: ClosableClient | undefined;

  constructor(
    readonly client: MctpClient,
    private readonly options: StackOptions = {},
  ) {
    this.host = { client, closed: (core) => this.closed(core) };
  }

  /** A stack on a client of its own, which it closes with itself. @throws what `make` throws */
  static async create(make: () => Promise<ClosableClient>, options: StackOptions = {}): Promise<Stack> {
    const client = await make();
    const stack = new Stack(client, options);
    stack.owned = client;
    return stack;
  }

  /** How many channels are open. */
  get channels(): number {
    return this.open.size;
  }

  /** See {@link MctpClient.getEid}. */
  async getEid(): Promise<number> {
    this.checkOpen();
    return this.client.getEid();
  }

  /** See {@link MctpClient.setEid}. */
  async setEid(eid: number): Promise<void> {
    this.checkOpen();
    await this.client.setEid(eid);
  }

  /**
   * A channel for requests to an EID.
   * @param eid as {@link MctpClient.req}
   * @param timeoutMillis of each `recv`, 0..4294967295, 0 = no limit
   */
  async req(eid: number, timeoutMillis: number, options: ReqOptions = {}): Promise<StackReqChannel> {
    this.checkOpen();
    checkTimeout(timeoutMillis);
    checkRequestEid(eid);
    const handle = await this.client.req(eid, options);
    const core = new RequestCore(this.host, handle, { timeoutMillis, hold: options.hold === true });
    await this.take(core);
    return this.watch(new StackReqChannel(core, eid), core);
  }

  /**
   * A channel for incoming requests.
   * @param msgType as {@link MctpClient.listener}
   * @param timeoutMillis of each `recv`, 0..4294967295, 0 = no limit
   */
  async listener(
    msgType: number,
    timeoutMillis: number,
    options: ListenerOptions = {},
  ): Promise<StackListener> {
    this.checkOpen();
    checkTimeout(timeoutMillis);
    const core = new ChannelCore(this.host, await this.client.listener(msgType, options), timeoutMillis);
    await this.take(core);
    return this.watch(new StackListener(core, this.client), core);
  }

  /** Closes the open channels, then the client if it is the stack's own. Idempotent, never rejects. */
  close(): Promise<void> {
    this.closing ??= this.closeAll();
    return this.closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Begins to close. */
  [Symbol.dispose](): void {
    void this.close();
  }

  private checkOpen(): void {
    if (this.closing !== undefined) throw badArgument('the stack is closed');
  }

  /** Takes a new channel in, unless the stack was closed while it was made. */
  private async take(core: ChannelCore): Promise<void> {
    this.open.add(core);
    if (this.closing === undefined) return;
    await core.close();
    this.checkOpen();
  }

  private watch<Face extends object>(face: Face, core: ChannelCore): Face {
    const { log = processWarning, debug = false } = this.options;
    abandoned.register(
      face,
      { core, log, created: debug ? new Error('created here').stack : undefined },
      core,
    );
    return face;
  }

  private closed(core: ChannelCore): void {
    this.open.delete(core);
    abandoned.unregister(core);
    if (this.open.size === 0) this.options.idle?.();
  }

  private async closeAll(): Promise<void> {
    await Promise.all([...this.open].map((core) => core.close()));
    await this.owned?.close();
  }
}

/** What is left of a channel that nobody has any more; it does not refer to the channel. */
interface Remains {
  readonly core: ChannelCore;
  readonly log: Pick<Log, 'warn'>;
  /** Stack trace. */
  readonly created: string | undefined;
}

/** A safety net: the collector may come late or never (R-API-41). */
const abandoned = new FinalizationRegistry<Remains>(({ core, log, created }) => {
  const where = created === undefined ? '; Stack with debug: true tells which' : `: ${created}`;
  log.warn(`an MCTP channel was never closed${where}`);
  void core.close();
});

const processWarning: Pick<Log, 'warn'> = {
  warn: (message) => process.emitWarning(message),
};
