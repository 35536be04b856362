import { isMctpError, type ErrorCode } from '../base/errors';
import { ClientError, type FailureName } from './client-error';

/** What the stack's own failures are to a client (R-API-28); everything else is an internal error. */
const NAMES: Partial<Record<ErrorCode, FailureName>> = {
  'no-free-tag': 'NoSpace',
  'queue-full': 'NoSpace',
  'message-too-long': 'NoSpace',
  'name-taken': 'AddrInUse',
  'address-in-use': 'AddrInUse',
  'no-response': 'TimedOut',
  'invalid-arguments': 'BadArgument',
  'invalid-eid': 'BadArgument',
};

/** Any failure as a client gets it, with the failure itself as its cause. */
export function clientErrorOf(error: unknown): ClientError {
  if (error instanceof ClientError) return error;
  const name = isMctpError(error) ? NAMES[error.code] : undefined;
  return new ClientError(name ?? 'InternalError', { cause: error });
}
