import { describeError } from '../base/errors';
import { EID_NULL, MessageType } from '../base/ids';
import type { Destination, Incoming } from '../core/net';
import {
  checkListener,
  checkOwnEid,
  checkRequestEid,
  checkSend,
  checkTimeout,
  responseTarget,
} from './arguments';
import { ClientError, badArgument } from './client-error';
import type { ClientHost } from './client-host';
import { clientErrorOf } from './error-mapping';
import { ListenerHandle } from './listener-handle';
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
import { messageOf } from './received';
import { RecentRequests } from './recent-requests';
import { RequestHandle } from './request-handle';

export interface DirectClientOptions {
  /** Default: the default network. */
  readonly network?: number | undefined;
  /** May change our EID (R-API-20). Default false. */
  readonly privileged?: boolean;
  /** Message types it may use; `undefined`: all. */
  readonly types?: readonly number[] | undefined;
  /** Where requests to EID 0 go (R-API-10). Default: nowhere. */
  readonly nullEid?: { readonly link: number; readonly address: Uint8Array } | undefined;
}

/**
 * The client of programs in the daemon's own process, straight on the stack; the socket server has one for each
 * connection. Its handles are its own: a number means nothing to another client (R-API-7).
 */
export class DirectClient implements ClosableClient {
  /** The network it is bound to. */
  readonly network: number;
  private readonly handles = new Map<Handle, RequestHandle | ListenerHandle>();
  private readonly recent = new RecentRequests();
  private readonly quotas: ReturnType<ClientHost['quotas']>;
  private nextHandle = 1;
  private closed = false;

  /** @throws ClientError `BadArgument` when there is no such network */
  constructor(
    private readonly service: ClientHost,
    private readonly options: DirectClientOptions = {},
  ) {
    this.network = service.network(options.network);
    this.quotas = service.quotas();
  }

  req(eid: number, { hold = false }: ReqOptions = {}): Promise<Handle> {
    return promised(() => this.makeRequest(eid, hold));
  }

  listener(msgType: number, { from }: ListenerOptions = {}): Promise<Handle> {
    return promised(() => this.makeListener(msgType, from));
  }

  async getEid(): Promise<number> {
    this.checkOpen();
    try {
      return await this.service.localEid(this.network);
    } catch (error) {
      throw clientErrorOf(error);
    }
  }

  async setEid(eid: number): Promise<void> {
    this.checkOpen();
    checkOwnEid(eid);
    if (this.options.privileged !== true) throw badArgument('only a privileged client may change the EID');
    try {
      await this.service.changeLocalEid(this.network, eid);
    } catch (error) {
      throw clientErrorOf(error);
    }
  }

  async recv(handle: Handle, timeoutMillis: number, options: RecvOptions = {}): Promise<ReceivedMessage> {
    checkTimeout(timeoutMillis);
    return this.find(handle).recv(timeoutMillis, options);
  }

  async send(
    handle: Handle | null,
    msgType: number,
    payload: Uint8Array,
    options: SendOptions = {},
  ): Promise<number> {
    this.checkOpen();
    checkSend(handle, msgType, payload, options);
    this.checkAllowed(msgType);
    const message = messageOf(msgType, options.ic === true, payload);
    if (handle === null) return this.respond(msgType, message, options);
    const request = this.findRequest(handle);
    if (options.eid !== undefined && options.eid !== request.eid) {
      throw badArgument(`the handle is for EID ${request.eid}, not for ${options.eid}`);
    }
    return request.send(message);
  }

  release(handle: Handle): Promise<void> {
    return promised(() => this.findRequest(handle).release());
  }

  dropHandle(handle: Handle): Promise<void> {
    this.drop(handle);
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.closed = true;
    for (const handle of [...this.handles.keys()]) this.drop(handle);
    return Promise.resolve();
  }

  private drop(handle: Handle): void {
    const found = this.handles.get(handle);
    this.handles.delete(handle);
    found?.close();
    if (found instanceof RequestHandle) this.quotas.requests.give();
    else if (found !== undefined) this.quotas.listeners.give();
  }

  private makeRequest(eid: number, hold: boolean): Handle {
    this.checkOpen();
    checkRequestEid(eid);
    const destination = this.destinationOf(eid);
    const { net, clock } = this.service;
    if (!this.quotas.requests.take()) throw new ClientError('NoSpace');
    return this.give(new RequestHandle({ net, clock, destination, eid, hold }));
  }

  private makeListener(msgType: number, from: number | undefined): Handle {
    this.checkOpen();
    checkListener(msgType, from);
    this.checkAllowed(msgType);
    if (msgType === MessageType.control && this.service.controlResponder) throw new ClientError('AddrInUse');
    const interest = { network: this.network, type: msgType, from };
    const remember = (incoming: Incoming): void => this.recent.remember(incoming);
    // First: that somebody else has it is told before the want of places.
    const listener = new ListenerHandle(this.service, interest, remember);
    if (!this.quotas.listeners.take()) {
      listener.close();
      throw new ClientError('NoSpace');
    }
    return this.give(listener);
  }

  private checkOpen(): void {
    if (this.closed) throw badArgument('the client is closed');
  }

  private checkAllowed(msgType: number): void {
    const { types } = this.options;
    if (types === undefined || types.includes(msgType)) return;
    throw badArgument(`this client may not use message type ${msgType}`);
  }

  private destinationOf(eid: number): Destination {
    if (eid !== EID_NULL) return { kind: 'eid', network: this.network, eid };
    const { nullEid } = this.options;
    if (nullEid === undefined) throw badArgument('this client has no physical route for EID 0');
    return { kind: 'physical', ...nullEid };
  }

  private give(handle: RequestHandle | ListenerHandle): Handle {
    // 4294967294 handles later; a value is never used twice (R-API-7).
    if (this.nextHandle >= NO_HANDLE) throw new ClientError('NoSpace');
    const number = this.nextHandle++;
    this.handles.set(number, handle);
    return number;
  }

  private find(handle: Handle): RequestHandle | ListenerHandle {
    const found = this.handles.get(handle);
    if (found === undefined) throw badArgument(`there is no handle ${handle}`);
    return found;
  }

  private findRequest(handle: Handle): RequestHandle {
    const found = this.find(handle);
    if (!(found instanceof RequestHandle)) throw badArgument(`handle ${handle} is a listener's`);
    return found;
  }

  private respond(type: number, message: Uint8Array, options: SendOptions): Promise<number> {
    const { net, log } = this.service;
    const { network } = this;
    const { eid, tag } = responseTarget(options.eid, options.tag);
    const request = this.recent.find(eid, tag, type);
    const requester = request ?? { kind: 'eid' as const, network, eid, tag };
    return new Promise((resolve, reject) => {
      let isAccepted = false;
      const accepted = (): void => {
        isAccepted = true;
        resolve(tag);
      };
      net.reply(requester, message, { accepted }).then(accepted, (error: unknown) => {
        if (!isAccepted) reject(clientErrorOf(error));
        // The client has been told that it is on its way, and nobody waits for more (R-API-16).
        else {
          const where =
            request === undefined ? { network, eid, operation: 'client' } : this.service.origin(request);
          log.warn('a response was not sent to its end', { ...where, type, cause: describeError(error) });
        }
      });
    });
  }
}

/** Does it now, so that operations take effect in the order of their calls; what is thrown rejects. */
function promised<Result>(operation: () => Result): Promise<Result> {
  return new Promise((resolve) => resolve(operation()));
}
