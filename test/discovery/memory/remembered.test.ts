import { type Bench, UUID } from '../bench';
import type { FakeMemory } from './fake-memory';
import { had, Restart } from './remembering';

const HOUR_MS = 3_600_000;
const OTHER_UUID = '8a3c9d0e-4a55-4a2b-9df1-0c64a8f1b7c2';

let bench: Bench;
let memory: FakeMemory;
let daemon: Restart;

function begin(...given: ConstructorParameters<typeof Restart>): void {
  daemon = new Restart(...given);
  ({ bench, memory } = daemon);
}

afterEach(() => daemon.stop());

describe('a device that is back', () => {
  test('D-8 R-DISC-5 R-DISC-169 R-CONS-23 it kept its EID: routed, asked what it can do, published, nothing set', async () => {
    begin([had(30, 0x1d, { uuid: UUID })]);
    bench.device(0x1d, { eid: 30, uuid: UUID });
    await daemon.discover();
    expect(bench.remote()).toMatchObject([{ eid: 30, link: 1, uuid: UUID, types: [0, 1] }]);
    expect(bench.paths()).toEqual(['30 -> 1d', 'route 30 mtu 68']);
    // What is its EID, is it the same, what can it do.
    expect(daemon.commands()).toEqual(['02', '03', '05', '03']);
    expect(bench.clock.timers).toBe(0);
  });

  test('R-CONS-9 nothing is asked and nothing published before discovery may begin', async () => {
    begin([had(30, 0x1d)]);
    bench.device(0x1d, { eid: 30 });
    await bench.clock.advance(60_000);
    expect(bench.bus.transcript).toEqual([]);
    expect(bench.remote()).toEqual([]);
  });

  test('D-8 it was reset: the remembered EID is set again', async () => {
    begin([had(30, 0x1d, { uuid: UUID })]);
    bench.device(0x1d, { uuid: UUID });
    await daemon.discover();
    expect(daemon.sets()).toEqual(['1e']);
    expect(bench.eids()).toEqual([30]);
  });

  test('D-8 R-DISC-54 it has another EID by now: it is taken with that one, and the old one is free', async () => {
    begin([had(30, 0x1d)]);
    bench.device(0x1d, { eid: 40 });
    await daemon.discover();
    expect(bench.eids()).toEqual([40]);
    expect(daemon.sets()).toEqual([]);
    expect(memory.disk).toMatchObject([{ eid: 40, address: '1d' }]);
  });

  test.each([
    ['kept the EID', 30],
    ['has none', 0],
  ])('R-DISC-93 R-DISC-95 another device that %s is set up like any other', async (_, eid) => {
    begin([had(30, 0x1d, { uuid: UUID, pool: { start: 31, end: 35 } })]);
    bench.device(0x1d, { eid, uuid: OTHER_UUID });
    await daemon.discover();
    expect(bench.eids()).toEqual([eid === 0 ? 9 : 30]);
    expect(bench.warnings()).toEqual(['another device is where a remembered one was; it is set up anew']);
    expect(memory.disk).toMatchObject([{ uuid: OTHER_UUID }]);
    expect(memory.disk[0]?.pool).toBeUndefined();
  });

  test.each([
    ['refuses', '05'],
    ['does not answer', 'silent'],
  ])('R-DISC-93 one that %s the question for its UUID is taken for the one it was', async (_, answer) => {
    begin([had(30, 0x1d, { uuid: UUID })]);
    bench.device(0x1d, { eid: 30 }).script = (command) => (command === 3 ? answer : undefined);
    await daemon.discover(2000);
    expect(bench.eids()).toEqual([30]);
    expect(daemon.sets()).toEqual([]);
  });

  test('D-8 a link that appears later brings its devices back then', async () => {
    begin([had(30, 0x1d, { link: 'mctp2' })]);
    bench.device(0x1d, { link: 2, eid: 30 });
    await daemon.discover(60_000);
    expect(bench.bus.transcript).toEqual([]);
    bench.bus.addLink({ index: 2 });
    await bench.clock.advance(100);
    expect(bench.remote()).toMatchObject([{ eid: 30, link: 2 }]);
  });

  test('D-8 a link that is down is not used before it is up', async () => {
    begin([had(30, 0x1d)], { links: [{ up: false }] });
    bench.device(0x1d, { eid: 30 });
    await daemon.discover(60_000);
    expect(bench.bus.transcript).toEqual([]);
    bench.bus.changeLink(1, { up: true });
    await bench.clock.advance(100);
    expect(bench.eids()).toEqual([30]);
  });

  test('D-8 nobody is asked on a link that is not ours, until we own it', async () => {
    begin([had(30, 0x1d)], { settings: { role: () => 'Unknown' } });
    bench.device(0x1d, { eid: 30 });
    await daemon.discover(60_000);
    expect(bench.bus.transcript).toEqual([]);
    bench.engine.setRole(1, 'BusOwner');
    await bench.clock.advance(100);
    expect(bench.eids()).toEqual([30]);
  });

  test('R-DISC-123 a link that went and came back has the same endpoints', async () => {
    begin([]);
    bench.device(0x1d, { uuid: UUID });
    await bench.clock.settle(bench.engine.assignEndpointStatic(1, Uint8Array.of(0x1d), 77));
    bench.engine.startDiscovery();
    bench.bus.removeLink(1);
    await bench.clock.advance(10);
    expect(bench.remote()).toEqual([]);
    expect(memory.disk).toMatchObject([{ eid: 77, address: '1d' }]);
    bench.bus.addLink({ index: 1 });
    await bench.clock.advance(100);
    expect(bench.eids()).toEqual([77]);
    expect(bench.bus.times('01')).toHaveLength(1);
  });
});

describe('a device that is silent', () => {
  test('D-8 R-DISC-168 it is not published, its EID is kept, and it is asked with growing pauses', async () => {
    begin([had(9, 0x1d)]);
    const device = bench.device(0x1d, { eid: 9 });
    device.dead = true;
    bench.device(0x1e);
    await daemon.discover(38_000);
    expect(bench.remote()).toEqual([]);
    const begun = bench.bus.begun('02');
    expect(begun.slice(1).map((each, at) => each - (begun[at] ?? 0) - 1000)).toEqual([
      1000, 2000, 4000, 8000, 16_000,
    ]);
    const told = bench.logged.filter(({ message }) => message.includes('its EID is kept for it'));
    expect(told.map(({ level }) => level)).toEqual(['info', 'debug', 'debug', 'debug', 'debug', 'debug']);
    await bench.setup(0x1e);
    expect(bench.eids()).toEqual([10]);
    device.dead = false;
    await bench.clock.advance(31_000);
    expect(bench.eids()).toEqual([9, 10]);
    expect(daemon.sets()).toEqual(['0a']);
  });

  test('D-8 for a day, counted from when it was first missed, over restarts', async () => {
    const missingSince = 1_700_000_000_000 - 23 * HOUR_MS;
    begin([had(9, 0x1d, { missingSince }), had(10, 0x1e)]);
    bench.device(0x20);
    bench.device(0x21);
    await daemon.discover(HOUR_MS - 10_000);
    await bench.setup(0x20);
    expect(bench.eids()).toEqual([11]);
    await bench.clock.advance(10_000);
    await bench.clock.settle(bench.engine.assignEndpointStatic(1, Uint8Array.of(0x21), 0));
    expect(bench.eids()).toEqual([9, 11]);
    // Of the two that were missing.
    expect(memory.disk.map(({ eid, missingSince: since }) => [eid, since])).toEqual([
      [9, undefined],
      [10, 1_700_000_000_000],
      [11, undefined],
    ]);
  });

  test('D-8 nobody is asked for who is given up', async () => {
    begin([had(9, 0x1d)]);
    await daemon.discover(25 * HOUR_MS);
    expect(bench.clock.timers).toBe(0);
  });

  test('D-8 a stamp of the future, or none, counts from now on', async () => {
    begin([had(9, 0x1d, { missingSince: 4_000_000_000_000 })]);
    bench.device(0x20);
    await daemon.discover(24 * HOUR_MS - 10_000);
    await bench.setup(0x20);
    expect(bench.eids()).toEqual([10]);
  });

  test('D-8 R-DISC-21 its EID and pool are given to somebody else when nothing else is free', async () => {
    begin([had(9, 0x1d, { pool: { start: 10, end: 11 } })], {
      settings: { dynamicEids: { ranges: [{ first: 8, last: 12 }], reserved: new Set() } },
    });
    for (const address of [0x20, 0x21]) bench.device(address);
    const device = bench.device(0x1d, { eid: 9 });
    device.dead = true;
    await daemon.discover();
    await bench.setup(0x20);
    expect(bench.eids()).toEqual([12]);
    await bench.setup(0x21);
    expect(bench.eids()).toEqual([9, 12]);
    expect(memory.disk.map(({ eid, address }) => [eid, address])).toEqual([
      [9, '21'],
      [12, '20'],
    ]);
    // Its former owner is a device like any other.
    device.reset();
    device.dead = false;
    await bench.setup(0x1d);
    expect(bench.eids()).toEqual([9, 10, 12]);
  });

  test('D-8 R-DISC-54 a device that claims its EID gets another', async () => {
    begin([had(30, 0x1d)]);
    bench.device(0x1e, { eid: 30 });
    await daemon.discover();
    await bench.setup(0x1e);
    expect(bench.eids()).toEqual([9]);
  });
});

describe('a device that is found by a call', () => {
  const ADDRESS = Uint8Array.of(0x1d);

  beforeEach(() => {
    begin([had(30, 0x1d)]);
    bench.device(0x1d);
  });

  test.each([
    ['SetupEndpoint', () => bench.engine.setupEndpoint(1, ADDRESS)],
    ['AssignEndpoint', () => bench.engine.assignEndpoint(1, ADDRESS)],
    ['AssignEndpointStatic with EID 0', () => bench.engine.assignEndpointStatic(1, ADDRESS, 0)],
  ])('R-CONS-23 %s gives it the EID it had', async (_, call) => {
    expect(await bench.clock.settle(call())).toEqual({ network: 1, eid: 30, isNew: true });
  });

  test('R-CONS-23 unless somebody has it by now', async () => {
    bench.device(0x1e);
    await bench.clock.settle(bench.engine.assignEndpointStatic(1, Uint8Array.of(0x1e), 30));
    await bench.setup(0x1d);
    expect(bench.eids()).toEqual([9, 30]);
  });

  test('R-DISC-72 LearnEndpoint takes it as it is', async () => {
    expect(await bench.clock.settle(bench.engine.learnEndpoint(1, ADDRESS))).toBeUndefined();
    expect(daemon.sets()).toEqual([]);
  });
});

describe('what the configuration says', () => {
  const discoverStatic = (endpoints: { address: number; eid?: number; poolSize?: number }[]) => ({
    discover: () => ({
      mode: 'static' as const,
      endpoints: endpoints.map((each) => ({ ...each, address: Uint8Array.of(each.address) })),
    }),
  });

  test('D-9 D-8 a configured EID wins over a remembered one', async () => {
    begin([had(30, 0x1d)], { settings: discoverStatic([{ address: 0x1d, eid: 50 }]) });
    bench.device(0x1d, { eid: 30 });
    await daemon.discover();
    expect(bench.eids()).toEqual([50]);
    expect(daemon.sets()).toEqual(['32']);
    expect(bench.events).toEqual(['endpoint-added 1/50']);
  });

  test('D-9 D-8 an EID that is configured for one device is not kept for another', async () => {
    begin([had(30, 0x1e)], { settings: discoverStatic([{ address: 0x1d, eid: 29, poolSize: 2 }]) });
    bench.device(0x1d, { bridge: true, poolSize: 2 });
    bench.device(0x1e, { eid: 30 });
    await daemon.discover();
    expect(bench.remote()).toMatchObject([{ eid: 29, pool: { start: 30, end: 31 } }]);
  });

  test('D-8 R-DISC-66 a configured device that kept its EID is published without setting it', async () => {
    begin([had(30, 0x1d)], { settings: discoverStatic([{ address: 0x1d, eid: 30 }]) });
    bench.device(0x1d, { eid: 30 });
    await daemon.discover();
    expect(bench.eids()).toEqual([30]);
    expect(daemon.commands()).toEqual(['02', '05', '03']);
  });

  test('D-8 R-DISC-68 so is a configured bridge, with its pool', async () => {
    const pool = { start: 31, end: 34 };
    begin([had(30, 0x1d, { pool, askedPoolSize: 6 })], {
      settings: discoverStatic([{ address: 0x1d, eid: 30, poolSize: 6 }]),
    });
    bench.device(0x1d, { eid: 30, bridge: true, poolSize: 4 });
    await daemon.discover();
    expect(bench.remote()).toMatchObject([{ eid: 30, pool }]);
    expect(daemon.commands()).toEqual(['02', '05', '03']);
  });

  test('D-8 without an EID it gets the one it had', async () => {
    begin([had(30, 0x1d)], { settings: discoverStatic([{ address: 0x1d }]) });
    bench.device(0x1d, { eid: 30 });
    await daemon.discover();
    expect(bench.eids()).toEqual([30]);
    expect(daemon.commands()).toEqual(['02', '05', '03']);
  });
});
