import type { Clock } from '../base/clock';
import { MctpError, isMctpError } from '../base/errors';
import { ClientError, codeNameOf } from './client-error';
import type { DaemonConnection, DaemonConnector } from './daemon-socket';
import { MAX_PAYLOAD } from './mctp-client';
import { decodeFrame, encodeFrame, networkOf, type ClientFrame } from './socket-wire';
import { decodeResponse, encodeRequest, isFault, type WireRequest, type WireResponse } from './wire';

type Answer = (outcome: WireResponse | ClientError) => void;

/** A daemon answers a hello at once. Milliseconds. */
const HELLO_MS = 5000;
const UNANSWERED = 'the daemon took the connection and does not answer; look at its log, or restart it';

export interface DaemonSessionOptions {
  readonly connector: DaemonConnector;
  readonly clock: Clock;
  /** 0 = the default one. */
  readonly network: number;
  /** Nobody wants it any more. */
  readonly signal: AbortSignal;
}

/**
 * One connection to the daemon, from its hello to its end: requests out, each with an id, answers back in any order
 * (R-API-37).
 */
export class DaemonSession {
  private connection: DaemonConnection | undefined;
  private readonly pending = new Map<number, Answer>();
  /** Frames that must not be lost, waiting for room. */
  private owed: Uint8Array[] = [];
  private nextId = 1;
  private welcomed = false;
  private ended = false;

  private constructor(private readonly lost: (cause: ClientError) => void) {}

  /**
   * Connects and says hello.
   * @param lost the connection has ended, not by `close`; every call has been rejected before
   * @returns the session and the network it is bound to
   * @throws ClientError `InternalError` when nobody is there or answers, `BadArgument` when there is no such network
   */
  static async open(
    options: DaemonSessionOptions,
    lost: (cause: ClientError) => void,
  ): Promise<{ readonly session: DaemonSession; readonly network: number }> {
    const session = new DaemonSession(lost);
    try {
      session.connection = await options.connector.connect({
        message: (bytes) => session.message(bytes),
        writable: () => session.flush(),
        closed: (cause) => session.end(cause),
      });
    } catch (cause) {
      throw new ClientError('InternalError', { cause });
    }
    try {
      return { session, network: await session.greet(options) };
    } catch (error) {
      session.close();
      throw session.refused(error);
    }
  }

  /**
   * Sends a request; rejects as the daemon answers it.
   * @param sent told of the id, for {@link cancel}
   */
  call(request: WireRequest, sent: (id: number) => void = () => undefined): Promise<WireResponse> {
    return this.exchange((id) => {
      const body = encodeRequest(request, MAX_PAYLOAD);
      sent(id);
      return encodeFrame({ kind: 'request', id, body });
    });
  }

  /** Sends a request whose answer nobody needs, but which must arrive. */
  tell(request: WireRequest): void {
    const body = encodeRequest(request, MAX_PAYLOAD);
    const id = this.takeId(() => undefined);
    this.owe(encodeFrame({ kind: 'request', id, body }));
  }

  /** Ends a `Recv` early; it is answered all the same. */
  cancel(id: number): void {
    if (this.pending.has(id)) this.owe(encodeFrame({ kind: 'cancel', id }));
  }

  /** Rejects every call. */
  close(): void {
    if (this.ended) return;
    this.finish(new ClientError('BadArgument', { cause: new MctpError('closed', 'the client was closed') }));
  }

  /** @returns the network it is bound to */
  private async greet({ clock, network, signal }: DaemonSessionOptions): Promise<number> {
    const giveUp = (): void => this.close();
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    const timer = clock.setTimer(HELLO_MS, () => this.end(new MctpError('no-response', UNANSWERED)));
    try {
      const { payload } = await this.exchange((id) => encodeFrame({ kind: 'hello', id, network }));
      // Closed in the turn of its answer, when nobody could be told of it yet.
      if (this.ended) throw new ClientError('ServerRestarted');
      const bound = networkOf(payload);
      if (bound === undefined) throw badAnswer('a hello without a network id');
      this.welcomed = true;
      return bound;
    } finally {
      timer.cancel();
      signal.removeEventListener('abort', giveUp);
    }
  }

  private exchange(frame: (id: number) => Uint8Array): Promise<WireResponse> {
    return new Promise((resolve, reject) => {
      const id = this.takeId((outcome) => {
        if (outcome instanceof ClientError) reject(outcome);
        else resolve(outcome);
      });
      const result = this.ended ? 'gone' : this.connection?.send(frame(id));
      if (result === 'taken') return;
      this.pending.delete(id);
      reject(new ClientError(result === 'full' ? 'NoSpace' : 'ServerRestarted'));
    });
  }

  private takeId(answer: Answer): number {
    // An id is a u32; it comes round after four thousand million requests.
    while (this.pending.has(this.nextId)) this.nextId = (this.nextId + 1) >>> 0;
    const id = this.nextId;
    this.nextId = (id + 1) >>> 0;
    this.pending.set(id, answer);
    return id;
  }

  private owe(frame: Uint8Array): void {
    this.owed.push(frame);
    this.flush();
  }

  private flush(): void {
    while (!this.ended && this.owed[0] !== undefined) {
      if (this.connection?.send(this.owed[0]) === 'full') return;
      this.owed.shift();
    }
  }

  private message(bytes: Uint8Array): void {
    const frame = decodeFrame(bytes);
    if (frame?.kind === 'response') this.answered(frame);
    else this.end(new MctpError('bad-response', 'the daemon sent what is no frame of this protocol'));
  }

  private answered({ id, body }: Extract<ClientFrame, { body: Uint8Array }>): void {
    const answer = this.pending.get(id);
    this.pending.delete(id);
    const response = decodeResponse(body);
    if (isFault(response)) {
      answer?.(badAnswer(response.fault));
      return;
    }
    const name = codeNameOf(response.code);
    answer?.(name === 'Success' ? response : new ClientError(name));
  }

  private end(cause: Error | undefined): void {
    if (this.ended) return;
    const error = new ClientError('ServerRestarted', { cause });
    this.finish(error);
    if (this.welcomed) this.lost(error);
  }

  /** A daemon that does not want us closes without a word (R-DEMUX-40). */
  private refused(error: unknown): unknown {
    if (!(error instanceof ClientError) || error.codeName !== 'ServerRestarted') return error;
    if (isMctpError(error.cause, 'no-response')) {
      return new ClientError('InternalError', { cause: error.cause });
    }
    const text =
      'the daemon closed the connection; it serves root, its own user and whom its configuration allows';
    return new ClientError('InternalError', {
      cause: new MctpError('refused', text, {}, { cause: error.cause }),
    });
  }

  private finish(reason: ClientError): void {
    this.ended = true;
    this.connection?.close();
    const answers = [...this.pending.values()];
    this.pending.clear();
    this.owed = [];
    for (const answer of answers) answer(reason);
  }
}

function badAnswer(what: string): ClientError {
  const cause = new MctpError('bad-response', `the answer of the daemon is ${what}`);
  return new ClientError('InternalError', { cause });
}
