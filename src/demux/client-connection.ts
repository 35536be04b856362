import type { Clock, Timer } from '../base/clock';
import { describeError } from '../base/errors';
import type { Log } from '../base/log';
import { ClientError, ResponseCode } from '../client/client-error';
import type { ClientService } from '../client/client-service';
import { DirectClient } from '../client/direct-client';
import { MAX_PAYLOAD } from '../client/mctp-client';
import { decodeFrame, encodeFrame, networkBytes, type ClientFrame } from '../client/socket-wire';
import { decodeRequest, encodeResponse, isFault, type WireRequest, type WireResponse } from '../client/wire';
import type { SeqpacketConnection, SeqpacketListener } from '../os/seqpacket-connection';
import type { Access } from './credentials';
import type { SeldomEach } from './seldom';

/** How long a client may take to say hello (as R-DEMUX-9). */
const HELLO_MS = 5000;

export interface ClientConnectionParts {
  readonly service: ClientService;
  readonly clock: Clock;
  readonly log: Log;
  /** Of all clients: one that comes back to be disconnected again must not fill the log. */
  readonly lines: SeldomEach;
  readonly socket: Pick<
    SeqpacketConnection,
    'send' | 'close' | 'pause' | 'resume' | 'credentials' | 'backlog'
  >;
  readonly access: Access;
  /** The connection is over, for whatever reason; once. */
  readonly gone: () => void;
}

/** One client of the client socket: frames in, operations of a {@link DirectClient}, frames out (R-API-37). */
export class ClientConnection implements SeqpacketListener {
  private client: DirectClient | undefined;
  /** The `Recv`s that wait, by id. */
  private readonly receiving = new Map<number, AbortController>();
  private readonly hello: Timer;
  private over = false;

  constructor(private readonly parts: ClientConnectionParts) {
    this.hello = parts.clock.setTimer(HELLO_MS, () => this.cut('it said no hello'));
  }

  message(bytes: Uint8Array): void {
    const frame = decodeFrame(bytes);
    if (frame === undefined) this.cut('it does not speak this protocol');
    else if (this.client === undefined) this.first(frame);
    else this.next(this.client, frame);
  }

  oversized(length: number): void {
    this.cut('it sent a frame that is too long', `it sent a frame of ${length} bytes`);
  }

  writable(): void {
    this.parts.socket.resume();
  }

  closed(): void {
    this.end();
  }

  /** Everything the client had is free (R-API-38). */
  end(): void {
    if (this.over) return;
    this.over = true;
    this.hello.cancel();
    this.parts.socket.close();
    // Never rejects.
    void this.client?.close();
    this.parts.gone();
  }

  private first(frame: ClientFrame): void {
    if (frame.kind !== 'hello') {
      this.cut('it began without a hello');
      return;
    }
    this.hello.cancel();
    const { service, access } = this.parts;
    const network = frame.network === 0 ? undefined : frame.network;
    try {
      const client = new DirectClient(service, { ...access, network });
      this.client = client;
      this.answer(frame.id, {
        eid: service.localEid(client.network),
        payload: networkBytes(client.network),
      });
    } catch (error) {
      this.answer(frame.id, { code: codeOf(error) });
      this.end();
    }
  }

  private next(client: DirectClient, frame: ClientFrame): void {
    if (frame.kind === 'request') void this.serve(client, frame.id, frame.body);
    else if (frame.kind === 'cancel') this.receiving.get(frame.id)?.abort(new ClientError('TimedOut'));
    else this.cut(`it sent a ${frame.kind} where none belongs`);
  }

  private async serve(client: DirectClient, id: number, body: Uint8Array): Promise<void> {
    const request = decodeRequest(body);
    if (isFault(request)) {
      this.answer(id, { code: ResponseCode.BadArgument });
      return;
    }
    try {
      this.answer(id, await this.perform(client, id, request));
    } catch (error) {
      if (!(error instanceof ClientError)) {
        const fields = { operation: request.op, cause: describeError(error) };
        this.parts.log.error('an operation of a client failed', fields);
      }
      this.answer(id, { code: codeOf(error) });
    }
  }

  private async perform(
    client: DirectClient,
    id: number,
    request: WireRequest,
  ): Promise<Partial<WireResponse>> {
    switch (request.op) {
      case 'SetEid':
        await client.setEid(request.eid);
        return {};
      case 'GetEid':
        return { eid: await client.getEid() };
      case 'Listener':
        return { handle: await client.listener(request.msgType, request) };
      case 'Req':
        return { handle: await client.req(request.eid, request) };
      case 'Recv':
        return this.receive(client, id, request);
      case 'Send':
        return { tag: await client.send(request.handle, request.msgType, request.payload, request) };
      case 'Unbind':
        await client.dropHandle(request.handle);
        return {};
      case 'Release':
        await client.release(request.handle);
        return {};
    }
  }

  private async receive(
    client: DirectClient,
    id: number,
    { handle, timeoutMillis }: Extract<WireRequest, { op: 'Recv' }>,
  ): Promise<Partial<WireResponse>> {
    const abort = new AbortController();
    this.receiving.set(id, abort);
    try {
      const { meta, payload } = await client.recv(handle, timeoutMillis, { signal: abort.signal });
      const { msgType, msgIc: ic, msgTag: tag, remoteEid: eid } = meta;
      return { msgType, ic, tag, eid, payload };
    } finally {
      if (this.receiving.get(id) === abort) this.receiving.delete(id);
    }
  }

  private answer(id: number, response: Partial<WireResponse>): void {
    if (this.over) return;
    const body = encodeResponse(response, MAX_PAYLOAD);
    const result = this.parts.socket.send(encodeFrame({ kind: 'response', id, body }));
    // It asks faster than it reads: nothing more is taken from it until it has caught up (R-DEMUX-33).
    if (result === 'queued') this.parts.socket.pause();
    if (result === 'full') this.cut('it does not read');
    // The kernel's own limit; without an answer the client would wait for ever.
    if (result === 'too-long') this.answer(id, { code: ResponseCode.NoSpace });
  }

  /** @param kind those of one kind share a line in the log */
  private cut(kind: string, cause = kind): void {
    if (this.over) return;
    const { socket, lines, log } = this.parts;
    const { pid, uid } = socket.credentials;
    const fields = { cause, pid, uid, queued: socket.backlog.frames };
    lines.say(kind, (left) => log.warn('a client was disconnected', { ...fields, ...left }));
    this.end();
  }
}

function codeOf(error: unknown): ResponseCode {
  return error instanceof ClientError ? error.code : ResponseCode.InternalError;
}
