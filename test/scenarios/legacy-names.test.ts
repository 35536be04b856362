import { Iface, LegacyIface, LEGACY_ROOT_PATH, LEGACY_SERVICE_NAME } from '../../src/base/bus-names';
import { SERVICE_NAME, endpointPath, legacyEndpointPath } from '../../src/base/bus-names';
import { connectBus } from '../../src/bus/connection';
import type { BusSignal } from '../../src/bus/connection';
import type { Variant } from '../../src/bus/variant';
import { BusClient } from '../support/bus-client';
import type { Objects } from '../support/bus-client';
import { expectNothingLeft } from '../support/leftovers';
import { PrivateBus } from '../support/private-bus';
import { eventually } from '../support/within';
import { VirtualManager } from '../support/virtual-manager';

/** `dbus.legacy-names = true`: one daemon, two connections, two trees (R-CONS-46). */

const LEGACY = { head: '[dbus]\nlegacy-names = true' };
const DRIVE = [{ address: 0x20, types: [0, 4], uuid: '595a522d-77c5-4628-8400-37bfb41b7100' }];

let bus: PrivateBus;

expectNothingLeft(() => bus.stop());

beforeAll(async () => {
  bus = await PrivateBus.start();
});

/** A client of mctpd 1.x: knows the old names only. */
class OldClient implements AsyncDisposable {
  readonly signals: BusSignal[] = [];

  private constructor(private readonly client: BusClient) {}

  static async connect(): Promise<OldClient> {
    const old = new OldClient(await BusClient.connect(bus));
    const keep = (signal: BusSignal): void => void old.signals.push(signal);
    const member = 'NameOwnerChanged';
    await old.client.connection.onSignal({ pathNamespace: LEGACY_ROOT_PATH }, keep);
    await old.client.connection.onSignal({ member, arg0: LEGACY_SERVICE_NAME }, keep);
    return old;
  }

  async call(path: string, iface: string, member: string, ...rest: unknown[]): Promise<readonly unknown[]> {
    const [signature = '', ...body] = rest as [string?, ...unknown[]];
    const destination = LEGACY_SERVICE_NAME;
    return await this.client.connection.call({ destination, path, iface, member, signature, body });
  }

  async objects(): Promise<Objects> {
    const [objects] = await this.call(LEGACY_ROOT_PATH, Iface.objectManager, 'GetManagedObjects');
    return objects as Objects;
  }

  heard(): string[] {
    return this.signals.map(({ member, body }) => `${member} ${String(body[0])}`);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.client[Symbol.asyncDispose]();
  }
}

async function owner(name: string): Promise<unknown> {
  await using client = await BusClient.connect(bus);
  const BUS = 'org.freedesktop.DBus';
  const ask = { destination: BUS, path: '/org/freedesktop/DBus', iface: BUS, member: 'GetNameOwner' };
  return (await client.connection.call({ ...ask, signature: 's', body: [name] }))[0];
}

test('R-CONS-46 off by default: nobody owns the old name', async () => {
  await using manager = await VirtualManager.start(bus, DRIVE);
  expect(await manager.client.eids()).toEqual([8]);
  await expect(owner(LEGACY_SERVICE_NAME)).rejects.toThrow(/no such name/);
});

test('R-CONS-32 the two names are owned by two connections, and neither answers for the other tree', async () => {
  await using manager = await VirtualManager.start(bus, DRIVE, LEGACY);
  await using old = await OldClient.connect();
  expect(await owner(LEGACY_SERVICE_NAME)).not.toBe(await owner(SERVICE_NAME));
  await manager.setUp(0x20);
  const unknown = expect.objectContaining({ errorName: 'org.freedesktop.DBus.Error.UnknownObject' }) as Error;
  await expect(old.call(endpointPath(1, 9), Iface.peer, 'Ping')).rejects.toEqual(unknown);
  await expect(manager.client.call(legacyEndpointPath(1, 9), Iface.peer, 'Ping')).rejects.toEqual(unknown);
});

test('R-CONS-46 R-CONS-12 a scan as libnvme 1.3 does it finds the drive, NetworkId is an INT32 on every object', async () => {
  await using manager = await VirtualManager.start(bus, DRIVE, LEGACY);
  await using old = await OldClient.connect();
  await manager.setUp(0x20);
  const objects = Object.entries(await old.objects());
  expect(objects.map(([path]) => path)).toEqual([legacyEndpointPath(1, 8), legacyEndpointPath(1, 9)]);
  const endpoints = objects.map(([, interfaces]) => interfaces[Iface.endpoint] ?? {});
  const signatures = endpoints.map(({ NetworkId, EID, SupportedMessageTypes }) =>
    [NetworkId, EID, SupportedMessageTypes].map((each) => each?.signature),
  );
  expect(signatures).toEqual(endpoints.map(() => ['i', 'y', 'ay']));
  const drives = endpoints.filter(
    (each) => ((each['SupportedMessageTypes'] as Variant).value as Buffer)[1] === 4,
  );
  expect(drives.map((each) => [each['NetworkId']?.value, each['EID']?.value])).toEqual([[1, 9]]);
});

test('R-CONS-46 R-CONS-47 set up, given an MTU and removed by old names, told under both', async () => {
  await using manager = await VirtualManager.start(bus, DRIVE, LEGACY);
  await using old = await OldClient.connect();
  const { daemon } = manager;
  const setUp = old.call(LEGACY_ROOT_PATH, LegacyIface.root, 'SetupEndpoint', 'say', 'bus0', Buffer.of(0x20));
  expect(await daemon.settle(setUp)).toEqual([9, 1, legacyEndpointPath(1, 9), true]);
  const path = legacyEndpointPath(1, 9);
  expect(await daemon.settle(old.call(path, LegacyIface.endpoint, 'SetMTU', 'u', 254))).toEqual([]);
  await expect(old.call(path, LegacyIface.endpoint, 'SetMTU', 'u', 1)).rejects.toThrow('Invalid MTU');
  expect(await daemon.settle(old.call(path, LegacyIface.endpoint, 'Remove'))).toEqual([]);
  expect(old.heard()).toEqual([`InterfacesAdded ${path}`, `InterfacesRemoved ${path}`]);
  const current = endpointPath(1, 9);
  expect(await manager.news()).toEqual([`InterfacesAdded ${current}`, `InterfacesRemoved ${current}`]);
});

test('R-CONS-46 R-CONS-9 R-CONS-23 the old name comes before the endpoints that are found, and goes after them', async () => {
  await using old = await OldClient.connect();
  const listed = { link: { discover: 'static' }, endpoints: '[[link.endpoint]]\naddress = [32]\n' };
  await using manager = await VirtualManager.start(bus, DRIVE, { ...LEGACY, ...listed });
  await manager.daemon.clock.advance(200);
  await old.objects();
  const [own, drive] = [8, 9].map((eid) => legacyEndpointPath(1, eid));
  const name = `NameOwnerChanged ${LEGACY_SERVICE_NAME}`;
  expect(old.heard()).toEqual([`InterfacesAdded ${own}`, name, `InterfacesAdded ${drive}`]);
  old.signals.length = 0;
  await manager[Symbol.asyncDispose]();
  await eventually('the loss of the old name', () => old.heard().includes(name));
  expect(old.heard()).toEqual([`InterfacesRemoved ${own}`, `InterfacesRemoved ${drive}`, name]);
});

test('R-CONS-46 an old name that is taken is logged as an error, and the daemon goes on without', async () => {
  const other = await connectBus(bus.socketAddress);
  expect(await other.requestName(LEGACY_SERVICE_NAME)).toBe(true);
  await using manager = await VirtualManager.start(bus, DRIVE, LEGACY);
  other.close();
  const errors = manager.daemon.log.filter(([level]) => level === 'error');
  expect(errors).toEqual([
    [
      'error',
      'going on without the old names',
      { name: LEGACY_SERVICE_NAME, cause: expect.stringContaining('is owned already') as string },
    ],
  ]);
  expect(await manager.setUp(0x20)).toBe(`9 1 ${endpointPath(1, 9)} true`);
});
