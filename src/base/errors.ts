import { toHex } from './bytes';

/**
 * Why an operation somebody waits for failed (design decision D-12; received junk is a counted DropReason instead).
 * `dbus/errors.ts` is the one table from these to D-Bus error names and texts.
 */
export type ErrorCode =
  // Transport (core, bindings, kernel)
  | 'no-response'
  | 'refused'
  | 'bad-response'
  | 'stray-response'
  | 'unreachable'
  | 'no-free-tag'
  | 'queue-full'
  | 'send-failed'
  | 'link-down'
  | 'message-too-long'
  | 'closed'
  // Discovery
  | 'set-eid-failed'
  | 'set-eid-conflict'
  | 'query-failed'
  | 'out-of-eids'
  | 'address-in-use'
  | 'already-assigned'
  | 'bad-pool-start'
  | 'eid-claimed'
  | 'eid-mismatch'
  | 'eid-in-pool'
  | 'invalid-eid'
  | 'bad-physaddr'
  | 'physaddr-too-long'
  | 'unknown-link'
  | 'unknown-endpoint'
  | 'cannot-remove-local'
  | 'cannot-set-local-mtu'
  | 'cannot-recover-local'
  | 'bad-mtu'
  | 'not-bus-owner'
  | 'role-already-set'
  | 'bad-role'
  | 'route-exists'
  | 'no-such-route'
  | 'invalid-arguments'
  // Type registration
  | 'invalid-message-type'
  | 'no-versions'
  | 'type-already-registered'
  | 'bad-vendor-format'
  | 'bad-vendor-variant'
  | 'vendor-type-already-registered'
  | 'too-many-vendor-types'
  // Configuration, start-up, and defects
  | 'configuration'
  | 'name-taken'
  | 'bus-failed'
  | 'not-supported'
  /** `context.capability` is what the process lacks. */
  | 'not-permitted'
  | 'cancelled'
  | 'internal';

/** Where it happened. Whatever is known is filled in by the layer that knows it. */
export interface ErrorContext {
  readonly link?: string;
  readonly network?: number;
  readonly eid?: number;
  readonly physicalAddress?: Uint8Array;
  readonly operation?: string;
  readonly completionCode?: number;
  /** Anything else a text needs, by name (for example `requestedEid`). */
  readonly [detail: string]: string | number | Uint8Array | undefined;
}

/** The error of this project. Its message says what happened; {@link describeError} adds where, and the causes. */
export class MctpError extends Error {
  override readonly name = 'MctpError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly context: ErrorContext = {},
    options: { readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
  }
}

export function isMctpError(error: unknown, ...codes: ErrorCode[]): error is MctpError {
  return error instanceof MctpError && (codes.length === 0 || codes.includes(error.code));
}

/** `what (where): cause: cause` on one line, no stack. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const where = error instanceof MctpError ? describeContext(error.context) : '';
  const own = where === '' ? error.message : `${error.message} (${where})`;
  return error.cause === undefined ? own : `${own}: ${describeError(error.cause)}`;
}

/** {@link describeError} without the places: for a log line whose fields tell them. */
export function describeCause(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${describeCause(error.cause)}`;
}

function describeContext(context: ErrorContext): string {
  return Object.entries(context)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => {
      if (value instanceof Uint8Array) return `${key} ${value.length === 0 ? 'none' : `0x${toHex(value)}`}`;
      return `${key} ${String(value)}`;
    })
    .join(', ');
}
