import { MctpError } from '../../src/base/errors';
import { UUID } from './bench';
import { ADDRESS, RecoveryBench } from './recovery-bench';

let bench: RecoveryBench;

beforeEach(() => {
  bench = new RecoveryBench();
});

afterEach(() => bench.stop());

describe('the call', () => {
  test('R-DISC-90 R-CONS-17 R-DBUS-25 tells Degraded before it returns, and waits for no probe', async () => {
    await bench.known();
    const call = bench.engine.recover(1, 9);
    expect(bench.events).toEqual(['endpoint-changed 1/9']);
    expect(bench.connectivity()).toBe('Degraded');
    await call;
    expect(bench.bus.transcript).toEqual([]);
  });

  test('R-DISC-90 a degraded endpoint: success, nothing else', async () => {
    const device = await bench.known();
    device.dead = true;
    await bench.recover(100);
    await bench.engine.recover(1, 9);
    await bench.clock.advance(900);
    await bench.engine.recover(1, 9);
    await bench.clock.advance(9000);
    expect(bench.probes()).toEqual([0, 2500, 5000]);
    expect(bench.events).toEqual(['endpoint-changed 1/9', 'endpoint-removed 1/9']);
  });

  test('R-DISC-99 R-DBUS-27 our own endpoints are refused, and stay as they are', async () => {
    await bench.failure(bench.engine.recover(1, 8), 'cannot-recover-local');
    expect([bench.events, bench.clock.timers]).toEqual([[], 0]);
  });

  test('an EID that nobody has, or that is only reserved', async () => {
    await bench.failure(bench.engine.recover(1, 9), 'unknown-endpoint');
    bench.device(ADDRESS);
    const setup = bench.engine.setupEndpoint(1, Uint8Array.of(ADDRESS));
    await bench.clock.advance(1.5);
    await bench.failure(bench.engine.recover(1, 9), 'unknown-endpoint');
    await bench.clock.settle(setup);
    expect(bench.connectivity()).toBe('Available');
  });

  test('R-CONS-17 it returns at once, also while another operation holds the endpoint', async () => {
    await bench.known({ latencyMs: 100 });
    const learn = bench.engine.learnEndpoint(1, Uint8Array.of(ADDRESS));
    await bench.clock.advance(10);
    await bench.engine.recover(1, 9);
    expect(bench.connectivity()).toBe('Degraded');
    await bench.clock.settle(learn);
    expect(bench.connectivity()).toBe('Available');
    // The probe that waited for its turn finds everything decided.
    await bench.clock.advance(10_000);
    expect(bench.codes().filter((each) => each === '02')).toHaveLength(1);
    expect(bench.events).toEqual(['endpoint-changed 1/9', 'endpoint-changed 1/9']);
  });
});

describe('probes', () => {
  test('R-DISC-91 R-DISC-96 a dead endpoint: 0, 2.5 and 5.0 s, removed at 5.25 s', async () => {
    const device = await bench.known();
    device.dead = true;
    await bench.recover(5249);
    expect(bench.probes()).toEqual([0, 2500, 5000]);
    expect(bench.bus.exchanges().every((each) => each.way === 'physical')).toBe(true);
    expect(bench.events).toEqual(['endpoint-changed 1/9']);
    await bench.clock.advance(1);
    expect(bench.events).toEqual(['endpoint-changed 1/9', 'endpoint-removed 1/9']);
    await bench.clock.advance(20_000);
    expect([bench.eids(), bench.paths(), bench.clock.timers]).toEqual([[], [], 0]);
    expect(bench.bus.times('02')).toHaveLength(3);
  });

  test.each([
    ['whose UUID is the known one', UUID, [`03 / 0300${UUID.replaceAll('-', '')}`]],
    ['that has no UUID, and is asked for none', undefined, []],
  ])(
    'R-DISC-92 R-CONS-17 the first probe finds a device %s: two signals, timers off',
    async (_what, uuid, asked) => {
      await bench.known({ uuid });
      await bench.recover(20_000);
      expect(bench.bytes()).toEqual(['02 / 0200090000', ...asked]);
      expect(bench.events).toEqual(['endpoint-changed 1/9', 'endpoint-changed 1/9']);
      expect([bench.connectivity(), bench.clock.timers]).toEqual(['Available', 0]);
    },
  );

  test.each([
    ['second', 1000, 2502, [0, 2500]],
    ['third', 3000, 5002, [0, 2500, 5000]],
  ])('R-DISC-91 R-DISC-92 the %s probe is answered', async (_which, back, until, times) => {
    const device = await bench.known();
    device.dead = true;
    await bench.recover(back);
    device.dead = false;
    await bench.clock.advance(until - back - 1);
    expect(bench.connectivity()).toBe('Degraded');
    await bench.clock.advance(1);
    expect(bench.connectivity()).toBe('Available');
    await bench.clock.advance(20_000);
    expect(bench.probes()).toEqual(times);
    expect([bench.events.length, bench.clock.timers]).toEqual([2, 0]);
  });

  test('R-DISC-91 a recovery that succeeded leaves the next one all its probes', async () => {
    const device = await bench.known();
    device.dead = true;
    await bench.recover(3000);
    device.dead = false;
    await bench.clock.advance(3000);
    device.dead = true;
    bench.quiet();
    await bench.recover(10_000);
    expect(bench.probes()).toEqual([0, 2500, 5000]);
    expect(bench.events).toEqual(['endpoint-changed 1/9', 'endpoint-removed 1/9']);
  });

  test('R-DISC-91 a link that is down fails a probe, and one that comes back is used', async () => {
    await bench.known();
    bench.bus.changeLink(1, { up: false });
    bench.quiet();
    await bench.recover(1000);
    expect(bench.connectivity()).toBe('Degraded');
    bench.bus.changeLink(1, { up: true });
    await bench.clock.advance(5000);
    expect(bench.connectivity()).toBe('Available');
  });

  test('R-DISC-96 a link that stays down: removed after three', async () => {
    await bench.known();
    bench.bus.changeLink(1, { up: false });
    await bench.recover(20_000);
    expect([bench.eids(), bench.clock.timers]).toEqual([[], 0]);
  });

  test.each(['02', '00', '00 09'])('R-DISC-91 a bad answer (%s) fails a probe', async (answer) => {
    const device = await bench.known();
    device.script = (command) => (command === 2 ? answer : undefined);
    await bench.recover(20_000);
    expect(bench.bus.times('02')).toHaveLength(3);
    expect(bench.eids()).toEqual([]);
  });

  test('R-CONS-17 whatever is thrown, it ends with a removal', async () => {
    await bench.known();
    bench.bus.request = () => Promise.reject(new RangeError('a defect'));
    await bench.recover(20_000);
    expect(bench.events).toEqual(['endpoint-changed 1/9', 'endpoint-removed 1/9']);
  });

  test('R-CONS-17 a listener that fails leaves no endpoint degraded for ever', async () => {
    const device = await bench.known();
    device.dead = true;
    bench.registry.events.on((event) => {
      if (event.kind === 'endpoint-removed') throw new RangeError('a defect');
    });
    await bench.recover(20_000);
    expect(bench.events).toEqual(['endpoint-changed 1/9', 'endpoint-removed 1/9']);
    expect(bench.logged).toContainEqual(
      expect.objectContaining({ level: 'error', message: 'recovery failed' }),
    );
    await bench.failure(bench.engine.remove(1, 9), 'unknown-endpoint');
  });

  test('R-DISC-6 R-CONS-17 the pauses between probes hold up nobody', async () => {
    const device = await bench.known();
    device.dead = true;
    await bench.recover(1000);
    device.dead = false;
    const before = bench.clock.now();
    expect(await bench.setup(ADDRESS)).toEqual({ network: 1, eid: 9, isNew: false });
    expect(bench.clock.now() - before).toBeLessThan(10);
  });

  test('R-DISC-6 a call that comes during a probe waits for it', async () => {
    const device = await bench.known();
    device.dead = true;
    await bench.recover(100);
    device.dead = false;
    await bench.setup(ADDRESS);
    expect(bench.probes()).toEqual([0, 250]);
  });

  test('R-DISC-6 R-DISC-91 the timing of one endpoint is not that of another', async () => {
    const device = await bench.known();
    const other = bench.device(0x1e);
    await bench.setup(0x1e);
    device.dead = true;
    other.dead = true;
    bench.quiet();
    await bench.engine.recover(1, 9);
    await bench.clock.advance(1000);
    await bench.engine.recover(1, 10);
    await bench.clock.advance(4250);
    expect(bench.eids()).toEqual([10]);
    await bench.clock.advance(1000);
    expect(bench.eids()).toEqual([]);
  });
});

describe('other operations on a degraded endpoint', () => {
  test('R-DISC-97 SetupEndpoint that finds everything matching marks it Available', async () => {
    const device = await bench.known();
    device.dead = true;
    await bench.recover(1000);
    device.dead = false;
    await bench.setup(ADDRESS);
    expect(bench.events).toEqual(['endpoint-changed 1/9', 'endpoint-changed 1/9']);
    expect([bench.connectivity(), bench.clock.timers]).toEqual(['Available', 0]);
  });

  test('R-DISC-97 SetupEndpoint that fails leaves it to its course', async () => {
    const device = await bench.known();
    device.dead = true;
    await bench.recover(1000);
    await bench.failure(bench.engine.setupEndpoint(1, Uint8Array.of(ADDRESS)), 'no-response');
    expect(bench.connectivity()).toBe('Degraded');
    await bench.clock.advance(10_000);
    expect(bench.eids()).toEqual([]);
  });

  test('R-DISC-97 R-CONS-27 Remove cancels the timer', async () => {
    const device = await bench.known();
    device.dead = true;
    await bench.recover(1000);
    await bench.clock.settle(bench.engine.remove(1, 9));
    expect(bench.events).toEqual(['endpoint-changed 1/9', 'endpoint-removed 1/9']);
    expect(bench.clock.timers).toBe(0);
  });

  test('R-DISC-97 Remove that comes during a probe: one removal, and no probe after it', async () => {
    const device = await bench.known();
    device.dead = true;
    await bench.recover(100);
    await bench.clock.settle(bench.engine.remove(1, 9));
    await bench.clock.advance(20_000);
    expect(bench.events).toEqual(['endpoint-changed 1/9', 'endpoint-removed 1/9']);
    expect(bench.bus.times('02')).toHaveLength(1);
  });

  test('R-DISC-97 LearnEndpoint finds it under another EID: the recovery goes on there', async () => {
    const device = await bench.known();
    device.dead = true;
    await bench.recover(1000);
    device.dead = false;
    device.eid = 40;
    await bench.clock.settle(bench.engine.learnEndpoint(1, Uint8Array.of(ADDRESS)));
    await bench.clock.advance(20_000);
    expect([bench.eids(), bench.connectivity(40), bench.clock.timers]).toEqual([[40], 'Available', 0]);
  });

  test('R-DBUS-23 R-DISC-42 a late answer publishes it anew, still Degraded', async () => {
    const device = bench.device(ADDRESS, { uuid: UUID });
    device.script = (command) => (command === 3 ? 'silent' : undefined);
    await bench.setup(ADDRESS);
    device.script = (command) => (command === 2 ? 'silent' : undefined);
    bench.quiet();
    await bench.recover(1200);
    expect(bench.events).toEqual(['endpoint-changed 1/9', 'endpoint-removed 1/9', 'endpoint-added 1/9']);
    expect(bench.registry.endpoint(1, 9)).toMatchObject({ uuid: UUID, connectivity: 'Degraded' });
    device.script = () => undefined;
    await bench.clock.advance(5000);
    expect(bench.connectivity()).toBe('Available');
  });

  test.each([1000, 100])('R-DISC-97 R-CONS-27 the link goes away %d ms after the call', async (when) => {
    const device = await bench.known();
    device.dead = true;
    await bench.recover(when);
    bench.bus.removeLink(1);
    await bench.clock.advance(20_000);
    expect(bench.events.filter((each) => each.endsWith('1/9'))).toEqual([
      'endpoint-changed 1/9',
      'endpoint-removed 1/9',
    ]);
    expect(bench.clock.timers).toBe(0);
  });

  test.each([1000, 100])('stop %d ms after the call ends it', async (when) => {
    const device = await bench.known();
    device.dead = true;
    await bench.recover(when);
    bench.engine.stop();
    await bench.clock.advance(1000);
    expect(bench.clock.timers).toBe(0);
    await bench.clock.advance(20_000);
    expect(bench.bus.times('02')).toHaveLength(1);
    await expect(bench.engine.recover(1, 9)).rejects.toThrow(MctpError);
  });

  test('R-DISC-27 the EID of a failed recovery is withheld from others for 5 s', async () => {
    const device = await bench.known();
    device.dead = true;
    await bench.recover(5250);
    expect(bench.eids()).toEqual([]);
    bench.device(0x1e);
    expect(await bench.setup(0x1e)).toMatchObject({ eid: 10 });
    await bench.clock.advance(5000);
    bench.device(0x1f);
    await bench.clock.settle(bench.engine.assignEndpointStatic(1, Uint8Array.of(0x1f), 0));
    expect(bench.eids()).toEqual([9, 10]);
  });

  test('R-DISC-27 the device itself gets it back at once', async () => {
    const device = await bench.known();
    device.dead = true;
    await bench.recover(5250);
    device.dead = false;
    device.reset();
    expect(await bench.setup(ADDRESS)).toMatchObject({ eid: 9, isNew: true });
  });
});
