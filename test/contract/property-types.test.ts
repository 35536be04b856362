import { Iface, ROOT_PATH, endpointPath, linkPath } from '../../src/base/bus-names';
import type { BusSignal } from '../../src/bus/connection';
import { Variant } from '../../src/bus/variant';
import type { Objects } from '../support/bus-client';
import { expectNothingLeft } from '../support/leftovers';
import { PrivateBus } from '../support/private-bus';
import { VirtualManager } from '../support/virtual-manager';

/** The type of every property of every object, wherever a client may read it (R-CONS-4, R-DBUS §3 and §11). */

const TYPES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'au.com.codeconstruct.MCTP1': {},
  'au.com.codeconstruct.MCTP.Interface1': { Role: 's', NetworkId: 'u' },
  'au.com.codeconstruct.MCTP.BusOwner1': {},
  'au.com.codeconstruct.MCTP.Network1': { LocalEIDs: 'ay' },
  'au.com.codeconstruct.MCTP.Endpoint1': { Connectivity: 's' },
  'au.com.codeconstruct.MCTP.Bridge1': { PoolStart: 'y', PoolEnd: 'y' },
  'xyz.openbmc_project.MCTP.Endpoint': {
    NetworkId: 'u',
    EID: 'y',
    SupportedMessageTypes: 'ay',
    VendorDefinedMessageTypes: 'a(yvq)',
  },
  'xyz.openbmc_project.Common.UUID': { UUID: 's' },
  'xyz.openbmc_project.Association.Definitions': { Associations: 'a(sss)' },
  'org.mctp_endpoint_manager.Manager1': {
    Version: 's',
    UptimeSeconds: 't',
    DemuxSockets: 'as',
    ClientSocket: 's',
  },
  'org.mctp_endpoint_manager.Link1': {
    Name: 's',
    Index: 'u',
    Backend: 's',
    Binding: 's',
    PhysicalAddress: 'ay',
    MinMTU: 'u',
    MaxMTU: 'u',
    Up: 'b',
  },
  'org.mctp_endpoint_manager.Network1': {},
  'org.mctp_endpoint_manager.Endpoint1': { Link: 'o', PhysicalAddress: 'ay', Bridge: 'y' },
  'org.freedesktop.DBus.Peer': {},
  'org.freedesktop.DBus.Introspectable': {},
  'org.freedesktop.DBus.Properties': {},
};
const ENDPOINT = 'xyz.openbmc_project.MCTP.Endpoint';
const PROPERTIES = 'org.freedesktop.DBus.Properties';

const DEVICES = [
  { address: 0x20, uuid: '595a522d-77c5-4628-8400-37bfb41b710c' },
  {
    address: 0x21,
    types: [0, 1, 0x7e, 0x7f],
    vendor_types: [
      { format: 'pci', vendor: 0x8086, subtype: 1 },
      { format: 'iana', vendor: 40_981, subtype: 2 },
    ],
  },
  { address: 0x22, silent_to: ['get-endpoint-uuid'] },
  { address: 0x23, downstream: [{}, {}] },
];

type Interfaces = Readonly<Record<string, Readonly<Record<string, Variant>>>>;

let bus: PrivateBus;

expectNothingLeft(() => bus.stop());

beforeAll(async () => {
  bus = await PrivateBus.start();
});

/** A link, a network, our own endpoint, and each kind of device: EIDs 9.. in the order of {@link DEVICES}. */
async function populated(around = {}): Promise<VirtualManager> {
  const manager = await VirtualManager.start(bus, DEVICES, around);
  for (const { address } of DEVICES) await manager.setUp(address);
  const objects = await manager.client.objects();
  const bridge = Object.values(objects).find((each) => Iface.bridge in each);
  const behind = Number(bridge?.[Iface.bridge]?.['PoolStart']?.value);
  expect(await manager.learnByEid(behind)).toBe(`${endpointPath(1, behind)} true`);
  return manager;
}

/** Signatures in place of values. */
function typesOf(properties: Readonly<Record<string, Variant>>): Record<string, string> {
  return Object.fromEntries(Object.entries(properties).map(([name, { signature }]) => [name, signature]));
}

function expectTypes(interfaces: Interfaces, types = TYPES): void {
  for (const [name, properties] of Object.entries(interfaces)) {
    expect([name, typesOf(properties)]).toEqual([name, types[name]]);
  }
}

/** Every object and the names of its interfaces, the root's too. */
function catalogue(objects: Objects): readonly (readonly [path: string, iface: string])[] {
  const listed = Object.entries(objects).flatMap(([path, each]) =>
    Object.keys(each).map((iface) => [path, iface] as const),
  );
  return [...listed, [ROOT_PATH, Iface.root], [ROOT_PATH, Iface.ownManager]];
}

test('R-CONS-4 R-CONS-19 GetAll and Get, for every interface of every object', async () => {
  await using manager = await populated();
  const { client } = manager;
  const all = catalogue(await client.objects());
  // One link, one network, our own endpoint, four devices and one behind the bridge.
  expect(new Set(all.map(([path]) => path)).size).toBe(1 + 1 + 1 + 1 + 4 + 1);
  for (const [path, iface] of all) {
    const [properties] = await client.call(path, PROPERTIES, 'GetAll', 's', iface);
    expectTypes({ [iface]: properties as Record<string, Variant> });
    for (const [name, signature] of Object.entries(TYPES[iface] ?? {})) {
      const [value] = await client.call(path, PROPERTIES, 'Get', 'ss', iface, name);
      expect([path, name, (value as Variant).signature]).toEqual([path, name, signature]);
    }
  }
});

test.each([
  ['int32', 'i'],
  ['uint32', 'u'],
])(
  'R-CONS-4 R-CONS-12 R-CONS-19 GetManagedObjects with %s: NetworkId is %s, all else as ever',
  async (word, type) => {
    const head = `[dbus]\nmanaged-objects-network-id = "${word}"\n`;
    await using manager = await populated({ head });
    const types = { ...TYPES, [ENDPOINT]: { ...TYPES[ENDPOINT], NetworkId: type } };
    for (const interfaces of Object.values(await manager.client.objects())) expectTypes(interfaces, types);
  },
);

test('R-CONS-4 R-CONS-19 R-CONS-18 every signal', async () => {
  await using manager = await populated();
  const { client } = manager;
  await manager.endpoint(9, 'Recover');
  await manager.endpoint(9, 'Remove');
  await client.objects();
  const of = (member: string): readonly BusSignal[] =>
    client.signals.filter((each) => each.member === member);
  expect(of('InterfacesAdded').length).toBeGreaterThanOrEqual(6);
  for (const { signature, body } of of('InterfacesAdded')) {
    expect(signature).toBe('oa{sa{sv}}');
    expectTypes(body[1] as Interfaces);
  }
  expect(of('PropertiesChanged').length).toBeGreaterThanOrEqual(1);
  for (const { signature, body } of of('PropertiesChanged')) {
    expect(signature).toBe('sa{sv}as');
    const [iface, changed, invalidated] = body as [string, Record<string, Variant>, string[]];
    expect(typesOf(changed)).toEqual({ Connectivity: TYPES[iface]?.['Connectivity'] });
    expect(invalidated).toEqual([]);
  }
  expect(of('InterfacesRemoved').map(({ signature }) => signature)).toEqual(['oas']);
});

test('R-CONS-22 R-CONS-4 VendorDefinedMessageTypes is a(yvq) whether there are any or not, beside what pldmd reads', async () => {
  await using manager = await populated();
  const { client } = manager;
  const read = async (eid: number): Promise<Record<string, Variant>> => {
    const [properties] = await client.call(endpointPath(1, eid), PROPERTIES, 'GetAll', 's', ENDPOINT);
    return properties as Record<string, Variant>;
  };
  const vendors = (await read(10))['VendorDefinedMessageTypes'];
  expect(vendors).toEqual(
    new Variant('a(yvq)', [
      [0, new Variant('q', 0x8086), 1],
      [1, new Variant('u', 40_981), 2],
    ]),
  );
  expect((await read(9))['VendorDefinedMessageTypes']).toEqual(new Variant('a(yvq)', []));
  // A reader that skips variants of a type it does not know has the other three.
  for (const eid of [9, 10]) {
    const known = Object.entries(await read(eid)).filter(([, { signature }]) =>
      /^(u|y|ay|s|as)$/.test(signature),
    );
    expect(known.map(([name]) => name).sort()).toEqual(['EID', 'NetworkId', 'SupportedMessageTypes']);
  }
});

test('R-DISC-165 a device leads to its link, and the link to medium, name and index', async () => {
  await using manager = await populated();
  const objects = await manager.client.objects();
  const device = objects[endpointPath(1, 9)]?.[Iface.ownEndpoint];
  expect(device?.['PhysicalAddress']?.value).toEqual(Buffer.of(0x20));
  expect(device?.['Link']?.value).toBe(linkPath('bus0'));
  expect(objects[linkPath('bus0')]?.[Iface.ownLink]).toMatchObject({
    Name: new Variant('s', 'bus0'),
    Index: new Variant('u', 1),
    Binding: new Variant('s', 'loopback'),
  });
});
