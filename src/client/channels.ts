import { checkTimeout } from './arguments';
import { ResponseCore, type ChannelCore, type RequestCore } from './channel-core';
import { ClientError } from './client-error';
import type { MctpClient, ReceivedMessage, RecvMetadata, RecvOptions, SendOptions } from './mctp-client';

type IcOption = Pick<SendOptions, 'ic'>;

/** A request that has come in, with the way to answer it. */
export interface IncomingRequest extends ReceivedMessage {
  readonly resp: StackRespChannel;
}

/** What every channel with a handle has; see {@link Stack}. */
abstract class Channel<Core extends ChannelCore> implements AsyncDisposable, Disposable {
  constructor(protected readonly core: Core) {}

  /** Drops the handle, which settles a pending `recv` with `BadArgument`. Idempotent, never rejects (R-API-40). */
  close(): Promise<void> {
    return this.core.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Begins to close. */
  [Symbol.dispose](): void {
    void this.close();
  }
}

/** Requests to one EID, one after another; each has a tag of its own. */
export class StackReqChannel extends Channel<RequestCore> {
  constructor(
    core: RequestCore,
    readonly remoteEid: number,
  ) {
    super(core);
  }

  /**
   * Sends a request.
   * @param msgType 0..0x7f
   * @param payload at most 65535 bytes, without the type byte; with `ic` it ends with the integrity trailer
   * @throws `BadArgument` while the last one is not answered, `NoSpace`, `InternalError`; it can be tried again then
   */
  send(msgType: number, payload: Uint8Array, options: IcOption = {}): Promise<void> {
    return this.core.send(msgType, payload, options);
  }

  /**
   * The answer. After a failure, `TimedOut` included, it may still come: receive again, or close the channel.
   * @throws `BadArgument` when nothing was asked, `TimedOut`, `InternalError`
   */
  recv(options: RecvOptions = {}): Promise<ReceivedMessage> {
    return this.core.recv(options);
  }

  /** Held channels: the last answer has come, or will not come; the next request may be sent (R-API-43). */
  release(): Promise<void> {
    return this.core.release();
  }
}

/** Incoming requests of a message type: by `recv`, or one by one in a `for await`, which ends when it is closed. */
export class StackListener extends Channel<ChannelCore> implements AsyncIterable<IncomingRequest> {
  /**
   * For later `recv`s.
   * @param timeoutMillis 0..4294967295, 0 = no limit
   * @throws `BadArgument`
   */
  readonly setTimeout = (timeoutMillis: number): void => {
    checkTimeout(timeoutMillis);
    this.core.limitRecv(timeoutMillis);
  };
  private readonly client: MctpClient;

  constructor(core: ChannelCore, client: MctpClient) {
    super(core);
    this.client = client;
  }

  /** @throws `TimedOut`, `AddrInUse` while another `recv` waits, `BadArgument` when it is closed */
  recv(options: RecvOptions = {}): Promise<IncomingRequest> {
    return receive(this.core, this.client, options);
  }

  [Symbol.asyncIterator](): AsyncIterator<IncomingRequest> {
    return requestsOf(this.core, this.client);
  }
}

/** The way to answer one request; valid after the listener was closed. Nothing to close. */
export class StackRespChannel {
  constructor(private readonly core: ResponseCore) {}

  /** EID of the requester. */
  get remoteEid(): number {
    return this.core.meta.remoteEid;
  }

  /**
   * Answers, in the request's message type and under its tag.
   * @throws `BadArgument` the second time, `NoSpace`, `InternalError`
   */
  send(payload: Uint8Array, options: IcOption = {}): Promise<void> {
    return this.core.send(payload, options);
  }
}

// Not methods: a wait that somebody gave up must not keep the listener alive (R-API-41).

async function receive(
  core: ChannelCore,
  client: MctpClient,
  options: RecvOptions,
): Promise<IncomingRequest> {
  const { meta, payload } = await core.recv(options);
  return { meta, payload, resp: respondTo(client, meta) };
}

function respondTo(client: MctpClient, meta: RecvMetadata): StackRespChannel {
  return new StackRespChannel(new ResponseCore(client, meta));
}

async function* requestsOf(core: ChannelCore, client: MctpClient): AsyncGenerator<IncomingRequest, void> {
  while (!core.isClosed) {
    try {
      yield await receive(core, client, {});
    } catch (error) {
      if (isEnd(core, error)) return;
      throw error;
    }
  }
}

function isEnd(core: ChannelCore, error: unknown): boolean {
  return core.isClosed && error instanceof ClientError && error.codeName === 'BadArgument';
}
