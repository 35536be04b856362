import { ClientError, badArgument } from './client-error';
import type {
  Handle,
  MctpClient,
  ReceivedMessage,
  RecvMetadata,
  RecvOptions,
  SendOptions,
} from './mctp-client';

/** What the facade tells its channels' cores. */
export interface CoreHost {
  readonly client: MctpClient;
  /** The channel was closed, or given up as it is. */
  closed(core: ChannelCore): void;
}

/**
 * What a channel consists of. The channel that an application holds is only its face, which nothing in here refers to,
 * a pending `recv` included: when the face is collected unclosed, the handle can still be dropped (R-API-41).
 */
export class ChannelCore {
  private closing: Promise<void> | undefined;

  constructor(
    protected readonly host: CoreHost,
    readonly handle: Handle,
    private timeoutMillis: number,
  ) {}

  get isClosed(): boolean {
    return this.closing !== undefined;
  }

  /** Idempotent; settles a pending `recv` with `BadArgument` (R-API-40). */
  close(): Promise<void> {
    this.closing ??= this.drop();
    return this.closing;
  }

  /** @throws ClientError `BadArgument` */
  checkOpen(): void {
    if (this.isClosed) throw badArgument('the channel is closed');
  }

  /** Of later `recv`s. @throws ClientError `BadArgument` */
  limitRecv(timeoutMillis: number): void {
    this.checkOpen();
    this.timeoutMillis = timeoutMillis;
  }

  async recv(options: RecvOptions): Promise<ReceivedMessage> {
    this.checkOpen();
    return this.host.client.recv(this.handle, this.timeoutMillis, options);
  }

  private async drop(): Promise<void> {
    this.host.closed(this);
    await this.host.client.dropHandle(this.handle);
  }
}

/** `idle --send--> awaiting --recv--> idle`; held: `awaiting` until `release` (R-API-23). */
export class RequestCore extends ChannelCore {
  private state: 'idle' | 'sending' | 'awaiting' = 'idle';

  constructor(
    host: CoreHost,
    handle: Handle,
    private readonly rules: { readonly timeoutMillis: number; readonly hold: boolean },
  ) {
    super(host, handle, rules.timeoutMillis);
  }

  async send(msgType: number, payload: Uint8Array, { ic }: Pick<SendOptions, 'ic'>): Promise<void> {
    this.checkOpen();
    if (this.state !== 'idle') {
      throw badArgument('the last request is not answered yet; receive its answer, or close the channel');
    }
    this.state = 'sending';
    try {
      await this.host.client.send(this.handle, msgType, payload, { ic });
      this.state = 'awaiting';
    } catch (error) {
      this.state = 'idle';
      throw error;
    }
  }

  override async recv(options: RecvOptions): Promise<ReceivedMessage> {
    this.checkOpen();
    if (this.state !== 'awaiting') throw badArgument('nothing was asked; send a request first');
    const received = await super.recv(options);
    if (!this.rules.hold) this.state = 'idle';
    return received;
  }

  async release(): Promise<void> {
    this.checkOpen();
    await this.host.client.release(this.handle);
    this.state = 'idle';
  }
}

/** The one response to a request; it holds nothing of the server's (R-API-25). */
export class ResponseCore {
  private isSent = false;

  constructor(
    private readonly client: MctpClient,
    readonly meta: RecvMetadata,
  ) {}

  async send(payload: Uint8Array, { ic }: Pick<SendOptions, 'ic'>): Promise<void> {
    if (this.isSent) throw badArgument('the request was answered; its tag may be in use for another by now');
    const { msgType, msgTag: tag, remoteEid: eid } = this.meta;
    this.isSent = true;
    try {
      await this.client.send(null, msgType, payload, { eid, tag, ic });
    } catch (error) {
      // It can be tried again when nothing has left; a connection that was lost says nothing about that.
      this.isSent = error instanceof ClientError && error.codeName === 'ServerRestarted';
      throw error;
    }
  }
}
