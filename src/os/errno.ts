import { type ErrorCode, type ErrorContext, MctpError } from '../base/errors';

/** The Linux error numbers this project tells apart, positive. Native calls return them negative. */
export const Errno = {
  EPERM: 1,
  ENOENT: 2,
  EINTR: 4,
  EIO: 5,
  ENXIO: 6,
  EBADF: 9,
  EAGAIN: 11,
  ENOMEM: 12,
  EACCES: 13,
  EBUSY: 16,
  EEXIST: 17,
  ENODEV: 19,
  EINVAL: 22,
  ENFILE: 23,
  EMFILE: 24,
  ENOTTY: 25,
  EPIPE: 32,
  EBADMSG: 74,
  EOVERFLOW: 75,
  ENOTSOCK: 88,
  EMSGSIZE: 90,
  EPROTONOSUPPORT: 93,
  ESOCKTNOSUPPORT: 94,
  EOPNOTSUPP: 95,
  EAFNOSUPPORT: 97,
  EADDRINUSE: 98,
  EADDRNOTAVAIL: 99,
  ENOBUFS: 105,
  ECONNRESET: 104,
  ENOTCONN: 107,
  ETIMEDOUT: 110,
  ECONNREFUSED: 111,
  EHOSTUNREACH: 113,
} as const;

const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(Errno).map(([name, value]) => [value, name]),
);

/** `-11` and `11` give `EAGAIN`; a number without a name here gives `errno 71`. */
export function errnoName(result: number): string {
  return NAMES.get(Math.abs(result)) ?? `errno ${Math.abs(result)}`;
}

/** The error for a native call that answered a negative errno. `what` says what was tried and, if it helps, what to do. */
export function osError(
  code: ErrorCode,
  what: string,
  result: number,
  context: ErrorContext = {},
): MctpError {
  return new MctpError(code, `${what}: ${errnoName(result)}`, { ...context, errno: Math.abs(result) });
}

/**
 * Whether a thrown value is a system error with one of these codes (`'ENOENT'`). By shape, not by class: Node's own errors
 * may belong to another realm.
 */
export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  if (typeof error !== 'object' || error === null || !('code' in error)) return false;
  return typeof error.code === 'string' && codes.includes(error.code);
}
