import { createRequire } from 'node:module';
import type { Writable } from 'node:stream';
import type * as DbusNext from 'dbus-next';

/**
 * What we use of dbus-next, typed as it behaves: the declarations it ships have wrong enum values, a wrong type for
 * reply serials, and leave out the connection object that carries everything. Its top module is left alone: it loads
 * two XML packages for a client side that we do not use, which doubles the time. The modules below it are not declared.
 */
const load = createRequire(__filename);
const library = {
  ...(load('dbus-next/lib/message-type.js') as Pick<typeof DbusNext, 'Message'>),
  ...(load('dbus-next/lib/variant.js') as Pick<typeof DbusNext, 'Variant'>),
};
const createConnection = load('dbus-next/lib/connection.js') as (options: {
  readonly busAddress: string;
  readonly authMethods: readonly string[];
}) => RawConnection;

/** Message types of the D-Bus specification; the shipped enumeration counts from 0. */
export const MessageType = { methodCall: 1, methodReturn: 2, error: 3, signal: 4 } as const;

/** Header flags of the D-Bus specification. */
export const MessageFlag = { noReplyExpected: 1, noAutoStart: 2 } as const;

export interface RawMessageFields {
  readonly type: number;
  readonly serial: number;
  readonly path?: string | undefined;
  readonly interface?: string | undefined;
  readonly member?: string | undefined;
  readonly errorName?: string | undefined;
  readonly replySerial?: number | undefined;
  readonly destination?: string | undefined;
  readonly sender?: string | undefined;
  readonly signature?: string | undefined;
  readonly body?: readonly unknown[] | undefined;
  readonly flags?: number | undefined;
}

/** A message as it arrives, and as it is sent. One object can be sent once: sending replaces its body. */
export type RawMessage = RawMessageFields & {
  readonly signature: string;
  readonly body: readonly unknown[];
  readonly flags: number;
};

/** dbus-next's inner connection: authentication, framing and marshalling, without its message dispatch. */
export interface RawConnection {
  readonly stream: Writable & { destroy(): void };
  /** Marshals and writes; before the handshake is over it queues. Throws for a value that does not fit. */
  message(message: RawMessage): void;
  on(event: 'message', listener: (message: RawMessage) => void): void;
  on(event: 'error', listener: (error: unknown) => void): void;
  on(event: 'end', listener: () => void): void;
}

/** One typed value inside a `v`: `new Variant('u', 7)`. Arriving variants have the same class. */
export interface Variant<T = unknown> {
  readonly signature: string;
  readonly value: T;
}

export const Variant = library.Variant as unknown as new <T = unknown>(
  signature: string,
  value: T,
) => Variant<T>;

/** Throws for a path, name or member that the D-Bus specification does not allow. */
export const Message = library.Message as unknown as new (fields: RawMessageFields) => RawMessage;

/** Serial of the Hello call that is under way when {@link openRawConnection} returns. */
export const HELLO_SERIAL = 1;

/**
 * Opens the transport and queues Hello, which the library's own dispatch would do as well. That is not used: it answers
 * a thrown error with our stack trace, never forgets a name it once called, and turns a refused Hello into an unhandled
 * rejection.
 * @param address in the `unix:socket=` or `tcp:` form of `busAddress`
 */
export function openRawConnection(address: string): RawConnection {
  // The library's other ways to authenticate fail in confusing ways, or throw, when the bus refuses EXTERNAL.
  const connection = createConnection({ busAddress: address, authMethods: ['EXTERNAL'] });
  const hello = {
    type: MessageType.methodCall,
    serial: HELLO_SERIAL,
    destination: 'org.freedesktop.DBus',
    path: '/org/freedesktop/DBus',
    interface: 'org.freedesktop.DBus',
    member: 'Hello',
  };
  connection.message(new Message(hello));
  return connection;
}
