import { type Bench, UUID } from '../bench';
import { FakeDevice } from '../fake-device';
import type { FakeMemory } from './fake-memory';
import { had, Restart } from './remembering';

const OTHER_UUID = '8a3c9d0e-4a55-4a2b-9df1-0c64a8f1b7c2';

let bench: Bench;
let memory: FakeMemory;
let daemon: Restart;

function begin(...given: ConstructorParameters<typeof Restart>): void {
  daemon = new Restart(...given);
  ({ bench, memory } = daemon);
}

afterEach(() => daemon.stop());

describe('bridges', () => {
  const POOL = { start: 31, end: 33 };
  const bridge = (more: { eid?: number; bridge?: boolean }) =>
    bench.device(0x1d, { bridge: true, poolSize: 3, uuid: UUID, ...more });

  test('D-8 R-DISC-32 R-DISC-60 pool, route and Bridge1 come back, nothing is set nor allocated', async () => {
    begin([had(30, 0x1d, { pool: POOL })]);
    bridge({ eid: 30 });
    await daemon.discover();
    expect(bench.remote()).toMatchObject([{ eid: 30, pool: POOL }]);
    expect(bench.events).toEqual(['endpoint-added 1/30']);
    expect(bench.paths()).toEqual(['30 -> 1d', 'route 30 mtu 68', 'route 31-33 via 30 mtu 68']);
    expect(daemon.commands()).toEqual(['02', '05', '03']);
  });

  test.each([
    ['kept by one that only asked for it', undefined, [{ eid: 30, pool: POOL }]],
    ['lost by one that was a bridge and is none any more', true, [{ eid: 30 }]],
  ])('R-DISC-53 the pool is %s', async (_, isBridge, expected) => {
    begin([had(30, 0x1d, { pool: POOL, isBridge })]);
    bridge({ eid: 30, bridge: false });
    await daemon.discover();
    expect(bench.remote()).toMatchObject(expected);
    expect(bench.remote()[0]?.pool).toEqual(isBridge === true ? undefined : POOL);
    expect(daemon.sets()).toEqual([]);
  });

  test('D-8 one that was reset gets its EID and its pool again', async () => {
    begin([had(30, 0x1d, { pool: POOL })]);
    bridge({});
    await daemon.discover();
    expect(bench.remote()).toMatchObject([{ eid: 30, pool: POOL }]);
    expect(bench.bus.exchanges().map(({ request }) => request.slice(2))).toEqual(
      expect.arrayContaining(['01001e', '0800031f']),
    );
  });

  test.each([
    ['not taken', undefined],
    ['taken', [3, 31] as const],
  ])('D-8 a pool that was offered when we ended is offered again: %s', async (_, held) => {
    begin([had(30, 0x1d, { offered: POOL })]);
    bridge({ eid: 30 }).pool = held;
    await daemon.discover();
    expect(bench.remote()).toMatchObject([{ eid: 30, pool: POOL }]);
    expect(daemon.sets()).toEqual([]);
  });

  test('D-8 R-DISC-62 unless it is in the hands of another bus owner', async () => {
    begin([had(30, 0x1d, { offered: POOL })]);
    bridge({ eid: 30 }).pool = [3, 60];
    await daemon.discover();
    expect(bench.remote()).toMatchObject([{ eid: 30 }]);
    expect(bench.remote()[0]?.pool).toBeUndefined();
  });

  test('D-8 R-DISC-53 one that was to have no pool is not set up anew', async () => {
    begin([had(30, 0x1d, { poolless: true })]);
    bridge({ eid: 30 });
    await daemon.discover();
    expect(bench.eids()).toEqual([30]);
    expect(daemon.commands()).toEqual(['02', '05', '03']);
  });

  test('D-8 R-DISC-55 one of which no pool is remembered is set up with its EID and gets one', async () => {
    begin([had(30, 0x1d)]);
    bridge({ eid: 30 });
    await daemon.discover();
    expect(bench.remote()).toMatchObject([{ eid: 30, pool: POOL }]);
  });

  test('D-8 R-DISC-110 a pool that came back is polled', async () => {
    begin([had(30, 0x1d, { pool: POOL })], { settings: { endpointPollMs: 2500 } });
    bridge({ eid: 30 }).downstream.push(new FakeDevice(0, { eid: 32 }));
    await daemon.discover(3000);
    expect(bench.remote()).toMatchObject([{ eid: 30 }, { eid: 32, bridge: 30 }]);
  });

  test('D-8 R-DISC-81 what was behind a bridge is asked by its EID once the bridge is back', async () => {
    begin([had(30, 0x1d, { pool: POOL }), { network: 1, eid: 32, behind: 30, uuid: OTHER_UUID }]);
    const device = bridge({ eid: 30 });
    device.dead = true;
    await daemon.discover(10_000);
    expect(new Set(daemon.commands())).toEqual(new Set(['02']));
    device.dead = false;
    const downstream = new FakeDevice(0, { eid: 32, uuid: OTHER_UUID });
    const own = device.handle.bind(device);
    device.handle = (message, eid) => (eid === 32 ? downstream.handle(message, eid) : own(message, eid));
    await bench.clock.advance(20_000);
    expect(bench.remote()).toMatchObject([{ eid: 30 }, { eid: 32, bridge: 30, uuid: OTHER_UUID }]);
    expect(bench.bus.times('01')).toEqual([]);
    expect(memory.disk).toMatchObject([{ eid: 30 }, { eid: 32, behind: 30 }]);
  });
});
