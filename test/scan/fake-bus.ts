import type { BusCall, BusCaller, BusMatch, BusSignal } from '../../src/scan/bus-caller';
import type { Subscription } from '../../src/base/events';
import { Emitter } from '../../src/base/events';
import { Iface, ROOT_PATH, SERVICE_NAME } from '../../src/base/bus-names';

export class FakeBusError extends Error {
  readonly errorName: string;

  constructor(name: string, message: string) {
    super(message);
    this.errorName = `org.freedesktop.DBus.Error.${name}`;
  }
}

/** The shape in which a connection hands out a `v`. */
export function variant(signature: string, value: unknown): { signature: string; value: unknown } {
  return { signature, value };
}

type Handler = (call: BusCall) => readonly unknown[] | Promise<readonly unknown[]>;
type Objects = Record<string, Record<string, Record<string, unknown>>>;

/** A bus with one daemon on it, whose replies a test sets. Keeps every call. */
export class FakeBus implements BusCaller {
  readonly calls: BusCall[] = [];
  readonly matches = new Set<BusMatch>();
  /** False: the name has no owner. */
  running = true;
  /** `iface.member` to what answers it. */
  readonly handlers = new Map<string, Handler>();
  closed = 0;
  private readonly signals = new Emitter<BusSignal>();
  private readonly closing = new Emitter<undefined>();

  constructor(public objects: Objects = {}) {}

  async call(call: BusCall): Promise<readonly unknown[]> {
    this.calls.push(call);
    await Promise.resolve();
    if (call.member === 'NameHasOwner') return [this.running];
    if (!this.running) throw new FakeBusError('ServiceUnknown', `The name ${SERVICE_NAME} was not provided`);
    const handler = this.handlers.get(`${call.iface}.${call.member}`);
    if (handler !== undefined) return handler(call);
    if (call.iface === Iface.objectManager && call.member === 'GetManagedObjects') return [this.objects];
    throw new FakeBusError('UnknownMethod', `Unknown method ${call.member} or interface ${call.iface}.`);
  }

  on(member: string, handler: Handler): void {
    this.handlers.set(member, handler);
  }

  fail(member: string, name: string, message: string): void {
    this.on(member, () => {
      throw new FakeBusError(name, message);
    });
  }

  async onSignal(match: BusMatch, listener: (signal: BusSignal) => void): Promise<Subscription> {
    await Promise.resolve();
    this.matches.add(match);
    const subscription = this.signals.on((signal) => {
      const fits =
        (match.path === undefined || match.path === signal.path) &&
        (match.pathNamespace === undefined || signal.path.startsWith(match.pathNamespace)) &&
        (match.iface === undefined || match.iface === signal.iface) &&
        (match.member === undefined || match.member === signal.member) &&
        (match.arg0 === undefined || match.arg0 === signal.body[0]);
      if (fits) listener(signal);
    });
    return {
      unsubscribe: () => {
        this.matches.delete(match);
        subscription.unsubscribe();
      },
    };
  }

  onClose(listener: () => void): Subscription {
    return this.closing.on(listener);
  }

  breakConnection(): void {
    this.closing.emit(undefined);
  }

  close(): void {
    this.closed++;
  }

  /** The daemon comes or goes. */
  setRunning(running: boolean): void {
    this.running = running;
    const body = [SERVICE_NAME, running ? '' : ':1.7', running ? ':1.8' : ''];
    this.emit({
      path: '/org/freedesktop/DBus',
      iface: 'org.freedesktop.DBus',
      member: 'NameOwnerChanged',
      body,
    });
  }

  /** Puts an object there or takes it away, with the signal that belongs to it. */
  setObject(path: string, interfaces: Objects[string] | undefined): void {
    const added = interfaces !== undefined;
    if (added) this.objects = { ...this.objects, [path]: interfaces };
    else this.objects = Object.fromEntries(Object.entries(this.objects).filter(([each]) => each !== path));
    const member = added ? 'InterfacesAdded' : 'InterfacesRemoved';
    this.emit({ path: ROOT_PATH, iface: Iface.objectManager, member, body: [path, interfaces ?? []] });
  }

  emit(signal: BusSignal): void {
    this.signals.emit(signal);
  }
}
