/** What a line about a device carries (design decision D-17). Absent fields are left out of the line. */
export interface LogFields {
  readonly link?: string | undefined;
  readonly network?: number | undefined;
  readonly eid?: number | undefined;
  /** Hex, as {@link toHex} writes it; empty, like absent, where there is none. */
  readonly physicalAddress?: string | undefined;
  readonly operation?: string | undefined;
  /** Why: usually `describeError(error)`. */
  readonly cause?: string | undefined;
  readonly [field: string]: string | number | boolean | undefined;
}

export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

/** Implemented by `logging/winston-logger.ts`. A message is one line, without the fields' values repeated in it. */
export interface Log {
  error(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
}

export const nullLog: Log = {
  error: () => undefined,
  warn: () => undefined,
  info: () => undefined,
  debug: () => undefined,
};
