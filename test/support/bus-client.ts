import { ROOT_PATH, SERVICE_NAME } from '../../src/base/bus-names';
import { BusError } from '../../src/bus/call';
import { connectBus } from '../../src/bus/connection';
import type { BusConnection, BusSignal } from '../../src/bus/connection';
import { Variant } from '../../src/bus/variant';
import type { PrivateBus } from './private-bus';

const PROPERTIES = 'org.freedesktop.DBus.Properties';

export type Objects = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, Variant>>>>>>;

/** A client as the consumers are: calls the manager, hears its signals. `await using client = ...` */
export class BusClient implements AsyncDisposable {
  /** Signals below the root path and changes of the name's owner, in the order they came; see {@link watch}. */
  readonly signals: BusSignal[] = [];

  private constructor(readonly connection: BusConnection) {}

  static async connect(bus: PrivateBus): Promise<BusClient> {
    return new BusClient(await connectBus(bus.socketAddress));
  }

  /** From now on {@link signals} fills. */
  async watch(): Promise<void> {
    const keep = (signal: BusSignal): void => void this.signals.push(signal);
    await this.connection.onSignal({ pathNamespace: ROOT_PATH }, keep);
    const member = 'NameOwnerChanged';
    await this.connection.onSignal({ iface: 'org.freedesktop.DBus', member, arg0: SERVICE_NAME }, keep);
  }

  /** `InterfacesAdded /path`, `PropertiesChanged /path`, `NameOwnerChanged name`. */
  heard(): string[] {
    return this.signals.map(({ member, path, body }) =>
      member === 'PropertiesChanged' ? `${member} ${path}` : `${member} ${String(body[0])}`,
    );
  }

  async call(
    path: string,
    iface: string,
    member: string,
    ...[signature = '', ...body]: [signature?: string, ...body: unknown[]]
  ): Promise<readonly unknown[]> {
    return await this.connection.call({ destination: SERVICE_NAME, path, iface, member, signature, body });
  }

  /** The error reply as `name: text`, or what came instead of one. */
  async refusal(...call: Parameters<BusClient['call']>): Promise<string> {
    try {
      return `no error but ${JSON.stringify(await this.call(...call))}`;
    } catch (error) {
      if (error instanceof BusError) return `${error.errorName}: ${error.message}`;
      throw error;
    }
  }

  /** The values of the reply with spaces between them, or the error as {@link refusal} gives it. */
  async describe(...call: Parameters<BusClient['call']>): Promise<string> {
    const answer = await this.refusal(...call);
    const [, values] = /^no error but (.*)$/.exec(answer) ?? [];
    return values === undefined ? answer : (JSON.parse(values) as unknown[]).join(' ');
  }

  async get(path: string, iface: string, property: string): Promise<unknown> {
    const [value] = await this.call(path, PROPERTIES, 'Get', 'ss', iface, property);
    return value instanceof Variant ? value.value : value;
  }

  /** GetManagedObjects. */
  async objects(): Promise<Objects> {
    const [objects] = await this.call(ROOT_PATH, 'org.freedesktop.DBus.ObjectManager', 'GetManagedObjects');
    return objects as Objects;
  }

  /** EIDs of the endpoints published in network 1, ours included, ascending. */
  async eids(): Promise<number[]> {
    const paths = Object.keys(await this.objects());
    const eids = paths.map((path) => /\/networks\/1\/endpoints\/(\d+)$/.exec(path)?.[1]);
    return eids.flatMap((eid) => (eid === undefined ? [] : [Number(eid)])).sort((a, b) => a - b);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.connection.close();
    return Promise.resolve();
  }
}
