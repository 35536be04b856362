import { hex } from '../support/vectors';
import { Bench } from './bench';
import type { FakeDevice } from './fake-device';

let bench: Bench;

beforeEach(() => {
  bench = new Bench();
});

afterEach(() => bench.stop());

const ADDRESS = 0x1d;

/** A bridge at {@link ADDRESS} that wants so many EIDs. */
function bridge(poolSize: number): FakeDevice {
  return bench.device(ADDRESS, { bridge: true, poolSize });
}

/** What crossed the bus and what became of the tables, without instance IDs (R-DISC-10). */
function transcript(): string[] {
  return bench.bus.transcript.map((each) =>
    typeof each === 'string' ? each : `${each.way} ${renamed(each.request)} / ${renamed(each.response)}`,
  );
}

function renamed(text: string | undefined): string {
  if (text === undefined) return 'silence';
  const bytes = hex(text);
  bytes[0] = (bytes[0] ?? 0) & 0xe0;
  return Buffer.from(bytes).toString('hex');
}

const poolOf = (eid: number) => bench.registry.endpoint(1, eid)?.pool;
const allocations = (): number => bench.bus.times('08').length;

describe('a bridge that is set up', () => {
  test('R-DISC-32 R-DISC-56 R-DISC-60 R-DISC-61 the recorded exchange with a bridge that wants 2', async () => {
    await bench.bus.addLocalEid(1, 9);
    await bench.bus.addLocalEid(1, 10);
    bridge(2);
    bench.registry.events.on((event) => bench.bus.transcript.push(event.kind));
    bench.bus.transcript.length = 0;
    expect(await bench.setup(ADDRESS)).toEqual({ network: 1, eid: 11, isNew: true });
    expect(transcript()).toEqual([
      'physical 8002 / 000200001000',
      'neighbour 11 -> 1d',
      'route 11 mtu 68',
      'physical 8001000b / 000100010b02',
      'routed 8005 / 000500020001',
      'routed 8003 / 000305',
      'endpoint-added',
      'route 12-13 via 11 mtu 68',
      'routed 800800020c / 00080000020c',
      'pool-allocated',
    ]);
    expect(poolOf(11)).toEqual({ start: 12, end: 13 });
    expect(bench.warnings()).toEqual([]);
  });

  test('R-DISC-24 R-DISC-25 its pool is cut to what it asks for: the next device comes right behind it', async () => {
    bridge(4);
    bench.device(0x1e);
    // A device that claims an EID of the pool gets another one.
    bench.device(0x1f, { eid: 12 });
    await bench.setup(ADDRESS);
    expect((await bench.setup(0x1e)).eid).toBe(14);
    expect((await bench.setup(0x1f)).eid).toBe(15);
    await bench.failure(bench.engine.assignEndpointStatic(1, Uint8Array.of(0x20), 13), 'eid-in-pool');
  });

  test('R-DISC-46 R-DISC-22 it gets what there is, and the cut is logged', async () => {
    await bench.stop();
    bench = new Bench({
      dynamicEids: { ranges: [{ first: 8, last: 13 }], reserved: new Set() },
      maxPoolSize: 3,
    });
    await bench.bus.addLocalEid(1, 10);
    bridge(3);
    bench.device(0x1e, { bridge: true, poolSize: 3 });
    bench.device(0x1f);
    expect((await bench.setup(ADDRESS)).eid).toBe(11);
    expect(poolOf(11)).toEqual({ start: 12, end: 13 });
    expect((await bench.setup(0x1e)).eid).toBe(9);
    expect(poolOf(9)).toBeUndefined();
    expect(bench.warnings()).toEqual(Array(2).fill('a bridge gets fewer EIDs than it asks for'));
    expect(allocations()).toBe(1);
    await bench.failure(bench.engine.setupEndpoint(1, Uint8Array.of(0x1f)), 'out-of-eids');
  });

  test('R-DISC-46 an EID of ours that came into the reserved room ends the pool before it', async () => {
    bridge(4).latencyMs = 50;
    const setup = bench.engine.setupEndpoint(1, Uint8Array.of(ADDRESS));
    await bench.clock.advance(60);
    await bench.bus.addLocalEid(1, 12);
    await bench.clock.settle(setup);
    expect(poolOf(9)).toEqual({ start: 10, end: 11 });
  });

  test('R-DISC-21 R-DISC-24 R-DISC-26 bridges at once get pools that do not overlap', async () => {
    const addresses = [1, 2, 3, 4];
    for (const address of addresses) bench.device(address, { bridge: true, poolSize: 3, latencyMs: address });
    const calls = addresses.map((each) => bench.engine.setupEndpoint(1, Uint8Array.of(each)));
    await bench.clock.settle(Promise.all(calls));
    const pools = bench.remote().flatMap(({ pool }) => (pool === undefined ? [] : [pool]));
    const eids = pools.flatMap(({ start, end }) =>
      Array.from({ length: end - start + 1 }, (_, at) => start + at),
    );
    expect(new Set([...eids, ...bench.eids()]).size).toBe(4 * 4);
  });

  test('R-DISC-52 R-DISC-53 a second call finds everything in order', async () => {
    bridge(2);
    await bench.setup(ADDRESS);
    bench.events.length = 0;
    expect(await bench.setup(ADDRESS)).toEqual({ network: 1, eid: 9, isNew: false });
    expect([bench.events, allocations()]).toEqual([[], 1]);
  });

  test('R-DISC-53 it has become a simple endpoint: its pool goes, and what was behind it', async () => {
    const device = bridge(2);
    await bench.setup(ADDRESS);
    device.bridge = false;
    device.poolSize = 0;
    expect((await bench.setup(ADDRESS)).isNew).toBe(true);
    expect(poolOf(9)).toBeUndefined();
    expect(bench.paths()).toEqual(['9 -> 1d', 'route 9 mtu 68']);
  });

  test.each([
    ['SetupEndpoint', () => bench.setup(ADDRESS)],
    ['AssignEndpoint', () => bench.clock.settle(bench.engine.assignEndpoint(1, Uint8Array.of(ADDRESS)))],
  ])(
    'R-DISC-53 a device that asks for a pool and never calls itself a bridge keeps it: %s',
    async (_name, first) => {
      bench.device(ADDRESS, { bridge: false, poolSize: 2 });
      expect(await first()).toEqual({ network: 1, eid: 9, isNew: true });
      expect(poolOf(9)).toEqual({ start: 10, end: 11 });
      bench.events.length = 0;
      for (let call = 0; call < 3; call++) {
        expect(await bench.setup(ADDRESS)).toEqual({ network: 1, eid: 9, isNew: false });
      }
      expect([bench.events, allocations()]).toEqual([[], 1]);
    },
  );

  test('R-DISC-47 a bridge that takes another EID gets no pool', async () => {
    const device = bridge(2);
    device.script = (command) => {
      if (command !== 1) return undefined;
      device.eid = 40;
      return '00 11 28 02';
    };
    expect((await bench.setup(ADDRESS)).eid).toBe(40);
    expect([poolOf(40), allocations()]).toEqual([undefined, 0]);
    expect(bench.paths()).toEqual(['40 -> 1d', 'route 40 mtu 68']);
    bench.device(0x1e);
    expect((await bench.setup(0x1e)).eid).toBe(9);
  });
});

describe('a bridge that does not take its pool as offered', () => {
  const withoutPool = async (answer: string): Promise<void> => {
    bridge(2).script = (command) => (command === 8 ? answer : undefined);
    expect(await bench.setup(ADDRESS)).toEqual({ network: 1, eid: 9, isNew: true });
    expect(bench.events).toEqual(['endpoint-added 1/9']);
    expect(bench.paths()).toEqual(['9 -> 1d', 'route 9 mtu 68']);
    expect(poolOf(9)).toBeUndefined();
    expect(bench.warnings()).toHaveLength(1);
    bench.device(0x1e);
    expect((await bench.setup(0x1e)).eid).toBe(10);
    bench.events.length = 0;
  };

  test.each([
    ['R-DISC-62 a completion code', '05'],
    ['R-DISC-62 R-DISC-70 rejected: it has one of another bus owner', '00 01 04 1e'],
    ['R-DISC-61 a reserved status', '00 02 02 0a'],
    ['R-DISC-63 a smaller pool', '00 00 01 0a'],
    ['R-DISC-61 another start', '00 00 02 0b'],
    ['R-DISC-14 too short an answer', '00 00 02'],
  ])(
    '%s: it stays, without a pool, and keeps its object on a second call (R-DISC-53)',
    async (_name, answer) => {
      await withoutPool(answer);
      expect((await bench.setup(ADDRESS)).isNew).toBe(false);
      expect(bench.events).toEqual([]);
    },
  );

  test('R-DISC-70 of one that keeps another pool it is said how it gets rid of it', async () => {
    await withoutPool('00 01 04 1e');
    const [warning] = bench.logged.filter((each) => each.level === 'warn');
    expect(warning?.fields).toMatchObject({
      cause: 'it has a pool already, until it is reset; reset it and set it up again',
      answeredStart: 0x1e,
    });
  });

  test('R-DISC-63 the numbers are logged', async () => {
    await withoutPool('00 00 01 0a');
    const [warning] = bench.logged.filter((each) => each.level === 'warn');
    expect(warning?.fields).toMatchObject({ eid: 9, poolSize: 2, poolStart: 10, answeredSize: 1 });
  });

  test('R-DISC-53 R-DISC-62 silence: the next SetupEndpoint tries again', async () => {
    await withoutPool('silent');
    expect((await bench.setup(ADDRESS)).isNew).toBe(true);
    expect(bench.events.slice(0, 2)).toEqual(['endpoint-removed 1/9', 'endpoint-added 1/11']);
  });
});

describe('the end of a bridge', () => {
  /** A bridge with a pool, and one device behind it that was learnt by its EID. */
  async function downstream(): Promise<FakeDevice> {
    const device = bridge(2);
    await bench.setup(ADDRESS);
    device.eid = 11;
    await bench.clock.settle(bench.engine.learnByEid(1, 11));
    device.eid = 9;
    expect(bench.registry.endpoint(1, 11)).toMatchObject({ link: 1, bridge: 9 });
    bench.events.length = 0;
    bench.bus.transcript.length = 0;
    return device;
  }

  test('R-DISC-80 R-DISC-81 Remove: neighbour, pool route, route, the bridge, then what is in its pool', async () => {
    await downstream();
    await bench.clock.settle(bench.engine.remove(1, 9));
    expect(bench.events).toEqual(['endpoint-removed 1/9', 'endpoint-removed 1/11']);
    expect(transcript()).toEqual(['no neighbour 9', 'no route 10-11', 'no route 9']);
    expect(bench.paths()).toEqual([]);
  });

  test('R-DISC-123 R-DISC-32 a link that goes takes the pool route along', async () => {
    await downstream();
    bench.bus.removeLink(1);
    await bench.clock.advance(0);
    expect(bench.events).toEqual(expect.arrayContaining(['endpoint-removed 1/9', 'endpoint-removed 1/11']));
    expect(bench.bus.routes(1)).toEqual([]);
  });

  test('R-DISC-33 a link that goes while the pool is handed over leaves no route', async () => {
    bridge(2).latencyMs = 10;
    const cause = bench.engine.setupEndpoint(1, Uint8Array.of(ADDRESS)).catch((error: unknown) => error);
    await bench.clock.advance(45);
    expect(bench.paths()).toContain('route 10-11 via 9 mtu 68');
    bench.bus.removeLink(1);
    expect(await bench.clock.settle(cause)).toMatchObject({ code: 'cancelled' });
    expect(bench.bus.routes(1)).toEqual([]);
    expect(bench.eids()).toEqual([]);
  });

  test('R-DISC-127 another EID: pool and route are released, the devices behind it go, Bridge1 stays off', async () => {
    const device = await downstream();
    device.eid = 40;
    await bench.clock.settle(bench.engine.learnEndpoint(1, Uint8Array.of(ADDRESS)));
    expect(bench.events).toEqual(['endpoint-removed 1/9', 'endpoint-removed 1/11', 'endpoint-added 1/40']);
    expect(poolOf(40)).toBeUndefined();
    expect(bench.paths()).toEqual(['40 -> 1d', 'route 40 mtu 68']);
    // Until the next assignment.
    device.reset();
    const { eid } = await bench.setup(ADDRESS);
    expect(poolOf(eid)).toEqual({ start: eid + 1, end: eid + 2 });
  });
});
