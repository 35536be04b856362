import { Bench, UUID } from '../bench';
import type { FakeDevice } from '../fake-device';

/** Links that go, or go down, while something is under way on them; EIDs of ours that come and go in one turn. */

const ADDRESS = Uint8Array.of(0x1d);
let bench: Bench;

beforeEach(() => {
  bench = new Bench({}, [{}, { localEids: [] }]);
});

afterEach(() => bench.stop());

async function known(): Promise<FakeDevice> {
  const device = bench.device(0x1d, { uuid: UUID });
  await bench.setup(0x1d);
  device.latencyMs = 50;
  bench.events.length = 0;
  return device;
}

describe('R-DISC-123 a link goes while something is under way', () => {
  test.each([25, 75, 125])(
    'R-DISC-123 R-DISC-73 LearnEndpoint after %d ms ends with an error',
    async (ms) => {
      await known();
      const call = bench.engine.learnEndpoint(1, ADDRESS);
      await bench.clock.advance(ms);
      bench.bus.removeLink(1);
      await bench.failure(call, 'cancelled');
      expect([bench.eids(), bench.paths()]).toEqual([[], []]);
    },
  );

  test.each(['no neighbour 9', 'no route 9'])(
    'R-DISC-123 Remove that is at "%s" succeeds',
    async (moment) => {
      await known();
      bench.bus.failing = (action) => {
        if (action === moment && bench.bus.links().length === 2) bench.bus.removeLink(1);
        return undefined;
      };
      await bench.clock.settle(bench.engine.remove(1, 9));
      expect([bench.eids(), bench.paths()]).toEqual([[], []]);
      expect(bench.events.filter((each) => each === 'endpoint-removed 1/9')).toHaveLength(1);
    },
  );

  test('R-DISC-123 Network1.LearnEndpoint of a device on it ends with an error', async () => {
    bench.device(0x1d, { eid: 40, latencyMs: 50 });
    await bench.bus.addNeighbour({ link: 1, eid: 40, address: ADDRESS });
    await bench.bus.addRoute({ network: 1, first: 40, extent: 0, link: 1, mtu: 68 });
    const call = bench.engine.learnByEid(1, 40);
    await bench.clock.advance(25);
    bench.bus.removeLink(1);
    await bench.failure(call, 'cancelled');
    expect([bench.eids(), bench.paths()]).toEqual([[], []]);
  });

  test('R-DISC-123 R-DISC-97 a recovery ends with the endpoint, in the middle of a probe or between two', async () => {
    const device = await known();
    device.dead = true;
    const other = bench.device(0x1e, { uuid: UUID });
    await bench.setup(0x1e);
    other.dead = true;
    await bench.engine.recover(1, 9);
    await bench.clock.advance(1000);
    await bench.engine.recover(1, 10);
    await bench.clock.advance(100);
    bench.bus.removeLink(1);
    bench.bus.transcript.length = 0;
    await bench.clock.advance(10_000);
    expect([bench.eids(), bench.bus.commands()]).toEqual([[], []]);
  });

  test('R-DISC-123 a link of the same name that comes back is another one', async () => {
    await known();
    bench.bus.removeLink(1);
    bench.bus.addLink({ index: 3, name: 'mctp1' });
    expect(bench.registry.endpoints().map(({ eid }) => eid)).toEqual([8]);
    await bench.failure(bench.engine.setupEndpoint(1, ADDRESS), 'unknown-link');
  });
});

describe('R-DISC-126 a link goes down and up', () => {
  test('R-DISC-126 what is published, routed and reserved stays; so does what the device was given', async () => {
    const device = await known();
    const paths = bench.paths();
    bench.bus.changeLink(1, { up: false });
    await bench.clock.advance(60_000);
    bench.bus.changeLink(1, { up: true });
    expect(bench.events).toEqual(['link-changed mctp1', 'link-changed mctp1']);
    expect(bench.paths()).toEqual(paths);
    expect(await bench.setup(0x1d)).toEqual({ network: 1, eid: 9, isNew: false });
    expect(device.assignments).toBe(1);
  });

  test('R-DISC-126 a call on a link that is down fails at once, and costs the endpoint nothing', async () => {
    await known();
    bench.bus.changeLink(1, { up: false });
    const began = bench.clock.now();
    await bench.failure(bench.engine.setupEndpoint(1, ADDRESS), 'link-down');
    expect([bench.clock.now() - began, bench.eids()]).toEqual([0, [9]]);
  });

  test('R-DISC-126 R-DISC-33 an assignment that the link goes down under leaves nothing', async () => {
    bench.device(0x1d, { latencyMs: 50 });
    const call = bench.engine.setupEndpoint(1, ADDRESS);
    await bench.clock.advance(75);
    bench.bus.changeLink(1, { up: false });
    await bench.failure(call);
    expect([bench.eids(), bench.paths()]).toEqual([[], []]);
  });

  test('R-DISC-126 R-CONS-17 a recovery that finds the link up again in time succeeds', async () => {
    await known();
    bench.bus.changeLink(1, { up: false });
    await bench.engine.recover(1, 9);
    await bench.clock.advance(300);
    expect(bench.registry.endpoint(1, 9)?.connectivity).toBe('Degraded');
    bench.bus.changeLink(1, { up: true });
    await bench.clock.advance(3000);
    expect(bench.registry.endpoint(1, 9)?.connectivity).toBe('Available');
  });
});

describe('R-DISC-120 each event is applied from its content, none collapse', () => {
  test('R-DISC-120 an EID of ours that goes and comes back within one turn: two signals, and the devices stay', async () => {
    await known();
    const paths = bench.paths();
    await Promise.all([bench.bus.removeLocalEid(1, 8), bench.bus.addLocalEid(1, 8)]);
    expect(bench.events).toEqual(['endpoint-removed 1/8', 'endpoint-added 1/8']);
    expect(bench.registry.localEids(1)).toEqual([8]);
    expect([bench.eids(), bench.paths()]).toEqual([[9], paths]);
    expect(await bench.setup(0x1d)).toEqual({ network: 1, eid: 9, isNew: false });
  });

  test('R-DISC-120 R-DBUS-34 on two links of the network it is no change of the object', async () => {
    await bench.bus.addLocalEid(2, 8);
    await Promise.all([bench.bus.removeLocalEid(1, 8), bench.bus.addLocalEid(1, 8)]);
    expect(bench.events).toEqual([]);
    await bench.bus.removeLocalEid(1, 8);
    expect(bench.events).toEqual([]);
    await bench.bus.removeLocalEid(2, 8);
    expect(bench.events).toEqual(['endpoint-removed 1/8']);
  });

  test('R-DISC-120 down and up within one turn are two changes', () => {
    bench.bus.changeLink(1, { up: false });
    bench.bus.changeLink(1, { up: true });
    expect(bench.events).toEqual(['link-changed mctp1', 'link-changed mctp1']);
  });
});
