import { LEGACY_ROOT_PATH, LEGACY_SERVICE_NAME } from '../../src/base/bus-names';
import { nullLog } from '../../src/base/log';
import { connectBus } from '../../src/bus/connection';
import type { BusConnection, BusSignal } from '../../src/bus/connection';
import type { Net } from '../../src/core/net';
import { LegacyService } from '../../src/dbus/legacy-service';
import { Registry } from '../../src/discovery/registry';
import type { PrivateBus } from '../support/private-bus';
import { operationsScript, RECORDED, link } from './harness';

/** The old names on a private bus, with a client that hears all of their signals. */
export class LegacyHarness {
  readonly registry = new Registry();
  readonly operations = operationsScript();
  readonly signals: BusSignal[] = [];
  readonly service: LegacyService;

  private constructor(
    readonly server: BusConnection,
    readonly client: BusConnection,
    alwaysPublishUuid: boolean,
  ) {
    const services = { registry: this.registry, operations: this.operations, net: {} as Net };
    this.service = new LegacyService({ connection: server, services, log: nullLog, alwaysPublishUuid });
  }

  static async start(bus: PrivateBus, alwaysPublishUuid = false): Promise<LegacyHarness> {
    const [server, client] = [await connectBus(bus.socketAddress), await connectBus(bus.socketAddress)];
    const harness = new LegacyHarness(server, client, alwaysPublishUuid);
    await client.onSignal({ sender: server.uniqueName }, (signal) => harness.signals.push(signal));
    harness.service.start();
    if (!(await server.requestName(LEGACY_SERVICE_NAME))) throw new Error('the name is taken');
    return harness;
  }

  publishRecorded(): void {
    this.registry.addNetwork(1);
    this.registry.putLink({ link: link(), role: 'BusOwner' });
    for (const each of RECORDED) this.registry.addEndpoint(each);
  }

  async call(
    path: string,
    iface: string,
    member: string,
    ...args: [signature?: string, body?: readonly unknown[]]
  ): Promise<readonly unknown[]> {
    const [signature = '', body = []] = args;
    const destination = LEGACY_SERVICE_NAME;
    return await this.client.call({ destination, path, iface, member, signature, body });
  }

  getAll(path: string, iface: string): Promise<readonly unknown[]> {
    return this.call(path, 'org.freedesktop.DBus.Properties', 'GetAll', 's', [iface]);
  }

  async objects(): Promise<Record<string, Record<string, unknown>>> {
    const manager = 'org.freedesktop.DBus.ObjectManager';
    const [objects] = await this.call(LEGACY_ROOT_PATH, manager, 'GetManagedObjects');
    return objects as Record<string, Record<string, unknown>>;
  }

  /** Waits until everything sent so far has arrived, and takes it. */
  async takeSignals(): Promise<readonly BusSignal[]> {
    await this.server.flush();
    await this.client.flush();
    return this.signals.splice(0);
  }

  stop(): void {
    this.service.stop();
    this.server.close();
    this.client.close();
  }
}
