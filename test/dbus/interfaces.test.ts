import { endianness } from 'node:os';
import { connectBus } from '../../src/bus/connection';
import { SERVICE_NAME } from '../../src/base/bus-names';
import { DROP_REASONS } from '../../src/core/drops';
import { MctpError } from '../../src/base/errors';
import { Variant } from '../../src/bus/variant';
import { PrivateBus } from '../support/private-bus';
import { Harness, ROOT, endpoint, link } from './harness';

/** Each method: what it asks of the engine, and what it answers. */

const LINK = `${ROOT}/interfaces/mctp0`;
const NET = `${ROOT}/networks/1`;
const NINE = `${NET}/endpoints/9`;
const IA = 'org.freedesktop.DBus.Error.InvalidArgs';

let bus: PrivateBus;
let harness: Harness;

beforeAll(async () => {
  bus = await PrivateBus.start();
});

beforeEach(async () => {
  harness = await Harness.start(bus);
  harness.publishRecorded();
});

afterEach(() => harness.stop());

afterAll(() => bus.stop());

describe('BusOwner1', () => {
  const IFACE = 'au.com.codeconstruct.MCTP.BusOwner1';
  const physaddr = Buffer.of(0x1d);
  const found = { network: 1, eid: 9, isNew: true };

  test.each([
    ['SetupEndpoint', 'setupEndpoint', 'ay', [physaddr], [1, Uint8Array.of(0x1d)]],
    ['AssignEndpoint', 'assignEndpoint', 'ay', [physaddr], [1, Uint8Array.of(0x1d)]],
    ['AssignEndpointStatic', 'assignEndpointStatic', 'ayy', [physaddr, 9], [1, Uint8Array.of(0x1d), 9]],
  ] as const)(
    'R-DBUS-16 R-CONS-4 %s answers yisb',
    async (...[method, operation, signature, body, asked]) => {
      harness.operations[operation].mockResolvedValue(found);
      expect(await harness.call(LINK, IFACE, method, signature, body)).toEqual([9, 1, NINE, true]);
      expect(harness.operations[operation]).toHaveBeenCalledWith(...asked);
    },
  );

  test('R-CONS-25 a known endpoint is not new', async () => {
    harness.operations.assignEndpoint.mockResolvedValue({ ...found, isNew: false });
    expect(await harness.call(LINK, IFACE, 'AssignEndpoint', 'ay', [physaddr])).toEqual([9, 1, NINE, false]);
  });

  test('R-DBUS-16 AssignBridgeStatic answers yyisb, poolstart second', async () => {
    harness.operations.assignBridgeStatic.mockResolvedValue({ ...found, poolStart: 10 });
    expect(await harness.call(LINK, IFACE, 'AssignBridgeStatic', 'ayyyy', [physaddr, 9, 10, 3])).toEqual([
      9,
      10,
      1,
      NINE,
      true,
    ]);
    expect(harness.operations.assignBridgeStatic).toHaveBeenCalledWith(1, Uint8Array.of(0x1d), {
      eid: 9,
      poolStart: 10,
      poolSize: 3,
    });
  });

  test('R-DBUS-18 LearnEndpoint: found is always true, and a device without EID is a success', async () => {
    harness.operations.learnEndpoint.mockResolvedValue({ ...found, isNew: false });
    expect(await harness.call(LINK, IFACE, 'LearnEndpoint', 'ay', [physaddr])).toEqual([9, 1, NINE, true]);
    harness.operations.learnEndpoint.mockResolvedValue(undefined);
    expect(await harness.call(LINK, IFACE, 'LearnEndpoint', 'ay', [physaddr])).toEqual([0, 0, '', false]);
  });

  test('R-DBUS-17 the empty address of a point-to-point link is passed on', async () => {
    harness.operations.setupEndpoint.mockResolvedValue(found);
    await harness.call(LINK, IFACE, 'SetupEndpoint', 'ay', [Buffer.alloc(0)]);
    expect(harness.operations.setupEndpoint).toHaveBeenCalledWith(1, new Uint8Array(0));
  });
});

describe('Network1 and Endpoint1', () => {
  test.each([true, false])('R-DBUS-20 Network1.LearnEndpoint: found is %s', async (isNew) => {
    harness.operations.learnByEid.mockResolvedValue({ network: 1, eid: 12, isNew });
    expect(await harness.call(NET, 'au.com.codeconstruct.MCTP.Network1', 'LearnEndpoint', 'y', [12])).toEqual(
      [`${NET}/endpoints/12`, isNew],
    );
    expect(harness.operations.learnByEid).toHaveBeenCalledWith(1, 12);
  });

  test.each([
    ['SetMTU', 'setMtu', 'u', [128], [1, 9, 128]],
    ['Remove', 'remove', '', [], [1, 9]],
    ['Recover', 'recover', '', [], [1, 9]],
  ] as const)(
    'R-DBUS-25 R-CONS-16 R-CONS-28 %s answers nothing',
    async (...[method, operation, signature, body, asked]) => {
      harness.operations[operation].mockResolvedValue(undefined);
      expect(
        await harness.call(NINE, 'au.com.codeconstruct.MCTP.Endpoint1', method, signature, body),
      ).toEqual([]);
      expect(harness.operations[operation]).toHaveBeenCalledWith(...asked);
    },
  );
});

describe('type registration', () => {
  const IFACE = 'au.com.codeconstruct.MCTP1';

  test('R-DBUS-10 versions go out in host memory order', async () => {
    await harness.call(ROOT, IFACE, 'RegisterTypeSupport', 'yau', [5, [0xf1f2f3f4, 0x00fff1f1]]);
    const first = endianness() === 'LE' ? [0xf4, 0xf3, 0xf2, 0xf1] : [0xf1, 0xf2, 0xf3, 0xf4];
    const second = endianness() === 'LE' ? [0xf1, 0xf1, 0xff, 0x00] : [0x00, 0xff, 0xf1, 0xf1];
    expect(harness.rootInfo.registerType).toHaveBeenCalledWith(harness.client.uniqueName, 5, [
      Uint8Array.from(first),
      Uint8Array.from(second),
    ]);
  });

  test.each([
    [0, new Variant('q', 0x8086), 0x8086],
    [1, new Variant('u', 40981), 40981],
  ])('R-DBUS-11 vendor format %d', async (format, data, vendor) => {
    await harness.call(ROOT, IFACE, 'RegisterVDMTypeSupport', 'yvq', [format, data, 7]);
    expect(harness.rootInfo.registerVendorType).toHaveBeenCalledWith(harness.client.uniqueName, {
      format,
      vendor,
      subtype: 7,
    });
  });

  test('R-DBUS-12 what a client registered goes when it leaves, once, and not when others leave', async () => {
    const [first, second] = [await connectBus(bus.socketAddress), await connectBus(bus.socketAddress)];
    const register = { destination: SERVICE_NAME, path: ROOT, iface: IFACE, member: 'RegisterTypeSupport' };
    for (const type of [5, 6]) await first.call({ ...register, signature: 'yau', body: [type, [1]] });
    await second.call({ ...register, signature: 'yau', body: [7, [1]] });
    const left = new Promise((resolve) => harness.rootInfo.ownerVanished.mockImplementation(resolve));
    first.close();
    expect(await left).toBe(first.uniqueName);
    await harness.server.flush();
    expect(harness.rootInfo.ownerVanished.mock.calls).toEqual([[first.uniqueName]]);
    harness.rootInfo.ownerVanished.mockReset();
    const next = new Promise((resolve) => harness.rootInfo.ownerVanished.mockImplementation(resolve));
    second.close();
    expect(await next).toBe(second.uniqueName);
  });

  test('R-DBUS-12 a client that has left before it could be watched is noticed', async () => {
    const client = await connectBus(bus.socketAddress);
    const left = new Promise((resolve) => harness.rootInfo.ownerVanished.mockImplementation(resolve));
    const call = { destination: SERVICE_NAME, path: ROOT, iface: IFACE, member: 'RegisterTypeSupport' };
    const outcome = client.call({ ...call, signature: 'yau', body: [5, [1]] }).catch(() => 'gone');
    client.close();
    expect(await outcome).toBe('gone');
    // Whether the bus got the call is a matter of the moment; with it comes the clearing away.
    await harness.server.flush();
    if (harness.rootInfo.registerType.mock.calls.length > 0) expect(await left).toBe(client.uniqueName);
  });
});

describe('interfaces of our own', () => {
  test('R-DBUS-51 Manager1', async () => {
    const IFACE = 'org.mctp_endpoint_manager.Manager1';
    expect(await harness.getAll(ROOT, IFACE)).toEqual([
      {
        Version: new Variant('s', '1.2.3'),
        UptimeSeconds: new Variant('t', 42n),
        DemuxSockets: new Variant('as', ['@mctp-demux', '@mctp-mux']),
        ClientSocket: new Variant('s', '@mctp-client'),
      },
    ]);
    expect(await harness.call(ROOT, IFACE, 'Rescan')).toEqual([]);
    expect(harness.rootInfo.rescan).toHaveBeenCalledTimes(1);
  });

  test('R-DBUS-52 Link1', async () => {
    const IFACE = 'org.mctp_endpoint_manager.Link1';
    expect(await harness.getAll(LINK, IFACE)).toEqual([
      {
        Name: new Variant('s', 'mctp0'),
        Index: new Variant('u', 1),
        Backend: new Variant('s', 'user'),
        Binding: new Variant('s', 'loopback'),
        PhysicalAddress: new Variant('ay', Buffer.of(0x10)),
        MinMTU: new Variant('u', 68),
        MaxMTU: new Variant('u', 254),
        Up: new Variant('b', true),
      },
    ]);
  });

  const traffic = { rxPackets: 1, txPackets: 2, rxBytes: 3, txBytes: 2 ** 40 };

  test('R-DBUS-52 GetCounters has every drop reason by name, and their sums', async () => {
    const drops = new Map([
      ['FrameBadFcs', 4],
      ['TransmitFailed', 5],
    ]);
    harness.net.counters.mockReturnValue({ ...traffic, drops });
    expect(await harness.call(LINK, 'org.mctp_endpoint_manager.Link1', 'GetCounters')).toEqual([
      {
        ...{ RxPackets: 1n, TxPackets: 2n, RxBytes: 3n, TxBytes: 2n ** 40n, RxErrors: 4n, TxErrors: 5n },
        ...Object.fromEntries(DROP_REASONS.map((reason) => [reason, BigInt(drops.get(reason) ?? 0)])),
      },
    ]);
    expect(harness.net.counters).toHaveBeenCalledWith(1);
  });

  test('R-DBUS-52 a backend leaves out what it does not count', async () => {
    harness.registry.putLink({ link: link({ backend: 'kernel' }), role: 'BusOwner' });
    harness.net.counters.mockReturnValueOnce({ ...traffic, drops: new Map() });
    const [counters] = await harness.call(LINK, 'org.mctp_endpoint_manager.Link1', 'GetCounters');
    expect(Object.keys(counters as object)).toEqual(['RxPackets', 'TxPackets', 'RxBytes', 'TxBytes']);
    harness.net.counters.mockReturnValueOnce(undefined);
    expect(await harness.call(LINK, 'org.mctp_endpoint_manager.Link1', 'GetCounters')).toEqual([{}]);
  });

  test('R-DBUS-54 Endpoint1', async () => {
    const IFACE = 'org.mctp_endpoint_manager.Endpoint1';
    harness.registry.removeEndpoint(1, 9);
    harness.registry.addEndpoint(endpoint(9, { bridge: 11 }));
    expect(await harness.getAll(NINE, IFACE)).toEqual([
      {
        Link: new Variant('o', LINK),
        PhysicalAddress: new Variant('ay', Buffer.of(0x19)),
        Bridge: new Variant('y', 11),
      },
    ]);
    expect(await harness.get(`${NET}/endpoints/8`, IFACE, 'Link')).toEqual([new Variant('o', '/')]);
    const counts = { requests: 7, timeouts: 2 };
    harness.operations.status.mockReturnValue({ lastError: 'x', roundTripMicroseconds: 12.6, ...counts });
    expect(await harness.call(NINE, IFACE, 'GetStatus')).toEqual([
      {
        LastError: new Variant('s', 'x'),
        RoundTripMicroseconds: new Variant('u', 13),
        Requests: new Variant('t', 7n),
        Timeouts: new Variant('t', 2n),
      },
    ]);
    expect(harness.operations.status).toHaveBeenCalledWith(1, 9);
  });
});

describe('R-DBUS-53 Network1 of our own', () => {
  const IFACE = 'org.mctp_endpoint_manager.Network1';

  beforeEach(() => {
    harness.net.links.mockReturnValue([link(), link({ index: 2, name: 'other', network: 2 })]);
    harness.net.addRoute.mockResolvedValue(undefined);
    harness.net.removeRoute.mockResolvedValue(undefined);
  });

  test('ListRoutes and ListNeighbours', async () => {
    harness.net.routes.mockReturnValue([
      { network: 1, first: 9, extent: 0, link: 1, mtu: 68 },
      { network: 1, first: 12, extent: 1, gateway: 11, mtu: 0 },
    ]);
    expect(await harness.call(NET, IFACE, 'ListRoutes')).toEqual([
      [
        [9, 0, 'mctp0', 68, 0],
        [12, 1, '', 0, 11],
      ],
    ]);
    harness.net.neighbours.mockReturnValue([{ link: 1, eid: 9, address: Uint8Array.of(0x1d) }]);
    expect(await harness.call(NET, IFACE, 'ListNeighbours')).toEqual([[[9, 'mctp0', Buffer.of(0x1d)]]]);
    expect([harness.net.routes.mock.calls, harness.net.neighbours.mock.calls]).toEqual([[[1]], [[1]]]);
  });

  test.each([
    [[20, 2, 'mctp0', 100, 0], { network: 1, first: 20, extent: 2, link: 1, mtu: 100 }],
    [[8, 246, 'mctp0', 0, 0], { network: 1, first: 8, extent: 246, link: 1, mtu: 0 }],
    [[20, 0, '', 0, 11], { network: 1, first: 20, extent: 0, gateway: 11, mtu: 0 }],
  ])('AddRoute %j', async (body, route) => {
    expect(await harness.call(NET, IFACE, 'AddRoute', 'yysuy', body)).toEqual([]);
    expect(harness.net.addRoute).toHaveBeenCalledWith(route);
  });

  test.each([
    [[7, 0, 'mctp0', 0, 0], 'Invalid EID'],
    [[255, 0, 'mctp0', 0, 0], 'Invalid EID'],
    [[250, 5, 'mctp0', 0, 0], 'Invalid EID'],
    [[20, 0, '', 0, 5], 'Invalid EID'],
    [[20, 0, 'nope', 0, 0], 'Unknown MCTP interface'],
    [[20, 0, 'other', 0, 0], 'Unknown MCTP interface'],
    [[20, 0, 'mctp0', 0, 11], 'Invalid arguments'],
    [[20, 0, '', 0, 0], 'Invalid arguments'],
    [[20, 0, 'mctp0', 67, 0], 'Invalid arguments'],
    [[20, 0, 'mctp0', 255, 0], 'Invalid arguments'],
  ])('AddRoute %j is refused', async (body, message) => {
    await expect(harness.call(NET, IFACE, 'AddRoute', 'yysuy', body)).rejects.toMatchObject({
      errorName: IA,
      message,
    });
    expect(harness.net.addRoute).not.toHaveBeenCalled();
  });

  test('AddRoute of a route that exists', async () => {
    harness.net.addRoute.mockRejectedValue(new MctpError('route-exists', 'x'));
    const call = harness.call(NET, IFACE, 'AddRoute', 'yysuy', [20, 0, 'mctp0', 0, 0]);
    await expect(call).rejects.toMatchObject({
      errorName: 'org.freedesktop.DBus.Error.FileExists',
      message: 'Route exists',
    });
  });

  test('RemoveRoute by link and by gateway', async () => {
    await harness.call(NET, IFACE, 'RemoveRoute', 'yys', [20, 2, 'mctp0']);
    await harness.call(NET, IFACE, 'RemoveRoute', 'yys', [20, 2, '']);
    expect(harness.net.removeRoute.mock.calls).toEqual([
      [{ network: 1, first: 20, extent: 2, link: 1 }],
      [{ network: 1, first: 20, extent: 2, link: undefined }],
    ]);
    harness.net.removeRoute.mockRejectedValue(new MctpError('no-such-route', 'x'));
    const call = harness.call(NET, IFACE, 'RemoveRoute', 'yys', [20, 2, '']);
    await expect(call).rejects.toMatchObject({
      errorName: 'org.freedesktop.DBus.Error.Failed',
      message: 'No such route',
    });
  });
});

describe('Peer', () => {
  test('R-DBUS-29 Ping and GetMachineId on every node', async () => {
    for (const path of ['/', ROOT, `${ROOT}/interfaces`, LINK, NINE]) {
      expect(await harness.call(path, 'org.freedesktop.DBus.Peer', 'Ping')).toEqual([]);
    }
    const id = await harness
      .call(ROOT, 'org.freedesktop.DBus.Peer', 'GetMachineId')
      .catch((error: unknown) => error);
    if (id instanceof Error) expect(id.message).toBe('This machine has no machine id');
    else expect((id as unknown[])[0]).toMatch(/^[0-9a-f]{32}$/);
  });
});
