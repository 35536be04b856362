import type { Subscription } from '../base/events';

/** What a client needs of a bus connection. `bus/connection.ts` fits it; a test fills it with recorded replies. */
export interface BusCaller {
  /**
   * One method call. Resolves to the arguments of the reply; rejects with an error that has `errorName` (the D-Bus
   * error name) and `message` when the other side answers with an error, or nobody answers within `timeoutMs`.
   */
  call(call: BusCall): Promise<readonly unknown[]>;
  /** Adds a match rule, and hands every signal that fits to `listener` until unsubscribed. */
  onSignal(match: BusMatch, listener: (signal: BusSignal) => void): Promise<Subscription>;
  /** Runs once when the bus goes away. */
  onClose(listener: () => void): Subscription;
}

export interface BusCall {
  readonly destination: string;
  readonly path: string;
  readonly iface: string;
  readonly member: string;
  readonly signature?: string;
  readonly body?: readonly unknown[];
  /** Milliseconds; absent: the connection's own limit (25 s, R-CONS-8). */
  readonly timeoutMs?: number;
}

export interface BusMatch {
  readonly sender?: string;
  readonly path?: string;
  readonly pathNamespace?: string;
  readonly iface?: string;
  readonly member?: string;
  readonly arg0?: string;
}

export interface BusSignal {
  readonly path: string;
  readonly iface: string;
  readonly member: string;
  readonly body: readonly unknown[];
}

/** An error reply, by its D-Bus error name. */
export interface BusFailure {
  readonly errorName: string;
  readonly message: string;
}

export function isBusFailure(error: unknown): error is Error & BusFailure {
  return error instanceof Error && 'errorName' in error && typeof error.errorName === 'string';
}

const ERROR_PREFIX = 'org.freedesktop.DBus.Error.';

/** Whether `error` is a D-Bus error reply of one of these names (without `org.freedesktop.DBus.Error.`). */
export function isBusFailureOf(error: unknown, ...names: readonly string[]): error is Error & BusFailure {
  return isBusFailure(error) && names.some((name) => error.errorName === `${ERROR_PREFIX}${name}`);
}
