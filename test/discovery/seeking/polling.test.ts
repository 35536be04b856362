import { Bench, UUID } from '../bench';
import { FakeDevice, type DeviceOptions } from '../fake-device';

const ADDRESS = 0x1d;
const OTHER_UUID = '595a522d-77c5-4628-8400-37bfb41b7fff';

/** A bridge that has EID 9 and the pool behind it, and whoever sits there. */
class PollingBench extends Bench {
  readonly bridge: FakeDevice;
  private allocated = 0;

  constructor(poolSize: number, endpointPollMs = 2500) {
    super({ endpointPollMs });
    this.bridge = this.device(ADDRESS, { bridge: true, poolSize });
  }

  static async start(poolSize: number, endpointPollMs?: number): Promise<PollingBench> {
    const bench = new PollingBench(poolSize, endpointPollMs);
    await bench.setup(ADDRESS);
    bench.allocated = bench.clock.now();
    bench.events.length = 0;
    return bench;
  }

  /** Somebody behind the bridge, who answers from now on. */
  plug(eid: number, options: DeviceOptions = {}): FakeDevice {
    const device = new FakeDevice(0, { eid, uuid: UUID, ...options });
    this.bridge.downstream.push(device);
    return device;
  }

  /** When an EID was asked for its EID by that EID, in milliseconds after the allocation. */
  probes(eid: number): number[] {
    return this.bus
      .exchanges()
      .filter((each) => each.eid === eid && each.request.slice(2, 4) === '02')
      .map((each) => each.at - this.allocated);
  }

  /** Commands sent to an EID. */
  sent(eid: number): string[] {
    return this.bus.exchanges().flatMap((each) => (each.eid === eid ? [each.request.slice(2, 4)] : []));
  }

  /** To so many milliseconds after the allocation. */
  async at(ms: number): Promise<void> {
    await this.clock.advance(this.allocated + ms - this.clock.now());
  }
}

let bench: PollingBench;

afterEach(() => bench.stop());

describe('an EID of a pool that nobody has', () => {
  test('R-DISC-110 R-DISC-111 is asked 2.5, 5.25 and 8.0 s after the allocation, once each, routed', async () => {
    bench = await PollingBench.start(1);
    await bench.at(8000);
    expect(bench.probes(10)).toEqual([2500, 5250, 8000]);
    expect(
      bench.bus
        .exchanges()
        .slice(-3)
        .map((each) => each.way),
    ).toEqual(['routed', 'routed', 'routed']);
    expect(bench.events).toEqual([]);
  });

  test('R-DISC-110 at the pace of the configuration', async () => {
    bench = await PollingBench.start(1, 10_000);
    await bench.at(30_000);
    expect(bench.probes(10)).toEqual([10_000, 20_250]);
  });

  test('R-DISC-110 is never asked where polling is off, or where the bridge took no pool', async () => {
    bench = await PollingBench.start(1, 0);
    await bench.at(30_000);
    expect([bench.probes(10), bench.clock.timers]).toEqual([[], 0]);
    await bench.stop();
    bench = new PollingBench(1);
    bench.bridge.script = (command) => (command === 8 ? '05' : undefined);
    await bench.setup(ADDRESS);
    await bench.clock.advance(30_000);
    expect([bench.probes(10), bench.clock.timers]).toEqual([[], 0]);
  });

  test('R-DISC-111 D-7 delays no other EID, and no operation', async () => {
    bench = await PollingBench.start(3);
    bench.plug(12);
    await bench.at(2510);
    expect(bench.eids()).toEqual([9, 12]);
    bench.device(0x1e);
    expect((await bench.setup(0x1e)).isNew).toBe(true);
    expect(bench.clock.now() - 2510).toBeLessThan(100);
    await bench.at(5250);
    expect([bench.probes(10), bench.probes(11), bench.probes(12)]).toEqual([
      [2500, 5250],
      [2500, 5250],
      [2500],
    ]);
  });
});

describe('an EID of a pool that somebody has', () => {
  test('R-DISC-4 R-DISC-112 is published behind its bridge, without a path of its own, and polled no more', async () => {
    bench = await PollingBench.start(2);
    const before = bench.paths();
    bench.plug(11);
    await bench.at(29_000);
    expect(bench.events).toEqual(['endpoint-added 1/11']);
    expect(bench.registry.endpoint(1, 11)).toMatchObject({
      ...{ link: 1, bridge: 9, uuid: UUID, types: [0, 1], connectivity: 'Available' },
      physicalAddress: new Uint8Array(0),
    });
    expect([bench.paths(), bench.sent(11)]).toEqual([before, ['02', '05', '03']]);
    // Of the other EID.
    expect(bench.clock.timers).toBe(1);
    // The address is the bridge's own, whatever is behind it.
    expect(await bench.setup(ADDRESS)).toEqual({ network: 1, eid: 9, isNew: false });
  });

  test('R-DISC-115 is found when it comes late', async () => {
    bench = await PollingBench.start(1);
    await bench.at(4000);
    bench.plug(10);
    await bench.at(5249);
    expect(bench.eids()).toEqual([9]);
    await bench.at(5260);
    expect(bench.eids()).toEqual([9, 10]);
  });

  test('R-DISC-112 whose property query fails is polled again', async () => {
    bench = await PollingBench.start(1);
    const device = bench.plug(10);
    device.script = (command) => (command === 5 ? '02' : undefined);
    await bench.at(2510);
    expect([bench.eids(), bench.warnings()]).toEqual([[9], ['no endpoint behind the bridge']]);
    device.script = () => undefined;
    await bench.at(5020);
    expect(bench.probes(10)).toEqual([2500, 5002]);
    expect(bench.eids()).toEqual([9, 10]);
  });

  test.each([
    ['R-DISC-113 another EID', '00 0b 00 00', 'EID 10 answered as 11'],
    ['R-DISC-114 a completion code', '01', 'refused with'],
    ['R-DISC-114 R-DISC-17 not ready', '04', 'refused with'],
    ['R-DISC-114 too short an answer', '00 0a', 'bad response'],
  ])('%s counts as silence, and is told once', async (_what, answer, cause) => {
    bench = await PollingBench.start(1);
    const device = bench.plug(10);
    device.script = (command) => (command === 2 ? answer : undefined);
    await bench.at(20_000);
    expect(bench.probes(10).length).toBeGreaterThanOrEqual(6);
    expect(bench.eids()).toEqual([9]);
    const [warning, ...more] = bench.logged.filter((each) => each.level === 'warn');
    expect(warning?.fields?.cause).toContain(cause);
    expect(more).toEqual([]);
    device.script = () => undefined;
    await bench.clock.advance(3000);
    expect(bench.eids()).toEqual([9, 10]);
  });

  test('R-DISC-76 R-DISC-112 learnt by its EID it is polled no more', async () => {
    bench = await PollingBench.start(1);
    bench.plug(10);
    expect(await bench.clock.settle(bench.engine.learnByEid(1, 10))).toMatchObject({ eid: 10, isNew: true });
    await bench.at(30_000);
    expect(bench.sent(10)).toEqual(['02', '05', '03']);
  });

  test('R-DISC-42 R-DBUS-23 one that is published anew for a late answer is not polled', async () => {
    bench = await PollingBench.start(1);
    const device = bench.plug(10);
    device.script = (command) => (command === 3 ? 'silent' : undefined);
    await bench.at(4000);
    device.script = () => undefined;
    await bench.at(30_000);
    expect(bench.events).toEqual(['endpoint-added 1/10', 'endpoint-removed 1/10', 'endpoint-added 1/10']);
    expect(bench.probes(10)).toEqual([2500]);
  });
});

describe('the end', () => {
  async function found(): Promise<FakeDevice> {
    bench = await PollingBench.start(2);
    const device = bench.plug(10);
    await bench.at(3000);
    bench.events.length = 0;
    return device;
  }

  test('R-DISC-82 a removed endpoint is polled again, one interval later', async () => {
    const device = await found();
    device.dead = true;
    await bench.clock.settle(bench.engine.remove(1, 10));
    await bench.at(6000);
    device.dead = false;
    await bench.at(30_000);
    expect(bench.probes(10)).toEqual([2500, 5500, 8250]);
    expect(bench.events).toEqual(['endpoint-removed 1/10', 'endpoint-added 1/10']);
  });

  test('R-DISC-81 the bridge is removed: what is behind it goes, and polling stops', async () => {
    await found();
    await bench.clock.settle(bench.engine.remove(1, 9));
    expect(bench.events).toEqual(['endpoint-removed 1/9', 'endpoint-removed 1/10']);
    expect(bench.clock.timers).toBe(0);
  });

  test.each([
    ['a probe is on its way', 2510],
    ['its answer is followed up', 2530],
  ])('R-DISC-81 the bridge is removed while %s', async (_what, ms) => {
    bench = await PollingBench.start(2);
    bench.plug(10);
    bench.bridge.latencyMs = 20;
    await bench.at(ms);
    await bench.clock.settle(bench.engine.remove(1, 9));
    await bench.at(30_000);
    expect(bench.events).toEqual(['endpoint-removed 1/9']);
    expect([bench.probes(10), bench.probes(11), bench.clock.timers]).toEqual([[2500], [2500], 0]);
    expect(bench.warnings()).toEqual([]);
  });

  test('R-DISC-81 the bridge is removed while a probe waits for its turn', async () => {
    bench = await PollingBench.start(1);
    await bench.at(2400);
    const learn = bench.failure(bench.engine.learnByEid(1, 10));
    await bench.at(2600);
    await bench.clock.settle(bench.engine.remove(1, 9));
    await learn;
    await bench.at(30_000);
    expect([bench.probes(10)[0], bench.warnings(), bench.clock.timers]).toEqual([2400, [], 0]);
  });

  test('R-DISC-122 an EID of the pool becomes our own while a probe is on its way', async () => {
    bench = await PollingBench.start(1);
    bench.plug(10);
    bench.bridge.latencyMs = 20;
    await bench.at(2510);
    await bench.bus.addLocalEid(1, 10);
    await bench.at(30_000);
    expect(bench.registry.endpoint(1, 10)?.local).toBe(true);
    expect([bench.warnings(), bench.clock.timers]).toEqual([[], 0]);
  });

  test('R-DISC-123 the link goes: the bridge first, and polling stops', async () => {
    await found();
    bench.bus.removeLink(1);
    await bench.clock.advance(0);
    const removed = bench.events.filter((each) => each.startsWith('endpoint-removed'));
    expect(removed).toEqual(['endpoint-removed 1/8', 'endpoint-removed 1/9', 'endpoint-removed 1/10']);
    expect(bench.clock.timers).toBe(0);
  });

  test('R-DISC-125 the link goes to another network: what is found moves along, what is missing is polled there', async () => {
    await found();
    bench.bus.changeLink(1, { network: 2 });
    expect(bench.eids()).toEqual([9, 10]);
    await bench.clock.advance(0);
    bench.plug(11);
    await bench.at(30_000);
    expect(bench.remote().map(({ network, eid, bridge }) => [network, eid, bridge])).toEqual([
      [2, 9, 0],
      [2, 10, 9],
      [2, 11, 9],
    ]);
    expect([bench.probes(10), bench.probes(11), bench.clock.timers]).toEqual([[2500], [2500, 5500], 0]);
  });

  test('R-DISC-126 a link that is down is no reason to stop', async () => {
    bench = await PollingBench.start(1);
    bench.bus.changeLink(1, { up: false });
    bench.plug(10);
    await bench.at(4000);
    expect([bench.eids(), bench.warnings()]).toEqual([[9], []]);
    bench.bus.changeLink(1, { up: true });
    await bench.at(5010);
    expect(bench.eids()).toEqual([9, 10]);
  });

  test('R-DISC-122 an EID of the pool that becomes our own is not polled', async () => {
    await found();
    await bench.bus.addLocalEid(1, 11);
    await bench.at(20_000);
    expect(bench.probes(11)).toEqual([2500]);
    await bench.bus.removeLocalEid(1, 11);
    await bench.at(23_000);
    expect(bench.probes(11)).toEqual([2500, 22_500]);
  });

  test('R-DISC-127 the bridge gets another EID: its pool, and polling, are over', async () => {
    await found();
    bench.bridge.eid = 40;
    await bench.clock.settle(bench.engine.learnEndpoint(1, Uint8Array.of(ADDRESS)));
    await bench.at(30_000);
    expect(bench.events).toEqual(['endpoint-removed 1/9', 'endpoint-removed 1/10', 'endpoint-added 1/40']);
    expect([bench.probes(11), bench.clock.timers]).toEqual([[2500], 0]);
  });

  test('R-DBUS-23 a bridge that is published anew keeps its pool, and what is missing there is still polled', async () => {
    await found();
    bench.bridge.types = [0, 5];
    await bench.clock.settle(bench.engine.learnEndpoint(1, Uint8Array.of(ADDRESS)));
    expect(bench.events).toEqual(['endpoint-removed 1/9', 'endpoint-added 1/9']);
    bench.plug(11);
    await bench.at(30_000);
    expect([bench.eids(), bench.probes(10)]).toEqual([[9, 10, 11], [2500]]);
  });

  test('the daemon stops: between probes', async () => {
    bench = await PollingBench.start(2);
    await bench.at(2000);
    bench.engine.stop();
    expect(bench.clock.timers).toBe(0);
  });

  test('the daemon stops: while a probe is on its way, and while one waits for its turn', async () => {
    bench = await PollingBench.start(2);
    await bench.at(2400);
    const learn = bench.failure(bench.engine.learnByEid(1, 11), 'no-response');
    await bench.at(2600);
    bench.engine.stop();
    await learn;
    await bench.at(30_000);
    expect([bench.probes(10), bench.clock.timers]).toEqual([[2500], 0]);
    expect(bench.logged.filter((each) => each.level === 'error')).toEqual([]);
  });
});

describe('Recover of a polled endpoint', () => {
  async function found(): Promise<FakeDevice> {
    bench = await PollingBench.start(1);
    const device = bench.plug(10);
    await bench.at(3000);
    bench.events.length = 0;
    bench.bus.transcript.length = 0;
    return device;
  }

  test('R-DISC-98 R-DISC-163 it answers: its EID and UUID are asked by its EID, the bridge is left in peace', async () => {
    await found();
    await bench.engine.recover(1, 10);
    await bench.at(10_000);
    expect([bench.sent(10), bench.bus.exchanges().length]).toEqual([['02', '03'], 2]);
    expect(bench.events).toEqual(['endpoint-changed 1/10', 'endpoint-changed 1/10']);
  });

  test('R-DISC-98 R-DISC-163 it is dead: only it is removed, and polled from then on', async () => {
    const device = await found();
    device.dead = true;
    await bench.engine.recover(1, 10);
    await bench.at(8249);
    expect(bench.events).toEqual(['endpoint-changed 1/10']);
    await bench.at(8250);
    expect(bench.events).toEqual(['endpoint-changed 1/10', 'endpoint-removed 1/10']);
    expect(bench.eids()).toEqual([9]);
    device.dead = false;
    await bench.at(30_000);
    expect(bench.probes(10)).toEqual([3000, 5500, 8000, 10_750]);
    expect(bench.eids()).toEqual([9, 10]);
    expect(bench.bus.commands().filter((each) => each.startsWith('01'))).toEqual([]);
  });

  test('R-DISC-98 R-DISC-163 another device: removed and published anew, never assigned', async () => {
    const device = await found();
    device.uuid = OTHER_UUID;
    await bench.engine.recover(1, 10);
    await bench.at(30_000);
    expect(bench.events).toEqual(['endpoint-changed 1/10', 'endpoint-removed 1/10', 'endpoint-added 1/10']);
    expect(bench.registry.endpoint(1, 10)).toMatchObject({ uuid: OTHER_UUID, link: 1, bridge: 9 });
    expect(bench.sent(10)).toEqual(['02', '03', '02', '05', '03']);
    expect(bench.clock.timers).toBe(0);
  });
});
