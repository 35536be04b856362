import { MctpError } from '../../src/base/errors';
import { Bench } from './bench';

let bench: Bench;

beforeEach(() => {
  bench = new Bench();
});

afterEach(() => bench.stop());

const at = (address: number): Uint8Array => Uint8Array.of(address);
const commands = (): string[] => bench.bus.commands().map((each) => each.slice(0, 2));

describe('AssignEndpoint', () => {
  test('R-DISC-65 an unknown device is not asked what EID it has', async () => {
    const device = bench.device(0x1d, { eid: 30 });
    expect(await bench.clock.settle(bench.engine.assignEndpoint(1, at(0x1d)))).toEqual({
      network: 1,
      eid: 9,
      isNew: true,
    });
    expect(device.eid).toBe(9);
    expect(commands()).toEqual(['01', '05', '03']);
  });

  test('R-DISC-65 R-CONS-25 a known device costs no traffic, even if it was reset', async () => {
    const device = bench.device(0x1d);
    await bench.setup(0x1d);
    device.reset();
    bench.bus.transcript.length = 0;
    expect(await bench.clock.settle(bench.engine.assignEndpoint(1, at(0x1d)))).toEqual({
      network: 1,
      eid: 9,
      isNew: false,
    });
    expect(bench.bus.transcript).toEqual([]);
  });

  test('R-CONS-25 an absent device: an error in bounded time and nothing left', async () => {
    await bench.failure(bench.engine.assignEndpoint(1, at(0x1d)), 'no-response');
    expect(bench.clock.now()).toBe(1000);
    expect([bench.paths(), bench.events]).toEqual([[], []]);
  });

  test('R-DISC-21 out of EIDs', async () => {
    await bench.stop();
    bench = new Bench({ dynamicEids: { ranges: [{ first: 8, last: 8 }], reserved: new Set() } });
    bench.device(0x1d);
    await bench.failure(bench.engine.assignEndpoint(1, at(0x1d)), 'out-of-eids');
    expect(bench.bus.transcript).toEqual([]);
  });
});

describe('AssignEndpointStatic', () => {
  const assign = (address: number, eid: number) => bench.engine.assignEndpointStatic(1, at(address), eid);

  test('R-DISC-66 R-DISC-20 assigns that EID, wherever the dynamic range is', async () => {
    await bench.stop();
    bench = new Bench({ dynamicEids: { ranges: [{ first: 100, last: 120 }], reserved: new Set() } });
    bench.device(0x1d);
    expect(await bench.clock.settle(assign(0x1d, 20))).toEqual({ network: 1, eid: 20, isNew: true });
  });

  test('R-DISC-66 again: not new, no traffic', async () => {
    bench.device(0x1d);
    await bench.clock.settle(assign(0x1d, 20));
    bench.bus.transcript.length = 0;
    expect((await bench.clock.settle(assign(0x1d, 20))).isNew).toBe(false);
    expect(bench.bus.transcript).toEqual([]);
  });

  test('R-DISC-66 another EID than the one it has', async () => {
    bench.device(0x1d);
    await bench.clock.settle(assign(0x1d, 20));
    const error = await bench.failure(assign(0x1d, 21), 'already-assigned');
    expect(error.context).toMatchObject({ eid: 20, requestedEid: 21 });
  });

  test('R-DISC-66 an EID of another device, or of ours', async () => {
    bench.device(0x1d);
    bench.device(0x1e);
    await bench.clock.settle(assign(0x1d, 20));
    bench.bus.transcript.length = 0;
    await bench.failure(assign(0x1e, 20), 'address-in-use');
    await bench.failure(assign(0x1e, 8), 'address-in-use');
    expect(bench.bus.transcript).toEqual([]);
  });

  test('R-DISC-23 EID 0 means the lowest free one', async () => {
    bench.device(0x1d);
    bench.device(0x1e);
    await bench.clock.settle(assign(0x1d, 10));
    expect((await bench.clock.settle(assign(0x1e, 0))).eid).toBe(9);
  });

  test('R-DISC-46 a bridge gets no pool this way', async () => {
    bench.device(0x1d, { bridge: true, poolSize: 3 });
    await bench.clock.settle(assign(0x1d, 20));
    expect(bench.registry.endpoint(1, 20)?.pool).toBeUndefined();
    expect((await bench.setup(0x1d)).isNew).toBe(false);
  });

  test.each([1, 7, 255, 256, -1, 9.5])('R-DBUS-37 EID %d is refused before anything is sent', async (eid) => {
    bench.device(0x1d);
    await bench.failure(assign(0x1d, eid), 'invalid-eid');
    expect(bench.bus.transcript).toEqual([]);
  });

  test('R-DISC-27 an EID whose assignment is under way is in use; when it fails it is free', async () => {
    const device = bench.device(0x1d);
    device.dead = true;
    bench.device(0x1e);
    const first = assign(0x1d, 20);
    // Same EID: it waits for its turn (R-DISC-6), then finds the EID free.
    const second = assign(0x1e, 20);
    await bench.failure(first, 'no-response');
    expect((await bench.clock.settle(second)).eid).toBe(20);
  });

  test('R-DISC-24 R-DISC-25 an explicit EID may lie in the room another operation has reserved', async () => {
    bench.device(0x1d, { latencyMs: 100 });
    bench.device(0x1e);
    const slow = bench.engine.assignEndpoint(1, at(0x1d));
    const exact = assign(0x1e, 12);
    expect((await bench.clock.settle(exact)).eid).toBe(12);
    expect((await bench.clock.settle(slow)).eid).toBe(9);
  });
});

describe('AssignBridgeStatic', () => {
  const bridge = (eid: number, poolStart: number, poolSize: number, address = 0x1d) =>
    bench.engine.assignBridgeStatic(1, at(address), { eid, poolStart, poolSize });
  const settle = (...call: Parameters<typeof bridge>) => bench.clock.settle(bridge(...call));
  const poolOf = (eid: number) => bench.registry.endpoint(1, eid)?.pool;

  test('R-DISC-67 R-DBUS-37 R-DBUS-38 arguments are checked before anything is sent', async () => {
    bench.device(0x1d);
    await bench.failure(bridge(0, 0, 3), 'invalid-eid');
    await bench.failure(bridge(255, 0, 0), 'invalid-eid');
    await bench.failure(bridge(20, 22, 3), 'bad-pool-start');
    await bench.failure(bridge(250, 251, 5), 'out-of-eids');
    expect(bench.bus.transcript).toEqual([]);
  });

  test.each([0, 21])(
    'R-DISC-67 R-DISC-69 the EID, and the pool behind it; poolstart %d',
    async (poolStart) => {
      bench.device(0x1d, { bridge: true, poolSize: 3 });
      const reply = { network: 1, eid: 20, poolStart: 21 };
      expect(await settle(20, poolStart, 3)).toEqual({ ...reply, isNew: true });
      expect(bench.events).toEqual(['endpoint-added 1/20', 'pool-allocated 1/20']);
      expect(poolOf(20)).toEqual({ start: 21, end: 23 });
      bench.bus.transcript.length = 0;
      // R-DISC-68: nothing is asked of a known one.
      expect(await settle(20, poolStart, 3)).toEqual({ ...reply, isNew: false });
      expect(bench.bus.transcript).toEqual([]);
    },
  );

  test.each([
    ['what the device wants', 5, 2],
    ['what the caller wants', 2, 7],
    ['nothing for a caller that wants none', 0, 3],
    ['nothing for a device that wants none', 4, 0],
  ] as const)('R-DISC-69 at most %s', async (_name, asked, wanted) => {
    const granted = Math.min(asked, wanted);
    const poolStart = granted === 0 ? 0 : 21;
    bench.device(0x1d, { bridge: true, poolSize: wanted });
    expect(await settle(20, 0, asked)).toEqual({ network: 1, eid: 20, poolStart, isNew: true });
    expect(poolOf(20)).toEqual(granted === 0 ? undefined : { start: 21, end: 20 + granted });
    // What was asked for counts, not what came of it.
    expect(await settle(20, 0, asked)).toEqual({ network: 1, eid: 20, poolStart, isNew: false });
  });

  test('R-DISC-68 another size or EID: removed first, then assigned afresh', async () => {
    const device = bench.device(0x1d, { bridge: true, poolSize: 8 });
    await settle(20, 0, 3);
    device.pool = undefined;
    bench.events.length = 0;
    expect(await settle(20, 0, 4)).toMatchObject({ eid: 20, isNew: true });
    expect(bench.events).toEqual(['endpoint-removed 1/20', 'endpoint-added 1/20', 'pool-allocated 1/20']);
    device.pool = undefined;
    // Its own old EID and pool are in nobody's way.
    expect(await settle(22, 0, 4)).toMatchObject({ eid: 22, poolStart: 23, isNew: true });
    expect(bench.paths()).toEqual(['22 -> 1d', 'route 22 mtu 68', 'route 23-26 via 22 mtu 68']);
  });

  test('R-DISC-70 it kept its old pool and rejects the new one: success without a pool', async () => {
    bench.device(0x1d, { bridge: true, poolSize: 8 });
    await settle(20, 0, 3);
    expect(await settle(30, 0, 3)).toEqual({ network: 1, eid: 30, poolStart: 0, isNew: true });
    expect(bench.paths()).toEqual(['30 -> 1d', 'route 30 mtu 68']);
    expect((await settle(30, 0, 3)).isNew).toBe(false);
  });

  test('R-DISC-68 R-DISC-53 after silence to the allocation it is assigned again', async () => {
    const device = bench.device(0x1d, { bridge: true, poolSize: 3 });
    device.script = (command) => (command === 8 ? 'silent' : undefined);
    expect(await settle(20, 0, 3)).toMatchObject({ poolStart: 0, isNew: true });
    device.script = () => undefined;
    expect(await settle(20, 0, 3)).toMatchObject({ poolStart: 21, isNew: true });
  });

  test('R-DISC-68 R-DISC-25 R-DISC-26 collisions', async () => {
    bench.device(0x1d, { bridge: true, poolSize: 3 });
    bench.device(0x1e, { bridge: true, poolSize: 3 });
    await settle(20, 0, 3);
    bench.bus.transcript.length = 0;
    await bench.failure(bridge(20, 0, 3, 0x1e), 'address-in-use');
    await bench.failure(bridge(8, 0, 3, 0x1e), 'address-in-use');
    // In the pool; reaching up to the bridge; reaching into the pool.
    await bench.failure(bridge(22, 0, 0, 0x1e), 'out-of-eids');
    await bench.failure(bridge(18, 0, 2, 0x1e), 'out-of-eids');
    await bench.failure(bridge(23, 0, 2, 0x1e), 'out-of-eids');
    expect(bench.bus.transcript).toEqual([]);
    expect(await settle(24, 0, 3, 0x1e)).toMatchObject({ eid: 24, poolStart: 25 });
  });

  test('R-DISC-24 R-DISC-27 of two at once with overlapping pools the first one wins', async () => {
    bench.device(0x1d, { bridge: true, poolSize: 3 });
    bench.device(0x1e, { bridge: true, poolSize: 3 });
    bench.device(0x1f);
    const first = bridge(20, 0, 3);
    const second = bench.failure(bridge(22, 0, 3, 0x1e), 'out-of-eids');
    const setup = bench.engine.setupEndpoint(1, at(0x1f));
    expect(await bench.clock.settle(Promise.all([first, setup]))).toMatchObject([{ eid: 20 }, { eid: 24 }]);
    await second;
  });
});

describe('arguments of every method of a link', () => {
  const methods: [string, (link: number, address: Uint8Array) => Promise<unknown>][] = [
    ['SetupEndpoint', (link, address) => bench.engine.setupEndpoint(link, address)],
    ['AssignEndpoint', (link, address) => bench.engine.assignEndpoint(link, address)],
    ['AssignEndpointStatic', (link, address) => bench.engine.assignEndpointStatic(link, address, 20)],
    ['LearnEndpoint', (link, address) => bench.engine.learnEndpoint(link, address)],
    [
      'AssignBridgeStatic',
      (link, address) =>
        bench.engine.assignBridgeStatic(link, address, { eid: 20, poolStart: 0, poolSize: 2 }),
    ],
  ];

  test.each(methods)('R-DBUS-17 %s: physical addresses', async (_name, call) => {
    await bench.failure(call(1, new Uint8Array(33)), 'physaddr-too-long');
    await bench.failure(call(1, new Uint8Array(2)), 'bad-physaddr');
    await bench.failure(call(1, new Uint8Array(0)), 'bad-physaddr');
    await bench.failure(call(99, at(0x1d)), 'unknown-link');
    expect(bench.bus.transcript).toEqual([]);
  });

  test.each(methods)('R-DBUS-13 %s: only where we are bus owner', async (_name, call) => {
    await bench.stop();
    bench = new Bench({ role: () => 'Endpoint' });
    const error = await bench.failure(call(1, at(0x1d)), 'not-bus-owner');
    expect(error.context).toMatchObject({ link: 'mctp1', physicalAddress: at(0x1d) });
  });
});

describe('SetMTU', () => {
  test('R-DBUS-26 replaces the host route', async () => {
    bench.device(0x1d);
    await bench.setup(0x1d);
    await bench.clock.settle(bench.engine.setMtu(1, 9, 200));
    expect(bench.paths()).toEqual(['9 -> 1d', 'route 9 mtu 200']);
    await bench.clock.settle(bench.engine.setMtu(1, 9, 0));
    expect(bench.paths()).toEqual(['9 -> 1d', 'route 9 mtu 0']);
    await bench.clock.settle(bench.engine.remove(1, 9));
    expect(bench.paths()).toEqual([]);
  });

  test.each([1, 67, 255])('R-DBUS-26 R-CONS-16 %d is refused and the route stays', async (mtu) => {
    bench.device(0x1d);
    await bench.setup(0x1d);
    await bench.failure(bench.engine.setMtu(1, 9, mtu), 'bad-mtu');
    expect(bench.paths()).toContain('route 9 mtu 68');
  });

  test('R-DBUS-26 a route that is refused leaves the old one', async () => {
    bench.device(0x1d);
    await bench.setup(0x1d);
    bench.bus.failing = (action) => (action === 'route 9 mtu 200' ? new Error('refused') : undefined);
    await expect(bench.clock.settle(bench.engine.setMtu(1, 9, 200))).rejects.toThrow('refused');
    expect(bench.paths()).toContain('route 9 mtu 68');
  });

  test('R-DBUS-26 a route that is there although its adding failed is no second failure', async () => {
    bench.device(0x1d);
    await bench.setup(0x1d);
    const add = bench.bus.addRoute.bind(bench.bus);
    bench.bus.addRoute = async (route) => {
      await add(route);
      throw new MctpError(route.mtu === 200 ? 'internal' : 'route-exists', 'its answer is lost');
    };
    await expect(bench.clock.settle(bench.engine.setMtu(1, 9, 200))).rejects.toThrow('its answer is lost');
    expect(bench.paths()).toContain('route 9 mtu 200');
  });

  test.each(['no route 9', 'route 9 mtu 200'])(
    'R-DBUS-26 R-DISC-123 a link that goes at "%s" leaves no route',
    async (moment) => {
      bench.device(0x1d);
      await bench.setup(0x1d);
      bench.bus.addLink({ index: 2 });
      bench.bus.failing = (action) => {
        if (action === moment && bench.bus.links().length === 2) bench.bus.removeLink(1);
        return undefined;
      };
      await bench.failure(bench.engine.setMtu(1, 9, 200));
      expect(bench.bus.routes(1)).toEqual([]);
    },
  );

  test('R-DBUS-27 not for our own endpoints', async () => {
    await bench.failure(bench.engine.setMtu(1, 8, 100), 'cannot-set-local-mtu');
  });
});

test('R-DBUS-54 status: requests, silences, last error and round trip', async () => {
  const device = bench.device(0x1d, { latencyMs: 7 });
  device.script = (command) => (command === 3 ? 'silent' : undefined);
  await bench.setup(0x1d);
  expect(bench.engine.status(1, 9)).toEqual({
    requests: 4,
    timeouts: 1,
    lastError: 'no response to Get Endpoint UUID',
    roundTripMicroseconds: 7000,
  });
  expect(bench.engine.status(1, 77)).toEqual({
    requests: 0,
    timeouts: 0,
    lastError: '',
    roundTripMicroseconds: 0,
  });
});
