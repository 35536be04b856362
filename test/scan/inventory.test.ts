import fc from 'fast-check';
import { Iface, SERVICE_NAME, ROOT_PATH, endpointPath, linkPath } from '../../src/base/bus-names';
import { decodeInventory } from '../../src/scan/decode';
import { readInventory } from '../../src/scan/inventory';
import { FakeBus, FakeBusError, variant } from './fake-bus';
import { endpointObject, linkObject, recordedObjects, UUID_10, UUID_9 } from './recorded';

describe('readInventory', () => {
  test('R-DBUS-30 reads everything with one GetManagedObjects call on the root object', async () => {
    const bus = new FakeBus(recordedObjects());
    const inventory = await readInventory(bus);
    expect(bus.calls).toEqual([
      { destination: SERVICE_NAME, path: ROOT_PATH, iface: Iface.objectManager, member: 'GetManagedObjects' },
    ]);
    expect(inventory.endpoints.map((each) => each.eid)).toEqual([8, 9, 10, 11, 12]);
    expect(inventory.links.map((each) => each.name)).toEqual(['mctp0']);
    expect(inventory.networks).toEqual([
      { path: `${ROOT_PATH}/networks/1`, network: 1, localEids: [8], routes: true },
    ]);
    expect(inventory.problems).toEqual([]);
  });

  test('R-DBUS-22, R-DBUS-54 an endpoint carries vendor types, UUID, link, address', async () => {
    const { endpoints } = await readInventory(new FakeBus(recordedObjects()));
    expect(endpoints[2]).toEqual({
      path: endpointPath(1, 10),
      network: 1,
      eid: 10,
      types: [0, 1, 126, 127],
      vendorTypes: [
        { format: 0, vendor: 0x8086, subtype: 1 },
        { format: 1, vendor: 40981, subtype: 2 },
      ],
      uuid: UUID_10,
      connectivity: 'Available',
      local: false,
      transport: 'daemon',
      link: 'mctp0',
      physicalAddress: Uint8Array.of(0x1e),
    });
  });

  test('R-DBUS-28 a bridge has its pool, and the endpoint behind it the bridge', async () => {
    const { endpoints } = await readInventory(new FakeBus(recordedObjects()));
    expect(endpoints[3]).toMatchObject({ eid: 11, pool: { first: 12, last: 13 } });
    expect(endpoints[4]).toMatchObject({ eid: 12, bridge: 11, connectivity: 'Degraded' });
    expect(endpoints[3]).not.toHaveProperty('bridge');
  });

  test('R-DBUS-54 a link of "/" is no link, and LocalEIDs say what is local', async () => {
    const { endpoints } = await readInventory(new FakeBus(recordedObjects()));
    expect(endpoints[0]).toMatchObject({ eid: 8, local: true });
    expect(endpoints[0]).not.toHaveProperty('link');
    expect(endpoints.slice(1).some((each) => each.local)).toBe(false);
  });

  test('R-DBUS-50 the reference daemon, without our interfaces, is understood too', async () => {
    const { endpoints, links, networks } = await readInventory(new FakeBus(recordedObjects({ own: false })));
    expect(endpoints[1]).toEqual({
      path: endpointPath(1, 9),
      network: 1,
      eid: 9,
      types: [0, 4],
      vendorTypes: [],
      uuid: UUID_9,
      connectivity: 'Available',
      local: false,
      transport: 'kernel',
    });
    expect(links[0]).toEqual({
      path: linkPath('mctp0'),
      name: 'mctp0',
      network: 1,
      role: 'BusOwner',
      busOwner: true,
    });
    expect(networks[0]?.routes).toBe(false);
  });

  test.each(['i', 'u'] as const)('R-DBUS-43 NetworkId of type %s is the same number', async (signature) => {
    const objects = recordedObjects({ networkSignature: signature });
    const { endpoints } = await readInventory(new FakeBus(objects));
    expect(endpoints.map((each) => each.network)).toEqual([1, 1, 1, 1, 1]);
  });

  test('R-DBUS-7 a link is called by its Name, not by its escaped path', async () => {
    const objects = { [linkPath('mctp-usb0')]: linkObject({ name: 'mctp-usb0' }) };
    const { links } = await readInventory(new FakeBus(objects));
    expect(links[0]).toMatchObject({ name: 'mctp-usb0', path: `${ROOT_PATH}/interfaces/mctp_2dusb0` });
  });

  test('R-CONS-14 one malformed object is reported and hides no other', async () => {
    const broken = endpointObject(20);
    const objects = {
      ...recordedObjects(),
      [endpointPath(1, 20)]: { ...broken, [Iface.endpoint]: { EID: variant('y', 20) } },
      [endpointPath(1, 21)]: { [Iface.endpoint]: { NetworkId: variant('s', 'one'), EID: variant('y', 21) } },
      '/elsewhere': { [Iface.network]: {} },
    };
    const inventory = await readInventory(new FakeBus(objects));
    expect(inventory.endpoints).toHaveLength(5);
    expect(inventory.problems).toEqual([
      { path: endpointPath(1, 20), reason: 'NetworkId is missing or not a number' },
      { path: endpointPath(1, 21), reason: 'NetworkId is missing or not a number' },
      { path: '/elsewhere', reason: 'is not the path of a network' },
    ]);
  });

  test('R-CONS-13 an empty reply is an empty inventory', async () => {
    const inventory = await readInventory(new FakeBus({}));
    expect(inventory).toEqual({ endpoints: [], links: [], networks: [], problems: [] });
  });

  test('a reply that is no dictionary is an error that says so', async () => {
    const bus = new FakeBus();
    bus.on(`${Iface.objectManager}.GetManagedObjects`, () => ['?']);
    await expect(readInventory(bus)).rejects.toMatchObject({ code: 'bad-response' });
  });

  test('without a daemon the bus error comes through', async () => {
    const bus = new FakeBus();
    bus.running = false;
    await expect(readInventory(bus)).rejects.toBeInstanceOf(FakeBusError);
  });

  test('whatever a foreign daemon sends, nothing throws and every object is counted once at most', () => {
    const value = fc.oneof(
      fc.anything({ maxDepth: 2 }),
      fc.record({ signature: fc.string(), value: fc.anything({ maxDepth: 2 }) }),
    );
    const members = fc.dictionary(
      fc.constantFrom(
        'NetworkId',
        'EID',
        'SupportedMessageTypes',
        'VendorDefinedMessageTypes',
        'UUID',
        'Link',
        'Role',
      ),
      value,
    );
    const interfaces = fc.dictionary(
      fc.constantFrom(...Object.values(Iface)),
      fc.oneof(members, fc.anything({ maxDepth: 1 })),
    );
    const paths = fc.oneof(fc.string(), fc.constantFrom(endpointPath(1, 9), linkPath('x'), '__proto__'));
    fc.assert(
      fc.property(fc.dictionary(paths, fc.oneof(interfaces, fc.anything({ maxDepth: 1 }))), (objects) => {
        const { endpoints, links, networks, problems } = decodeInventory(objects);
        const seen = endpoints.length + links.length + networks.length + problems.length;
        expect(seen).toBeLessThanOrEqual(Object.keys(objects).length);
        for (const each of endpoints) {
          expect(Number.isInteger(each.eid) && each.eid >= 0 && each.eid <= 255).toBe(true);
          expect(each.types.every((type) => type >= 0 && type <= 255)).toBe(true);
        }
      }),
    );
  });
});
