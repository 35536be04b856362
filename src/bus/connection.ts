import { Emitter } from '../base/events';
import type { Subscription } from '../base/events';
import { MctpError } from '../base/errors';
import { BusError, PendingCalls } from './call';
import type { MethodCall } from './call';
import { HELLO_SERIAL, MessageType, openRawConnection } from './dbus-next-types';
import type { RawConnection, RawMessage } from './dbus-next-types';
import { callOf, signalOf } from './incoming';
import type { IncomingCall } from './incoming';
import { isWellKnown, matchRule } from './match';
import type { BusSignal, SignalMatch } from './match';
import { Outbox } from './outbox';
import { SignalTable } from './signal-table';

export type { MethodCall } from './call';
export type { IncomingCall } from './incoming';
export type { BusSignal, SignalMatch } from './match';

export interface OutgoingSignal {
  readonly path: string;
  readonly iface: string;
  readonly member: string;
  readonly signature?: string;
  readonly body?: readonly unknown[];
}

const BUS = {
  destination: 'org.freedesktop.DBus',
  path: '/org/freedesktop/DBus',
  iface: 'org.freedesktop.DBus',
} as const;

const DO_NOT_QUEUE = 4;
const PRIMARY_OWNER = 1;
const ALREADY_OWNER = 4;

/**
 * Connects and says Hello.
 * @param address as `busAddress` gives it
 * @throws MctpError `bus-failed`: nobody listens there, authentication or Hello was refused, or the bus hung up
 */
export async function connectBus(address: string): Promise<BusConnection> {
  const connection = new BusConnection(openSafely(address));
  try {
    await connection.ready();
  } catch (error) {
    connection.close();
    throw new MctpError(
      'bus-failed',
      `cannot connect to the D-Bus at ${asWritten(address)}`,
      {},
      { cause: error },
    );
  }
  return connection;
}

/** In the form people know; `unix:socket=` is between us and dbus-next. */
function asWritten(address: string): string {
  return address.replace(/^unix:socket=/, 'unix:path=');
}

function openSafely(address: string): RawConnection {
  try {
    return openRawConnection(address);
  } catch (error) {
    throw new MctpError(
      'bus-failed',
      `cannot use the D-Bus address ${asWritten(address)}`,
      {},
      { cause: error },
    );
  }
}

/**
 * One connection to a message bus. Made by {@link connectBus}. Values are as dbus-next maps them: numbers, `bigint` for
 * `x t`, `Buffer` for `ay`, arrays, plain objects for dictionaries, `Variant` for `v`.
 */
export class BusConnection {
  private readonly pending = new PendingCalls();
  private readonly closed = new Emitter<string>();
  private readonly calls = new Emitter<IncomingCall>();
  private readonly signals = new SignalTable((error) => this.failures.emit(error));
  private readonly failures = new Emitter<unknown>();
  private readonly outbox: Outbox;
  private readonly hello: Promise<readonly unknown[]>;
  private name = '';
  private state: 'open' | 'closed' = 'open';
  private lastError: string | undefined;

  constructor(private readonly raw: RawConnection) {
    this.outbox = new Outbox(raw);
    // Before anything can be awaited: an 'error' event without a listener would end the process.
    raw.on('error', (error) => {
      this.lastError = error instanceof Error ? error.message : String(error);
      if (this.name === '') this.lost(this.lastError);
    });
    raw.on('end', () => this.lost('the bus closed the connection'));
    raw.stream.on('close', () => this.lost('the connection is gone'));
    raw.on('message', (message) => this.receive(message));
    this.hello = this.pending.wait(HELLO_SERIAL, { member: 'Hello' });
  }

  /** Unique name, `:1.23`. */
  get uniqueName(): string {
    return this.name;
  }

  /** Bytes that wait for the bus to take them. */
  get writableLength(): number {
    return this.raw.stream.writableLength;
  }

  /** Resolves once the bus has given us our unique name. `connectBus` has waited for it. */
  async ready(): Promise<void> {
    const [name] = await this.hello;
    this.name = String(name);
  }

  /**
   * @returns the values of the reply, `[]` when there are none
   * @throws BusError the error reply; `...Error.NoReply` after `timeoutMs`; `...Error.Disconnected` when the bus is gone;
   *   `...Error.InvalidArgs` when the values do not fit the signature
   */
  async call(call: MethodCall): Promise<readonly unknown[]> {
    if (this.state === 'closed') throw disconnected(this.lastError);
    const serial = this.outbox.nextSerial();
    const reply = this.pending.wait(serial, call);
    try {
      this.outbox.send({
        type: MessageType.methodCall,
        serial,
        destination: call.destination,
        path: call.path,
        interface: call.iface,
        member: call.member,
        signature: call.signature,
        body: call.body,
      });
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      this.pending.reject(serial, new BusError('org.freedesktop.DBus.Error.InvalidArgs', text));
    }
    return reply;
  }

  /** Resolves when the bus has taken the match, so nothing sent afterwards is missed. @throws BusError */
  async onSignal(match: SignalMatch, listener: (signal: BusSignal) => void): Promise<Subscription> {
    const rules = [matchRule(match)];
    const entry = this.signals.add(match, listener);
    const { sender } = match;
    try {
      if (sender !== undefined && isWellKnown(sender)) {
        rules.push(matchRule({ ...ownerChanges, arg0: sender }));
        await this.bus('AddMatch', 's', [rules[1]]);
        this.signals.learnOwner(sender, await this.ownerOf(sender));
      }
      await this.bus('AddMatch', 's', [rules[0]]);
    } catch (error) {
      entry.unsubscribe();
      throw error;
    }
    return {
      unsubscribe: () => {
        entry.unsubscribe();
        this.forget(rules);
        rules.length = 0;
      },
    };
  }

  /** Every method call that arrives. The handler answers with `reply`, `replyRaw` or `replyError`, now or later. */
  onMethodCall(handler: (call: IncomingCall) => void): Subscription {
    return this.calls.on(handler);
  }

  /** @throws Error when the values do not fit; nothing was sent then. Without effect on a closed connection. */
  reply(call: IncomingCall, signature: string, body: readonly unknown[]): void {
    if (!call.replyExpected || this.state === 'closed') return;
    const fields = { type: MessageType.methodReturn, replySerial: call.serial, destination: call.sender };
    this.outbox.post({ ...fields, signature, body });
  }

  /** Answers with a body that is marshalled already, little-endian. */
  replyRaw(call: IncomingCall, signature: string, encodedBody: Buffer): void {
    if (!call.replyExpected || this.state === 'closed') return;
    const fields = { type: MessageType.methodReturn, replySerial: call.serial, destination: call.sender };
    this.outbox.postRaw({ ...fields, signature }, encodedBody);
  }

  /** @param text short; never a stack trace */
  replyError(call: IncomingCall, name: string, text: string): void {
    if (!call.replyExpected || this.state === 'closed') return;
    const fields = { type: MessageType.error, replySerial: call.serial, destination: call.sender };
    const body = [text.replaceAll('\0', '')];
    this.outbox.post({ ...fields, errorName: name, signature: 's', body });
  }

  /** @throws Error when the values do not fit. Without effect on a closed connection. */
  emit(signal: OutgoingSignal): void {
    if (this.state === 'closed') return;
    this.outbox.post({
      type: MessageType.signal,
      path: signal.path,
      interface: signal.iface,
      member: signal.member,
      signature: signal.signature,
      body: signal.body,
    });
  }

  /**
   * Without queueing, without allowing replacement, without replacing (R-DBUS-1).
   * @returns false when somebody else owns it
   */
  async requestName(name: string): Promise<boolean> {
    const [result] = await this.bus('RequestName', 'su', [name, DO_NOT_QUEUE]);
    return result === PRIMARY_OWNER || result === ALREADY_OWNER;
  }

  async releaseName(name: string): Promise<void> {
    await this.bus('ReleaseName', 's', [name]);
  }

  /** Told once, with the reason, when the connection is lost; not after our own `close`. */
  onClose(listener: (reason: string) => void): Subscription {
    return this.closed.on(listener);
  }

  /** A listener or handler threw: a defect of ours, for the log. The peer never hears of it. */
  onFailure(listener: (error: unknown) => void): Subscription {
    return this.failures.on(listener);
  }

  /** Resolves when the bus has taken everything sent so far, or at once when there is no connection any more. */
  async flush(): Promise<void> {
    if (this.state === 'closed') return;
    // A round trip: messages of one connection are taken in order.
    await this.bus('GetId', '', []).catch((error: unknown) => {
      if (!(error instanceof BusError)) throw error;
    });
  }

  /** Rejects what is pending and hangs up. Idempotent. */
  close(): void {
    if (this.state === 'closed') return;
    this.state = 'closed';
    this.pending.rejectAll('the connection was closed');
    this.raw.stream.end();
    this.raw.stream.destroy();
  }

  private bus(member: string, signature: string, body: readonly unknown[]): Promise<readonly unknown[]> {
    return this.call({ ...BUS, member, signature, body });
  }

  private async ownerOf(name: string): Promise<string> {
    try {
      const [owner] = await this.bus('GetNameOwner', 's', [name]);
      return String(owner);
    } catch (error) {
      if (error instanceof BusError && error.errorName.endsWith('.NameHasNoOwner')) return '';
      throw error;
    }
  }

  private forget(rules: readonly string[]): void {
    if (this.state === 'closed') return;
    for (const rule of rules) {
      this.bus('RemoveMatch', 's', [rule]).catch((error: unknown) => this.failures.emit(error));
    }
  }

  private receive(message: RawMessage): void {
    try {
      this.dispatch(message);
    } catch (error) {
      this.failures.emit(error);
    }
  }

  private dispatch(message: RawMessage): void {
    const { type, replySerial = 0, body } = message;
    if (type === MessageType.methodReturn) this.pending.resolve(replySerial, body);
    else if (type === MessageType.error) {
      const text = typeof body[0] === 'string' ? body[0] : '';
      this.pending.reject(replySerial, new BusError(message.errorName ?? '', text));
    } else if (type === MessageType.signal) this.signals.deliver(signalOf(message));
    else this.calls.emit(callOf(message));
  }

  private lost(reason: string): void {
    if (this.state === 'closed') return;
    this.state = 'closed';
    const text = this.lastError ?? reason;
    this.pending.rejectAll(text);
    this.raw.stream.destroy();
    this.closed.emit(text);
  }
}

const ownerChanges = {
  sender: BUS.destination,
  path: BUS.path,
  iface: BUS.iface,
  member: 'NameOwnerChanged',
} as const;

function disconnected(reason: string | undefined): BusError {
  return new BusError('org.freedesktop.DBus.Error.Disconnected', reason ?? 'the connection is closed');
}
