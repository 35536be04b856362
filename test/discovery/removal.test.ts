import { Bench } from './bench';

let bench: Bench;

beforeEach(() => {
  bench = new Bench();
});

afterEach(() => bench.stop());

describe('Remove', () => {
  test('R-DISC-80 R-CONS-28 neighbour, route, then the object; the device hears nothing', async () => {
    const device = bench.device(0x1d);
    await bench.setup(0x1d);
    bench.bus.transcript.length = 0;
    bench.registry.events.on((event) => bench.bus.transcript.push(event.kind));
    await bench.clock.settle(bench.engine.remove(1, 9));
    expect(bench.bus.transcript).toEqual(['no neighbour 9', 'no route 9', 'endpoint-removed']);
    expect(device.eid).toBe(9);
    expect(bench.paths()).toEqual([]);
  });

  test('R-DISC-83 not our own', async () => {
    await bench.failure(bench.engine.remove(1, 8), 'cannot-remove-local');
    expect(bench.registry.endpoint(1, 8)).toBeDefined();
  });

  test('an endpoint that is not there', async () => {
    await bench.failure(bench.engine.remove(1, 9), 'unknown-endpoint');
    await bench.failure(bench.engine.remove(5, 9), 'unknown-endpoint');
  });

  test('R-DISC-6 waits for what is under way at that address', async () => {
    const device = bench.device(0x1d);
    await bench.setup(0x1d);
    device.reset();
    const setup = bench.engine.setupEndpoint(1, Uint8Array.of(0x1d));
    const remove = bench.engine.remove(1, 9);
    await bench.clock.settle(Promise.all([setup, remove]));
    expect(bench.events.slice(1)).toEqual([
      'endpoint-removed 1/9',
      'endpoint-added 1/9',
      'endpoint-removed 1/9',
    ]);
    expect(bench.paths()).toEqual([]);
  });

  test('R-DISC-6 an endpoint that has moved meanwhile is not removed under its old EID', async () => {
    const device = bench.device(0x1d);
    await bench.setup(0x1d);
    device.eid = 40;
    const learn = bench.engine.learnEndpoint(1, Uint8Array.of(0x1d));
    const remove = bench.engine.remove(1, 9);
    await bench.failure(remove, 'unknown-endpoint');
    await bench.clock.settle(learn);
    expect(bench.eids()).toEqual([40]);
  });

  test('R-DISC-6 an EID that went over to another device meanwhile: that one is set up first, then removed', async () => {
    const mover = bench.device(0x1d, { latencyMs: 10 });
    await bench.setup(0x1d);
    mover.eid = 40;
    bench.device(0x1e, { eid: 9, latencyMs: 15 });
    const learn = bench.engine.learnEndpoint(1, Uint8Array.of(0x1d));
    const remove = bench.engine.remove(1, 9);
    const setup = bench.engine.setupEndpoint(1, Uint8Array.of(0x1e));
    expect(await bench.clock.settle(Promise.all([setup, learn, remove]))).toMatchObject([
      { eid: 9, isNew: true },
      { eid: 40, isNew: true },
      undefined,
    ]);
    expect(bench.eids()).toEqual([40]);
  });

  test('R-DBUS-54 another device under the same EID starts its status from zero', async () => {
    bench.device(0x1d);
    bench.device(0x1e);
    await bench.clock.settle(bench.engine.assignEndpointStatic(1, Uint8Array.of(0x1d), 20));
    await bench.clock.settle(bench.engine.remove(1, 20));
    await bench.clock.settle(bench.engine.assignEndpointStatic(1, Uint8Array.of(0x1e), 20));
    expect(bench.engine.status(1, 20).requests).toBe(3);
  });
});
