import { UUID } from '../bench';
import { ADDRESS, LinkBench } from './link-bench';

/** A link goes to another network while operations are under way on it. */

let bench: LinkBench;

beforeEach(() => {
  bench = new LinkBench();
});

afterEach(() => bench.stop());

describe('R-DISC-125 operations under way while the link goes to another network', () => {
  test.each([25, 75, 125, 175])(
    'R-DISC-125 R-DISC-6 an assignment after %d ms ends with a clear error',
    async (ms) => {
      const device = bench.device(ADDRESS, { latencyMs: 50, uuid: UUID });
      const call = bench.engine.setupEndpoint(1, device.address);
      await bench.clock.advance(ms);
      await bench.moveLink();
      const error = await bench.failure(call, 'cancelled');
      expect(error.message).toMatch(/network/);
      expect([bench.eids(), bench.bus.routes(1), bench.paths(2)]).toEqual([[], [], []]);
      // The next call finds it where it is.
      expect(await bench.setup(ADDRESS)).toMatchObject({ network: 2, isNew: true });
    },
  );

  test('R-DISC-125 a bridge that is just getting its pool is dropped, and nothing is left', async () => {
    bench.device(ADDRESS, { bridge: true, poolSize: 2, latencyMs: 10 });
    const call = bench.engine.setupEndpoint(1, Uint8Array.of(ADDRESS));
    await bench.clock.advance(45);
    expect(bench.paths()).toContain('route 10-11 via 9 mtu 68');
    const failed = bench.failure(call, 'cancelled');
    await bench.moveLink();
    await failed;
    expect([bench.eids(), bench.bus.routes(1), bench.paths(2)]).toEqual([[], [], []]);
  });

  test('R-DISC-125 an operation that waits for its turn works in the new network', async () => {
    bench.device(ADDRESS, { latencyMs: 50 });
    const first = bench.engine.setupEndpoint(1, Uint8Array.of(ADDRESS));
    const second = bench.engine.assignEndpointStatic(1, Uint8Array.of(ADDRESS), 20);
    await bench.clock.advance(75);
    const failed = bench.failure(first, 'cancelled');
    await bench.moveLink();
    await failed;
    expect(await bench.clock.settle(second)).toEqual({ network: 2, eid: 20, isNew: true });
    expect(bench.paths(2)).toEqual(['20 -> 1d', 'route 20 mtu 68']);
  });

  test('R-DISC-125 a look at a known device goes on', async () => {
    const [device] = await bench.devices(1);
    if (device !== undefined) device.latencyMs = 50;
    const call = bench.engine.setupEndpoint(1, Uint8Array.of(ADDRESS));
    await bench.clock.advance(25);
    await bench.moveLink();
    expect(await bench.clock.settle(call)).toEqual({ network: 2, eid: 9, isNew: false });
  });

  test('R-DISC-125 R-DISC-73 a re-query that the move spoils does not cost the endpoint its object', async () => {
    const [device] = await bench.devices(1);
    if (device !== undefined) device.script = (command) => (command === 0x05 ? 'silent' : undefined);
    const call = bench.engine.learnEndpoint(1, Uint8Array.of(ADDRESS));
    await bench.clock.advance(75);
    await bench.moveLink();
    await bench.failure(call, 'cancelled');
    expect(bench.eids()).toEqual([9]);
  });

  test('R-DISC-125 R-DISC-80 one that goes and comes back meanwhile keeps its new paths', async () => {
    const [device] = await bench.devices(1);
    bench.bus.pause = () => bench.clock.sleep(3);
    bench.bus.changeLink(1, { network: 2 });
    const removal = bench.engine.remove(2, 9);
    const call = removal.then(() => bench.engine.assignEndpoint(1, Uint8Array.of(ADDRESS)));
    expect(await bench.clock.settle(call)).toEqual({ network: 2, eid: 9, isNew: true });
    await bench.clock.advance(1000);
    expect(device?.eid).toBe(9);
    expect([bench.paths(1), bench.paths(2)]).toEqual([[], ['9 -> 1d', 'route 9 mtu 68']]);
  });

  test('R-DISC-125 Remove ends in the removal', async () => {
    await bench.devices(1);
    const call = bench.engine.remove(1, 9);
    bench.bus.failing = (action) => {
      if (action === 'no neighbour 9') bench.bus.changeLink(1, { network: 2 });
      return undefined;
    };
    await bench.clock.settle(call);
    await bench.clock.advance(0);
    expect([bench.eids(), bench.bus.routes(1), bench.paths(2)]).toEqual([[], [], []]);
  });

  test('R-DISC-125 SetMTU leaves no route in the old network', async () => {
    bench.bus.routesFollow = false;
    await bench.devices(1);
    bench.bus.failing = (action) => {
      if (action === 'no route 9' && bench.bus.links()[0]?.network === 1)
        bench.bus.changeLink(1, { network: 2 });
      return undefined;
    };
    await bench.failure(bench.engine.setMtu(1, 9, 128), 'cancelled');
    await bench.clock.advance(0);
    expect([bench.bus.routes(1), bench.paths(2)]).toEqual([[], ['9 -> 1d', 'route 9 mtu 68']]);
  });

  test('R-DISC-125 R-CONS-17 a degraded endpoint keeps its course and becomes available under its new path', async () => {
    const [device] = await bench.devices(1);
    if (device !== undefined) device.dead = true;
    await bench.engine.recover(1, 9);
    await bench.clock.advance(300);
    await bench.moveLink();
    expect(bench.registry.endpoint(2, 9)?.connectivity).toBe('Degraded');
    if (device !== undefined) device.dead = false;
    await bench.clock.advance(2500);
    expect(bench.registry.endpoint(2, 9)?.connectivity).toBe('Available');
    expect(bench.events.at(-1)).toBe('endpoint-changed 2/9');
  });

  test('R-DISC-125 R-DISC-96 a degraded endpoint that stays away goes, with its paths', async () => {
    const [device] = await bench.devices(1);
    if (device !== undefined) device.dead = true;
    await bench.engine.recover(1, 9);
    // In the middle of a probe.
    await bench.clock.advance(100);
    await bench.moveLink();
    await bench.clock.advance(6000);
    expect([bench.eids(), bench.paths(2)]).toEqual([[], []]);
  });

  test('R-DISC-125 R-DISC-42 a background query goes on in the new network', async () => {
    const device = bench.device(ADDRESS, { uuid: UUID });
    device.script = (command) => (command === 0x03 ? 'silent' : undefined);
    await bench.setup(ADDRESS);
    await bench.moveLink();
    device.script = () => undefined;
    await bench.clock.advance(40_000);
    expect(bench.registry.endpoint(2, 9)?.uuid).toBe(UUID);
  });
});
