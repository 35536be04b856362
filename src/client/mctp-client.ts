/** Number of a listener or request of one client, 0..0xfffffffe; it means nothing to another client (R-API-7). */
export type Handle = number;

/** On the wire: no handle. */
export const NO_HANDLE = 0xffffffff;

/** Longest payload in bytes, the message type byte not counted. */
export const MAX_PAYLOAD = 65535;

/** What is known of a message besides its payload (R-API-5). */
export interface RecvMetadata {
  /** 0..0x7f, without the IC bit. */
  readonly msgType: number;
  /** The IC bit; the integrity trailer, if any, is part of the payload and nobody has checked it. */
  readonly msgIc: boolean;
  /** 0..7, without the TO bit. */
  readonly msgTag: number;
  /** Source EID; 0 where the sender has none. */
  readonly remoteEid: number;
  /** The payload's length in bytes. */
  readonly payloadSize: number;
}

export interface ReceivedMessage {
  readonly meta: RecvMetadata;
  /** Without the message type byte; the receiver's own (R-API-4). */
  readonly payload: Uint8Array;
}

export interface ReqOptions {
  /** Responses do not end the exchange; {@link MctpClient.release} does (R-API-43). Default false. */
  readonly hold?: boolean | undefined;
}

export interface ListenerOptions {
  /** Requests of this EID only, 8..254. Default: of everybody who has no listener of its own (R-API-11). */
  readonly from?: number | undefined;
}

export interface RecvOptions {
  /** Ends the wait with the signal's reason; a message that comes later waits for the next `recv` (R-API-27). */
  readonly signal?: AbortSignal | undefined;
}

export interface SendOptions {
  /** Responses: EID of the requester, required. Requests: none, or the handle's. */
  readonly eid?: number | undefined;
  /** Responses: tag of the request, 0..7, required. Requests: none, the stack takes one. */
  readonly tag?: number | undefined;
  /** Sets the IC bit. The payload must end with the integrity trailer then. Default false. */
  readonly ic?: boolean | undefined;
}

/**
 * MCTP for a program without a bus of its own, in one network (R-API-1): by a socket of the daemon, in the daemon's own
 * process, or over sockets of the kernel. Most programs use it through the `Stack` facade. Every operation but
 * `dropHandle` rejects with the error of `client-error.ts`; `ServerRestarted` may come from any of them.
 */
export interface MctpClient {
  /**
   * A handle for requests to one EID; sends nothing.
   * @param eid 0..254; 0, the device at the other end of a point-to-point link, only where the client was given one
   * @throws `BadArgument`; `NoSpace` when the client or the server has too many
   */
  req(eid: number, options?: ReqOptions): Promise<Handle>;

  /**
   * A handle for incoming requests of a message type.
   * @param msgType 0..0x7f
   * @throws `BadArgument`; `AddrInUse` when somebody has the type, or the type and the EID, already; `NoSpace`
   */
  listener(msgType: number, options?: ListenerOptions): Promise<Handle>;

  /** Our EID in the network, 0 while there is none. */
  getEid(): Promise<number>;

  /**
   * Changes our EID. For privileged clients.
   * @param eid 8..254
   * @throws `BadArgument`; `AddrInUse` when the EID is not ours to choose, or is somebody else's
   */
  setEid(eid: number): Promise<void>;

  /**
   * The oldest message of a handle that was not received yet, waiting for it if need be. A request handle gives only
   * what answers its last `send`.
   * @param timeoutMillis 0..4294967295 from now, 0 = no limit
   * @throws `TimedOut`; `AddrInUse` while another `recv` waits on the handle; `BadArgument` for a handle that is
   *   unknown or is dropped meanwhile; `InternalError` when the request could not be sent to its end
   */
  recv(handle: Handle, timeoutMillis: number, options?: RecvOptions): Promise<ReceivedMessage>;

  /**
   * Sends a request on a request handle, or, with `null`, a response. Resolves when the stack has taken the message.
   * @param msgType 0..0x7f
   * @param payload at most 65535 bytes, without the type byte
   * @returns the message's tag, 0..7
   * @throws `BadArgument`; `NoSpace` when all tags towards the EID are taken or the message is too long;
   *   `InternalError` when there is no way to the EID
   */
  send(handle: Handle | null, msgType: number, payload: Uint8Array, options?: SendOptions): Promise<number>;

  /** Ends the exchange of a held request: its last response has come. @throws `BadArgument` */
  release(handle: Handle): Promise<void>;

  /** Gives a handle up, with everything that waits on it. Never fails; doing it again is fine (R-API-42). */
  dropHandle(handle: Handle): Promise<void>;
}

/** A client that holds something of the system's, as a socket. */
export interface ClosableClient extends MctpClient {
  /** Drops every handle. Idempotent. */
  close(): Promise<void>;
}
