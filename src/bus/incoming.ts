import { MessageFlag } from './dbus-next-types';
import type { RawMessage } from './dbus-next-types';
import type { BusSignal } from './match';

/** A method somebody calls on us. */
export interface IncomingCall {
  readonly serial: number;
  /** Unique name of the caller. */
  readonly sender: string;
  readonly path: string;
  /** `undefined`: the caller left it out, any interface with that member will do. */
  readonly iface: string | undefined;
  readonly member: string;
  readonly signature: string;
  /** Buffers in it are slices of the received message: copy what is kept. */
  readonly body: readonly unknown[];
  /** False for NO_REPLY_EXPECTED: nothing is sent back, whatever is replied. */
  readonly replyExpected: boolean;
}

export function signalOf(message: RawMessage): BusSignal {
  const { sender = '', path = '', interface: iface = '', member = '', signature, body } = message;
  return { sender, path, iface, member, signature, body };
}

export function callOf(message: RawMessage): IncomingCall {
  const { serial, sender = '', path = '', interface: iface, member = '', signature, body } = message;
  const replyExpected = (message.flags & MessageFlag.noReplyExpected) === 0;
  return { serial, sender, path, iface, member, signature, body, replyExpected };
}
