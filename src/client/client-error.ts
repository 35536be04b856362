import { MctpError } from '../base/errors';

/** How an operation of the client API ended, as it stands on the wire. */
export const ResponseCode = {
  Success: 0,
  /** The stack failed: no route, transmit error, unknown answer. */
  InternalError: 1,
  /** A table or queue is full, all eight tags of a peer are taken, or the message is too long. */
  NoSpace: 2,
  /** Somebody else has the message type, the EID or the handle's `recv`. */
  AddrInUse: 3,
  /** Nothing came within the time given. */
  TimedOut: 4,
  BadArgument: 5,
  /** The connection to the daemon was lost: all handles of the client are dead. */
  ServerRestarted: 6,
} as const;

export type ResponseCodeName = keyof typeof ResponseCode;
export type ResponseCode = (typeof ResponseCode)[ResponseCodeName];
export type FailureName = Exclude<ResponseCodeName, 'Success'>;

/**
 * What every operation of the client API rejects with (R-API-6); the public name is `MctpError`. Not the error of the
 * daemon's own layers (`base/errors.ts`), which is its `cause` where there is more to say. Decide by `code` or `codeName`.
 */
export class ClientError extends Error {
  override readonly name = 'MctpError';
  readonly code: Exclude<ResponseCode, 0>;

  constructor(
    readonly codeName: FailureName,
    options: { readonly cause?: unknown } = {},
  ) {
    super(`MCTP error: ${wordsOf(codeName)}`, options.cause === undefined ? undefined : options);
    this.code = ResponseCode[codeName];
  }

  isTimeout(): boolean {
    return this.code === ResponseCode.TimedOut;
  }
}

/** The caller's own mistake. @param what which argument, and what it may be */
export function badArgument(what: string): ClientError {
  return new ClientError('BadArgument', { cause: new MctpError('invalid-arguments', what) });
}

const NAMES = Object.entries(ResponseCode) as readonly (readonly [ResponseCodeName, ResponseCode])[];

/** The name of a code byte; one that nobody knows is an internal error (R-API-28). */
export function codeNameOf(code: number): ResponseCodeName {
  return NAMES.find(([, value]) => value === code)?.[0] ?? 'InternalError';
}

/** `AddrInUse` gives `addr in use`. */
function wordsOf(name: string): string {
  return name.replace(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase();
}
