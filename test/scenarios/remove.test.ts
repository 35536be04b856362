import { Iface, endpointPath, networkPath } from '../../src/base/bus-names';
import { expectNothingLeft } from '../support/leftovers';
import { PrivateBus } from '../support/private-bus';
import { VirtualManager } from '../support/virtual-manager';

let bus: PrivateBus;

expectNothingLeft(() => bus.stop());

beforeAll(async () => {
  bus = await PrivateBus.start();
});

const FAILED = 'org.freedesktop.DBus.Error.Failed: ';
const GONE = `org.freedesktop.DBus.Error.UnknownObject: Unknown object '${endpointPath(1, 9)}'.`;

async function routesAndNeighbours(manager: VirtualManager): Promise<unknown[]> {
  const [routes] = await manager.client.call(networkPath(1), Iface.ownNetwork, 'ListRoutes');
  const [neighbours] = await manager.client.call(networkPath(1), Iface.ownNetwork, 'ListNeighbours');
  return [routes, neighbours];
}

test('R-DISC-80 R-CONS-28 Remove replies empty, takes object, route and neighbour, and leaves the device its EID', async () => {
  await using manager = await VirtualManager.start(bus, [{ address: 0x20 }]);
  await manager.setUp(0x20);
  const interfaces = Object.keys((await manager.client.objects())[endpointPath(1, 9)] ?? {});
  await manager.news();
  expect(await manager.endpoint(9, 'Remove')).toBe('');
  await manager.client.objects();
  const [removed, ...others] = manager.client.signals;
  expect(removed).toMatchObject({
    member: 'InterfacesRemoved',
    body: [endpointPath(1, 9), expect.anything()],
  });
  expect(others).toEqual([]);
  // R-CONS-6, R-CONS-27: every interface by name.
  expect([...(removed?.body[1] as string[])].sort()).toEqual(interfaces.sort());
  expect(await manager.client.eids()).toEqual([8]);
  expect(await routesAndNeighbours(manager)).toEqual([[], []]);
  expect(manager.daemon.devices.bus('bus0').devices[0]?.eid).toBe(9);
  expect(await manager.endpoint(9, 'Remove')).toBe(GONE);
});

test('R-DISC-27 R-DISC-54 a removed device is adopted again with its EID, another one does not get it at once', async () => {
  await using manager = await VirtualManager.start(bus, [{ address: 0x20, count: 2 }]);
  await manager.setUp(0x20);
  await manager.endpoint(9, 'Remove');
  expect(await manager.setUp(0x21)).toBe(`10 1 ${endpointPath(1, 10)} true`);
  expect(await manager.setUp(0x20)).toBe(`9 1 ${endpointPath(1, 9)} true`);
});

test('R-DISC-83 R-DISC-99 R-DBUS-27 our own endpoint is not removed, recovered or given an MTU', async () => {
  await using manager = await VirtualManager.start(bus, []);
  expect(await manager.endpoint(8, 'Remove')).toBe(`${FAILED}Cannot remove mctpd-local endpoint`);
  expect(await manager.endpoint(8, 'Recover')).toBe(`${FAILED}Cannot recover mctpd-local endpoint`);
  expect(await manager.endpoint(8, 'SetMTU', 'u', 68)).toBe(`${FAILED}Cannot set local endpoint MTU`);
  expect(await manager.client.eids()).toEqual([8]);
});

test('R-DBUS-26 R-CONS-16 SetMTU takes what the link has, refuses the rest at once and then leaves the route alone', async () => {
  await using manager = await VirtualManager.start(bus, [{ address: 0x20 }]);
  await manager.setUp(0x20);
  for (const mtu of [68, 254, 65_535]) {
    expect(await manager.endpoint(9, 'SetMTU', 'u', mtu)).toBe('');
    expect((await routesAndNeighbours(manager))[0]).toEqual([[9, 0, 'bus0', mtu, 0]]);
  }
  for (const mtu of [1, 67, 65_536, 0xffffffff]) {
    expect(await manager.endpoint(9, 'SetMTU', 'u', mtu)).toMatch(
      /^org\.freedesktop\.DBus\.Error\.InvalidArgs: /,
    );
    expect((await routesAndNeighbours(manager))[0]).toEqual([[9, 0, 'bus0', 65_535, 0]]);
  }
  expect(await manager.endpoint(9, 'SetMTU', 'u', 0)).toBe('');
  expect(await manager.client.get(endpointPath(1, 9), Iface.endpoint1, 'Connectivity')).toBe('Available');
});

test('R-DISC-160 a listed device that a client removes is found again by itself', async () => {
  const listed = { link: { discover: 'static' }, endpoints: '[[link.endpoint]]\naddress = [32]\n' };
  await using manager = await VirtualManager.start(bus, [{ address: 0x20 }], listed);
  await manager.daemon.clock.advance(100);
  await manager.news();
  await manager.endpoint(9, 'Remove');
  await manager.daemon.clock.advance(2000);
  const path = endpointPath(1, 9);
  expect(await manager.news()).toEqual([`InterfacesRemoved ${path}`, `InterfacesAdded ${path}`]);
});
