import { OWN_UUID, UUID } from '../bench';
import { ADDRESS, LinkBench } from './link-bench';

/** Links that get another name or go to another network, with devices on them. */

let bench: LinkBench;

beforeEach(() => {
  bench = new LinkBench();
});

afterEach(() => bench.stop());

describe('R-DISC-124 a link gets another name', () => {
  test('R-DISC-124 the link alone changes, with role and everything else kept', async () => {
    await bench.stop();
    const roles: string[] = [];
    bench = new LinkBench({
      role: ({ name }) => {
        roles.push(name);
        return name === 'mctp1' ? 'BusOwner' : 'Unknown';
      },
    });
    await bench.devices(1);
    bench.events.length = 0;
    bench.bus.transcript.length = 0;
    bench.bus.changeLink(1, { name: 'bmc0' });
    expect(bench.events).toEqual(['link-changed bmc0']);
    expect(bench.registry.link(1)).toMatchObject({ role: 'BusOwner', link: { name: 'bmc0', network: 1 } });
    expect(roles).toEqual(['mctp1']);
    expect([bench.eids(), bench.paths(), bench.bus.transcript]).toEqual([
      [9],
      ['9 -> 1d', 'route 9 mtu 68'],
      [],
    ]);
  });

  test('R-DISC-124 an operation under way goes on', async () => {
    bench.device(ADDRESS, { latencyMs: 50 });
    const call = bench.engine.setupEndpoint(1, Uint8Array.of(ADDRESS));
    await bench.clock.advance(75);
    bench.bus.changeLink(1, { name: 'bmc0' });
    expect(await bench.clock.settle(call)).toEqual({ network: 1, eid: 9, isNew: true });
  });

  test('R-DISC-124 R-DISC-125 name and network may change at once', async () => {
    await bench.devices(1);
    await bench.moveLink({ name: 'bmc0' });
    expect(bench.events).toEqual([
      'endpoint-removed 1/8',
      'network-added 2',
      'endpoint-added 2/8',
      'link-changed bmc0',
      'endpoint-removed 1/9',
      'endpoint-added 2/9',
      'network-removed 1',
    ]);
  });
});

describe('R-DISC-125 a link goes to another network', () => {
  test.each([true, false])(
    'R-DISC-125 R-DISC-2 local EIDs, the link, then each endpoint; paths anew (they follow by themselves: %p)',
    async (routesFollow) => {
      bench.bus.routesFollow = routesFollow;
      await bench.devices(2);
      const before = bench.registry.endpoint(1, 10);
      await bench.moveLink();
      expect(bench.events).toEqual([
        'endpoint-removed 1/8',
        'network-added 2',
        'endpoint-added 2/8',
        'link-changed mctp1',
        'endpoint-removed 1/9',
        'endpoint-added 2/9',
        'endpoint-removed 1/10',
        'endpoint-added 2/10',
        'network-removed 1',
      ]);
      expect(bench.registry.endpoint(2, 8)).toMatchObject({ local: true, uuid: OWN_UUID });
      // UUID and types are kept without asking.
      expect(bench.registry.endpoint(2, 10)).toEqual({ ...before, network: 2 });
      expect(bench.bus.commands()).toEqual([]);
      expect(bench.paths(2)).toEqual(['10 -> 1e', '9 -> 1d', 'route 10 mtu 68', 'route 9 mtu 68']);
      expect(bench.bus.routes(1)).toEqual([]);
    },
  );

  test('R-DISC-125 R-DBUS-34 an EID of ours stays where another link holds it', async () => {
    bench.bus.addLink({ index: 2, network: 1, localEids: [8] });
    bench.bus.addLink({ index: 3, network: 2, localEids: [8] });
    await bench.moveLink();
    expect(bench.events).toEqual(['link-changed mctp1']);
    bench.bus.removeLink(3);
    expect(bench.registry.endpoint(2, 8)).toBeDefined();
    await bench.bus.removeLocalEid(1, 8);
    expect([bench.registry.localEids(1), bench.registry.localEids(2)]).toEqual([[8], []]);
  });

  test('R-DISC-125 R-DISC-123 the old network goes only with its last link, and takes with it what had no link', async () => {
    bench.bus.addLink({ index: 2, network: 1, localEids: [] });
    bench.device(0x2d, { link: 2, eid: 40 });
    await bench.bus.addNeighbour({ link: 2, eid: 30, address: Uint8Array.of(0x2d) });
    await bench.bus.addRoute({ network: 1, first: 30, extent: 0, link: 2, mtu: 68 });
    await bench.bus.addRoute({ network: 1, first: 40, extent: 0, gateway: 30, mtu: 68 });
    await bench.clock.settle(bench.engine.learnByEid(1, 40));
    await bench.moveLink();
    expect([bench.registry.networks(), bench.eids()]).toEqual([[1, 2], [40]]);
    bench.bus.changeLink(2, { network: 2 });
    expect([bench.registry.networks(), bench.eids()]).toEqual([[2], []]);
  });

  test('R-DISC-125 an EID that is taken in the new network: the endpoint is dropped, with a log line and its paths', async () => {
    await bench.devices(2);
    await bench.occupy(9);
    await bench.moveLink();
    expect(bench.warnings()).toEqual(['an endpoint is dropped']);
    expect(bench.events).not.toContain('endpoint-added 2/9');
    expect(bench.registry.endpoint(2, 9)?.link).toBe(2);
    expect(bench.paths(2)).toEqual(['10 -> 1e', '9 -> 2d', 'route 10 mtu 68', 'route 9 mtu 68']);
    expect(bench.bus.routes(1)).toEqual([]);
    // It can be had again, under another EID.
    expect(await bench.setup(ADDRESS)).toMatchObject({ network: 2, isNew: true });
    expect(bench.eids()).toHaveLength(3);
  });

  test('R-DISC-125 R-DISC-122 an EID of ours in the new network drops the endpoint, and one of ours that moves evicts', async () => {
    await bench.devices(1);
    bench.bus.addLink({ index: 2, network: 2, localEids: [9] });
    bench.device(0x2d, { link: 2, eid: 8 });
    await bench.clock.settle(bench.engine.setupEndpoint(2, Uint8Array.of(0x2d)));
    await bench.moveLink();
    expect(bench.registry.localEids(2)).toEqual([8, 9]);
    expect(bench.eids()).toEqual([]);
    expect(bench.paths(2)).toEqual([]);
  });

  test('R-DISC-125 R-DISC-26 an EID inside a pool of the new network is taken', async () => {
    await bench.devices(1);
    bench.bus.addLink({ index: 2, network: 2, localEids: [] });
    bench.device(0x2d, { link: 2, bridge: true, poolSize: 3 });
    const other = { eid: 20, poolStart: 0, poolSize: 3 };
    await bench.clock.settle(bench.engine.assignBridgeStatic(2, Uint8Array.of(0x2d), other));
    bench.device(0x30, { eid: 22 });
    await bench.setup(0x30);
    await bench.moveLink();
    expect(bench.eids()).toEqual([9, 20]);
  });

  test('R-DISC-125 reservations of operations in the new network give way where they are mere room', async () => {
    await bench.devices(2);
    bench.bus.addLink({ index: 2, network: 2, localEids: [8] });
    const slow = bench.device(0x2d, { link: 2, latencyMs: 50 });
    await bench.clock.settle(bench.engine.assignEndpointStatic(2, slow.address, 30));
    slow.reset();
    await bench.clock.settle(bench.engine.remove(2, 30));
    // EID 9 is reserved for it, and 10..24 as room for a pool that it may want.
    const call = bench.engine.setupEndpoint(2, slow.address);
    await bench.clock.advance(75);
    await bench.moveLink();
    await bench.clock.settle(call);
    expect(bench.remote().map(({ eid, link }) => [eid, link])).toEqual([
      [10, 1],
      [9, 2],
    ]);
  });

  test('R-DISC-125 R-DISC-27 an EID that was just given up is withheld in the new network too', async () => {
    const [device] = await bench.devices(1);
    await bench.clock.settle(bench.engine.remove(1, 9));
    await bench.moveLink();
    bench.device(0x30);
    expect((await bench.setup(0x30)).eid).toBe(10);
    // Not from the one that had it.
    device?.reset();
    const again = bench.engine.assignEndpointStatic(1, Uint8Array.of(ADDRESS), 0);
    expect((await bench.clock.settle(again)).eid).toBe(9);
  });

  test('R-DISC-125 R-DISC-31 an MTU that a client has set is kept', async () => {
    await bench.devices(1);
    await bench.clock.settle(bench.engine.setMtu(1, 9, 128));
    bench.bus.routesFollow = false;
    await bench.moveLink();
    expect(bench.paths(2)).toEqual(['9 -> 1d', 'route 9 mtu 128']);
  });

  test('R-DISC-125 two moves in a row end where the link is', async () => {
    bench.bus.routesFollow = false;
    await bench.devices(1);
    bench.bus.changeLink(1, { network: 2 });
    bench.bus.changeLink(1, { network: 3 });
    await bench.clock.advance(0);
    expect([bench.paths(1), bench.bus.routes(2), bench.paths(3)]).toEqual([
      [],
      [],
      ['9 -> 1d', 'route 9 mtu 68'],
    ]);
    expect(bench.registry.networks()).toEqual([3]);
  });

  test('R-DISC-125 an endpoint that is removed while its paths move leaves none', async () => {
    bench.bus.routesFollow = false;
    await bench.devices(1);
    bench.bus.changeLink(1, { network: 2 });
    await bench.clock.settle(bench.engine.remove(2, 9));
    await bench.clock.advance(0);
    expect([bench.bus.routes(1), bench.paths(2), bench.eids()]).toEqual([[], [], []]);
  });
});

describe('R-DISC-127 a bridge goes to another network', () => {
  test.each([true, false])(
    'R-DISC-127 R-DISC-125 pool, route and Bridge1 are kept, and what is behind it moves (routes follow: %p)',
    async (routesFollow) => {
      bench.bus.routesFollow = routesFollow;
      await bench.knownBridge();
      await bench.moveLink();
      expect(bench.events.slice(4)).toEqual([
        'endpoint-removed 1/9',
        'endpoint-added 2/9',
        'endpoint-removed 1/11',
        'endpoint-added 2/11',
        'network-removed 1',
      ]);
      expect(bench.registry.endpoint(2, 9)?.pool).toEqual({ start: 10, end: 11 });
      expect(bench.registry.endpoint(2, 11)).toMatchObject({ bridge: 9, network: 2 });
      expect(bench.bus.commands()).toEqual([]);
      expect(bench.paths(2)).toEqual(['9 -> 1d', 'route 10-11 via 9 mtu 68', 'route 9 mtu 68']);
      expect(bench.bus.routes(1)).toEqual([]);
      // The pool is the bridge's in the new network.
      expect(
        await bench.failure(bench.engine.assignEndpointStatic(1, Uint8Array.of(0x30), 10)),
      ).toMatchObject({ code: 'eid-in-pool' });
    },
  );

  test('R-DISC-125 R-DISC-110 R-DISC-112 what is still to be found behind it is polled in the new network', async () => {
    await bench.stop();
    bench = new LinkBench({ endpointPollMs: 2500 });
    const device = await bench.knownBridge();
    await bench.moveLink();
    bench.bus.transcript.length = 0;
    // It stands in for the device with EID 10.
    device.eid = 10;
    await bench.clock.advance(2600);
    expect(bench.registry.endpoint(2, 10)).toMatchObject({ bridge: 9, uuid: UUID });
    expect(bench.bus.exchanges().every(({ way }) => way === 'routed')).toBe(true);
    await bench.clock.advance(60_000);
    expect(bench.eids()).toEqual([9, 10, 11]);
  });

  test('R-DISC-125 a bridge whose EID is taken is dropped with what is behind it', async () => {
    await bench.knownBridge();
    await bench.occupy(9);
    await bench.moveLink();
    expect(bench.events).toEqual(expect.arrayContaining(['endpoint-removed 1/9', 'endpoint-removed 1/11']));
    expect(bench.eids()).toEqual([9]);
    expect(bench.paths(2)).toEqual(['9 -> 2d', 'route 9 mtu 68']);
    expect(bench.bus.routes(1)).toEqual([]);
  });

  test('R-DISC-127 R-DISC-26 a pool that is not free there is released, with what is in it', async () => {
    await bench.knownBridge();
    await bench.occupy(10);
    await bench.moveLink();
    expect(bench.warnings()).toEqual(['a bridge loses its pool']);
    expect(bench.eids()).toEqual([9, 10]);
    expect(bench.registry.endpoint(2, 9)?.pool).toBeUndefined();
    expect(bench.paths(2)).toEqual(['10 -> 2d', '9 -> 1d', 'route 10 mtu 68', 'route 9 mtu 68']);
    expect(bench.bus.routes(1)).toEqual([]);
  });
});

test('R-DISC-125 R-DISC-160 automatic discovery goes on, and sets a dropped device up again', async () => {
  await bench.stop();
  bench = new LinkBench({
    discover: ({ index }) =>
      index === 1
        ? { mode: 'static', endpoints: [{ address: Uint8Array.of(ADDRESS) }] }
        : { mode: 'off', endpoints: [] },
  });
  bench.device(ADDRESS);
  bench.engine.startDiscovery();
  await bench.clock.advance(1000);
  expect(bench.eids()).toEqual([9]);
  await bench.occupy(9);
  await bench.moveLink();
  expect(bench.eids()).toEqual([9]);
  await bench.clock.advance(2000);
  expect(bench.remote().map(({ network, link }) => [network, link])).toEqual([
    [2, 2],
    [2, 1],
  ]);
});
