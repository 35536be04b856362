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
    bench = new Bench({ dynamicEidRange: { first: 8, last: 8 } });
    bench.device(0x1d);
    await bench.failure(bench.engine.assignEndpoint(1, at(0x1d)), 'out-of-eids');
    expect(bench.bus.transcript).toEqual([]);
  });
});

describe('AssignEndpointStatic', () => {
  const assign = (address: number, eid: number) => bench.engine.assignEndpointStatic(1, at(address), eid);

  test('R-DISC-66 R-DISC-20 assigns that EID, wherever the dynamic range is', async () => {
    await bench.stop();
    bench = new Bench({ dynamicEidRange: { first: 100, last: 120 } });
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

describe('what is not there yet', () => {
  const bridge = (eid: number, poolStart: number, poolSize: number) =>
    bench.engine.assignBridgeStatic(1, at(0x1d), { eid, poolStart, poolSize });

  test('AssignBridgeStatic checks its arguments and then says so: R-DISC-67 R-DBUS-37 R-DBUS-38', async () => {
    bench.device(0x1d);
    await bench.failure(bridge(0, 0, 3), 'invalid-eid');
    await bench.failure(bridge(255, 0, 0), 'invalid-eid');
    await bench.failure(bridge(20, 22, 3), 'bad-pool-start');
    await bench.failure(bridge(250, 251, 5), 'out-of-eids');
    const error = await bench.failure(bridge(20, 21, 3), 'not-supported');
    expect(error.message).toBe('AssignBridgeStatic: not implemented in this release');
    expect(bench.bus.transcript).toEqual([]);
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
