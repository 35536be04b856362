import { Variant } from '../../src/bus/variant';
import { PrivateBus } from '../support/private-bus';
import { brief, RECORDED, Harness, ROOT, endpoint, link, localEndpoint } from './harness';

const OM = 'org.freedesktop.DBus.ObjectManager';
const STANDARD = [
  'org.freedesktop.DBus.Peer',
  'org.freedesktop.DBus.Introspectable',
  'org.freedesktop.DBus.Properties',
];
const ENDPOINT1 = 'au.com.codeconstruct.MCTP.Endpoint1';
const ENDPOINT = 'xyz.openbmc_project.MCTP.Endpoint';
const UUID = 'xyz.openbmc_project.Common.UUID';
const ASSOCIATION = 'xyz.openbmc_project.Association.Definitions';
const BRIDGE = 'au.com.codeconstruct.MCTP.Bridge1';
const OWN = 'org.mctp_endpoint_manager.Endpoint1';
const LINK = `${ROOT}/interfaces/mctp0`;
const NET = `${ROOT}/networks/1`;
const at = (eid: number, network = 1): string => `${ROOT}/networks/${network}/endpoints/${eid}`;

let bus: PrivateBus;
let harness: Harness;

beforeAll(async () => {
  bus = await PrivateBus.start();
});

beforeEach(async () => {
  harness = await Harness.start(bus);
});

afterEach(() => harness.stop());

afterAll(() => bus.stop());

const take = async (): Promise<string[]> => (await harness.takeSignals()).map(brief);

const STD = 'Peer Introspectable Properties';
const REMOTE = `${STD} Endpoint1 ${ENDPOINT} ${OWN}`;
const WITH_UUID = `${STD} ${UUID} Endpoint1 ${ENDPOINT} ${OWN}`;
const LINK_ADDED = `${STD} BusOwner1 Interface1 org.mctp_endpoint_manager.Link1`;
const NETWORK_ADDED = `${STD} Network1 org.mctp_endpoint_manager.Network1`;

describe('adding', () => {
  test('R-DBUS §5 R-DISC-121 a new link: network, local EIDs, then the link', async () => {
    harness.registry.addNetwork(1);
    harness.registry.addEndpoint(localEndpoint(8));
    harness.registry.putLink({ link: link(), role: 'BusOwner' });
    expect(await take()).toEqual([
      `+${NET}: ${NETWORK_ADDED}`,
      `+${at(8)}: ${WITH_UUID}`,
      `+${LINK}: ${LINK_ADDED}`,
    ]);
  });

  test('R-CONS-5 R-CONS-2 R-CONS-4 one signal carries all interfaces of an endpoint with all properties', async () => {
    const [, , ten] = RECORDED;
    harness.registry.putLink({ link: link(), role: 'Unknown' });
    if (ten !== undefined) harness.registry.addEndpoint(ten);
    const [, signal] = await harness.takeSignals();
    expect(signal).toMatchObject({
      path: ROOT,
      iface: OM,
      member: 'InterfacesAdded',
      signature: 'oa{sa{sv}}',
    });
    expect(signal?.body).toEqual([
      at(10),
      {
        ...Object.fromEntries(STANDARD.map((name) => [name, {}])),
        [UUID]: { UUID: new Variant('s', '595a522d-77c5-4628-8400-37bfb41b710d') },
        [ENDPOINT1]: { Connectivity: new Variant('s', 'Available') },
        [ENDPOINT]: {
          NetworkId: new Variant('u', 1),
          EID: new Variant('y', 10),
          SupportedMessageTypes: new Variant('ay', Buffer.of(0, 1, 126, 127)),
          VendorDefinedMessageTypes: new Variant('a(yvq)', [
            [0, new Variant('q', 32902), 1],
            [1, new Variant('u', 40981), 2],
          ]),
        },
        [OWN]: {
          Link: new Variant('o', LINK),
          PhysicalAddress: new Variant('ay', Buffer.of(0x1a)),
          Bridge: new Variant('y', 0),
        },
      },
    ]);
  });

  test('R-DBUS-24 an endpoint without a UUID has no UUID interface', async () => {
    harness.registry.addEndpoint(endpoint(9));
    expect(await take()).toEqual([`+${at(9)}: ${REMOTE}`]);
  });

  test('R-CONS-30 always-publish-uuid shows the nil UUID', async () => {
    harness.stop();
    harness = await Harness.start(bus, { alwaysPublishUuid: true });
    harness.registry.addEndpoint(endpoint(9));
    expect(await take()).toEqual([`+${at(9)}: ${WITH_UUID}`]);
    expect(await harness.get(at(9), UUID, 'UUID')).toEqual([
      new Variant('s', '00000000-0000-0000-0000-000000000000'),
    ]);
  });

  test('R-CONS-29 the association of an inventory item comes with the object it belongs to, and only there', async () => {
    harness.stop();
    const item = '/xyz/openbmc_project/inventory/system/drive0';
    harness = await Harness.start(bus, { inventory: ({ eid }) => (eid === 9 ? item : undefined) });
    harness.registry.addEndpoint(endpoint(9));
    harness.registry.addEndpoint(endpoint(10));
    const signals = await harness.takeSignals();
    expect(signals.map(brief)).toEqual([
      `+${at(9)}: ${STD} ${ASSOCIATION} Endpoint1 ${ENDPOINT} ${OWN}`,
      `+${at(10)}: ${REMOTE}`,
    ]);
    const associations = new Variant('a(sss)', [['configured_by', 'configures', item]]);
    expect(signals[0]?.body[1]).toMatchObject({ [ASSOCIATION]: { Associations: associations } });
    expect(await harness.get(at(9), ASSOCIATION, 'Associations')).toEqual([associations]);
    harness.registry.removeEndpoint(1, 9);
    const [removed] = await take();
    expect(removed).toBe(`-${at(9)}: ${STD} ${ASSOCIATION} Endpoint1 ${ENDPOINT} ${OWN}`);
  });

  test('R-DBUS-21 LocalEIDs is empty in the signal of a fresh network, and live afterwards, without a signal', async () => {
    harness.registry.addNetwork(1);
    const [signal] = await harness.takeSignals();
    expect(signal?.body[1]).toMatchObject({
      'au.com.codeconstruct.MCTP.Network1': { LocalEIDs: new Variant('ay', Buffer.alloc(0)) },
    });
    harness.registry.addEndpoint(localEndpoint(20));
    harness.registry.addEndpoint(localEndpoint(8));
    expect(await take()).toHaveLength(2);
    const local = new Variant('ay', Buffer.of(8, 20));
    expect(await harness.get(NET, 'au.com.codeconstruct.MCTP.Network1', 'LocalEIDs')).toEqual([local]);
    const [objects] = await harness.call(ROOT, OM, 'GetManagedObjects');
    expect(objects).toMatchObject({ [NET]: { 'au.com.codeconstruct.MCTP.Network1': { LocalEIDs: local } } });
    harness.registry.removeEndpoint(1, 20);
    expect(await harness.get(NET, 'au.com.codeconstruct.MCTP.Network1', 'LocalEIDs')).toEqual([
      new Variant('ay', Buffer.of(8)),
    ]);
  });

  test('what the registry held before the start is published too', async () => {
    harness.stop();
    const registryBefore = await Harness.start(bus);
    registryBefore.service.stop();
    registryBefore.publishRecorded();
    registryBefore.service.start();
    expect((await registryBefore.takeSignals()).map(brief)).toHaveLength(7);
    registryBefore.stop();
    harness = await Harness.start(bus);
  });
});

describe('bridges', () => {
  test('R-DBUS-28 a pool adds one signal with Bridge1 alone', async () => {
    harness.registry.addEndpoint(endpoint(11));
    harness.registry.updateEndpoint(endpoint(11, { pool: { start: 12, end: 13 } }), 'pool-allocated');
    const signals = await harness.takeSignals();
    expect(signals.map(brief)).toEqual([`+${at(11)}: ${REMOTE}`, `+${at(11)}: Bridge1`]);
    expect(signals[1]?.body[1]).toEqual({
      [BRIDGE]: { PoolStart: new Variant('y', 12), PoolEnd: new Variant('y', 13) },
    });
    expect(await harness.getAll(at(11), BRIDGE)).toEqual([
      { PoolStart: new Variant('y', 12), PoolEnd: new Variant('y', 13) },
    ]);
  });

  test('R-DBUS-23 R-CONS-21 an object that comes back keeps Bridge1, in exactly two signals', async () => {
    const pool = { start: 12, end: 13 };
    harness.registry.addEndpoint(endpoint(11, { pool }));
    await take();
    harness.registry.removeEndpoint(1, 11);
    harness.registry.addEndpoint(endpoint(11, { pool, types: [0, 4], connectivity: 'Degraded' }));
    expect(await take()).toEqual([
      `-${at(11)}: ${STD} Bridge1 Endpoint1 ${ENDPOINT} ${OWN}`,
      `+${at(11)}: ${STD} Bridge1 Endpoint1 ${ENDPOINT} ${OWN}`,
    ]);
    expect(await harness.get(at(11), ENDPOINT1, 'Connectivity')).toEqual([new Variant('s', 'Degraded')]);
  });
});

describe('changing', () => {
  test('R-CONS-17 R-CONS-18 R-DBUS-25 connectivity is told by value, alone', async () => {
    harness.registry.addEndpoint(endpoint(9));
    await take();
    harness.registry.updateEndpoint(endpoint(9, { connectivity: 'Degraded' }), 'endpoint-changed');
    harness.registry.updateEndpoint(endpoint(9), 'endpoint-changed');
    expect(await take()).toEqual([
      `${at(9)} Endpoint1 Connectivity=Degraded`,
      `${at(9)} Endpoint1 Connectivity=Available`,
    ]);
  });

  test('R-DBUS-14 a role that becomes BusOwner: PropertiesChanged, the reply, then BusOwner1', async () => {
    harness.registry.putLink({ link: link(), role: 'Unknown' });
    await take();
    harness.operations.setRole.mockImplementation((index: number, role: 'BusOwner') => {
      expect([index, role]).toEqual([1, 'BusOwner']);
      harness.registry.putLink({ link: link(), role });
    });
    // In the order they leave: the client may learn of a reply later than of the signal behind it.
    const reply = jest.spyOn(harness.server, 'reply');
    const emit = jest.spyOn(harness.server, 'emit');
    const set = ['au.com.codeconstruct.MCTP.Interface1', 'Role', new Variant('s', 'BusOwner')];
    await harness.call(LINK, 'org.freedesktop.DBus.Properties', 'Set', 'ssv', set);
    expect(await take()).toEqual([`${LINK} Interface1 Role=BusOwner`, `+${LINK}: BusOwner1`]);
    const [replied = 0] = reply.mock.invocationCallOrder;
    const [changed = 0, added = 0] = emit.mock.invocationCallOrder;
    expect([changed, replied, added]).toEqual([changed, replied, added].sort((a, b) => a - b));
    expect(emit).toHaveBeenCalledTimes(2);
    expect(await harness.getAll(LINK, 'au.com.codeconstruct.MCTP.BusOwner1')).toEqual([{}]);
  });

  test('R-DBUS-52 up, down and a new physical address are told on Link1 only', async () => {
    harness.registry.putLink({ link: link(), role: 'Unknown' });
    await take();
    harness.registry.putLink({ link: link({ up: false }), role: 'Unknown' });
    harness.registry.putLink({ link: link({ up: true, address: Uint8Array.of(0x20) }), role: 'Unknown' });
    harness.registry.putLink({
      link: link({ up: true, address: Uint8Array.of(0x20), mtu: 100 }),
      role: 'Unknown',
    });
    const own = 'org.mctp_endpoint_manager.Link1';
    expect(await take()).toEqual([`${LINK} ${own} Up=false`, `${LINK} ${own} Up=true PhysicalAddress=20`]);
  });

  test('R-DBUS-15 R-DBUS §5 a link that moves to another network', async () => {
    harness.registry.addNetwork(1);
    harness.registry.putLink({ link: link(), role: 'BusOwner' });
    await take();
    harness.registry.putLink({ link: link({ network: 2 }), role: 'BusOwner' });
    expect(await take()).toEqual([`${LINK} Interface1 NetworkId=2`]);
    expect(await harness.get(LINK, 'au.com.codeconstruct.MCTP.Interface1', 'NetworkId')).toEqual([
      new Variant('u', 2),
    ]);
  });

  test('R-DBUS §5 a renamed link goes and comes, its endpoints stay', async () => {
    harness.registry.putLink({ link: link(), role: 'BusOwner' });
    harness.registry.addEndpoint(endpoint(9));
    await take();
    harness.registry.putLink({ link: link({ name: 'mctp1' }), role: 'BusOwner' });
    expect(await take()).toEqual([`-${LINK}: ${LINK_ADDED}`, `+${ROOT}/interfaces/mctp1: ${LINK_ADDED}`]);
    expect(await harness.get(at(9), OWN, 'Link')).toEqual([new Variant('o', `${ROOT}/interfaces/mctp1`)]);
  });
});

describe('link names', () => {
  test('R-DBUS-7 R-CONS-3 illegal bytes are escaped', async () => {
    harness.registry.putLink({ link: link({ name: 'mctp-usb0' }), role: 'Unknown' });
    expect((await take())[0]).toContain(`+${ROOT}/interfaces/mctp_2dusb0: `);
    expect(
      await harness.get(`${ROOT}/interfaces/mctp_2dusb0`, 'org.mctp_endpoint_manager.Link1', 'Name'),
    ).toEqual([new Variant('s', 'mctp-usb0')]);
  });

  test('R-DBUS-7 the later of two links that need one path is refused and logged, the first one stays', async () => {
    harness.registry.putLink({ link: link({ name: 'a_2db' }), role: 'Unknown' });
    harness.registry.putLink({ link: link({ index: 2, name: 'a-b' }), role: 'Unknown' });
    expect(await take()).toHaveLength(1);
    expect(harness.logged.splice(0)).toHaveLength(1);
    harness.registry.removeLink(2);
    expect(await take()).toEqual([]);
    expect(await harness.get(`${ROOT}/interfaces/a_2db`, 'org.mctp_endpoint_manager.Link1', 'Index')).toEqual(
      [new Variant('u', 1)],
    );
  });
});

describe('removing', () => {
  test('R-CONS-6 R-CONS-27 R-DBUS-33 H-4 every interface is named, the standard ones too', async () => {
    harness.publishRecorded();
    await take();
    harness.registry.removeEndpoint(1, 11);
    const [signal] = await harness.takeSignals();
    expect(signal).toMatchObject({ path: ROOT, iface: OM, member: 'InterfacesRemoved', signature: 'oas' });
    expect(signal?.body).toEqual([at(11), [...STANDARD, BRIDGE, UUID, ENDPOINT1, ENDPOINT, OWN]]);
  });

  test('containers go with their last child', async () => {
    harness.publishRecorded();
    for (const each of RECORDED) harness.registry.removeEndpoint(1, each.eid);
    await expect(harness.getAll(`${NET}/endpoints`, '')).rejects.toMatchObject({
      errorName: 'org.freedesktop.DBus.Error.UnknownObject',
    });
    harness.registry.removeLink(1);
    harness.registry.removeNetwork(1);
    expect((await take()).slice(-2)).toEqual([`-${LINK}: ${LINK_ADDED}`, `-${NET}: ${NETWORK_ADDED}`]);
    await expect(harness.getAll(`${ROOT}/interfaces`, '')).rejects.toMatchObject({
      errorName: 'org.freedesktop.DBus.Error.UnknownObject',
    });
  });

  test('R-DBUS-4 R-CONS-23 an orderly shutdown takes back the endpoints of user-space links, ours included', async () => {
    harness.publishRecorded();
    harness.registry.addNetwork(2);
    harness.registry.putLink({
      link: link({ index: 2, name: 'mctpi2c0', network: 2, backend: 'kernel' }),
      role: 'BusOwner',
    });
    harness.registry.addEndpoint(localEndpoint(8, { network: 2 }));
    harness.registry.addEndpoint(endpoint(9, { network: 2, link: 2 }));
    await take();
    harness.service.removeEndpointsOfUserLinks();
    expect((await take()).map((line) => line.split(':')[0])).toEqual(
      [8, 9, 10, 11, 12].map((eid) => `-${at(eid)}`),
    );
    harness.registry.removeEndpoint(1, 9);
    harness.registry.removeEndpoint(2, 9);
    expect(await take()).toEqual([]);
  });
});
