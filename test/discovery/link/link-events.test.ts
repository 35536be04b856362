import type { Role } from '../../../src/discovery/registry';
import { Bench, OWN_UUID } from '../bench';

const bench2 = (): Bench => new Bench({}, [{ network: 1 }, { network: 1, localEids: [8, 10] }]);
let bench: Bench;

beforeEach(() => {
  bench = new Bench();
});

afterEach(() => bench.stop());

describe('links', () => {
  test('R-DISC-121 R-DBUS-3 what is there at start: network, local EIDs, link', async () => {
    const seen: string[] = [];
    const other = new Bench({}, []);
    other.registry.events.on((event) => seen.push(event.kind));
    other.bus.addLink({ index: 5, localEids: [8, 9], up: false });
    expect(seen).toEqual(['network-added', 'endpoint-added', 'endpoint-added', 'link-added']);
    expect(other.warnings()).toEqual(['link is down']);
    expect(other.registry.endpoint(1, 8)).toMatchObject({
      local: true,
      types: [0],
      uuid: OWN_UUID,
      link: undefined,
    });
    other.bus.addLink({ index: 6, localEids: [] });
    expect(seen.slice(4)).toEqual(['link-added']);
    await other.stop();
  });

  test('R-DISC-123 a link that goes: local EIDs, endpoints, link, network; no route is deleted', async () => {
    bench.device(0x1d);
    bench.device(0x1e);
    await bench.setup(0x1d);
    await bench.setup(0x1e);
    bench.bus.transcript.length = 0;
    bench.events.length = 0;
    bench.bus.removeLink(1);
    expect(bench.events).toEqual([
      'endpoint-removed 1/8',
      'endpoint-removed 1/9',
      'endpoint-removed 1/10',
      'link-removed mctp1',
      'network-removed 1',
    ]);
    expect(bench.bus.transcript).toEqual([]);
  });

  test('R-DISC-123 an endpoint without a link stays until its network goes', async () => {
    bench.bus.addLink({ index: 2, network: 1, localEids: [] });
    bench.device(0x2d, { link: 2, eid: 40 });
    // Behind a gateway that is no endpoint of ours.
    await bench.bus.addNeighbour({ link: 2, eid: 30, address: Uint8Array.of(0x2d) });
    await bench.bus.addRoute({ network: 1, first: 30, extent: 0, link: 2, mtu: 68 });
    await bench.bus.addRoute({ network: 1, first: 40, extent: 0, gateway: 30, mtu: 68 });
    await bench.clock.settle(bench.engine.learnByEid(1, 40));
    bench.bus.removeLink(2);
    expect(bench.eids()).toEqual([40]);
    bench.bus.removeLink(1);
    expect(bench.registry.endpoints()).toEqual([]);
    expect(bench.registry.networks()).toEqual([]);
  });

  test('R-DISC-123 what is behind a bridge behind a bridge goes with the link too', async () => {
    bench.bus.addLink({ index: 2, network: 1, localEids: [] });
    const device = bench.device(0x1d);
    await bench.setup(0x1d);
    for (const [first, gateway] of [
      [40, 9],
      [50, 40],
    ] as const) {
      await bench.bus.addRoute({ network: 1, first, extent: 0, gateway, mtu: 68 });
      device.eid = first;
      await bench.clock.settle(bench.engine.learnByEid(1, first));
    }
    expect(bench.eids()).toEqual([9, 40, 50]);
    bench.events.length = 0;
    bench.bus.removeLink(1);
    expect(bench.eids()).toEqual([]);
    expect(bench.events.slice(1, 4)).toEqual([
      'endpoint-removed 1/9',
      'endpoint-removed 1/40',
      'endpoint-removed 1/50',
    ]);
  });

  test.each([75, 125, 175])(
    'R-DISC-123 R-DISC-6 an operation on a link that goes after %d ms is cancelled and leaves nothing',
    async (ms) => {
      bench.device(0x1d, { latencyMs: 50 });
      const call = bench.engine.setupEndpoint(1, Uint8Array.of(0x1d));
      await bench.clock.advance(ms);
      bench.bus.addLink({ index: 2, localEids: [] });
      bench.bus.removeLink(1);
      // Its routes went with the link, so a routed question may fail by itself.
      const error = await bench.failure(call);
      expect(['cancelled', 'query-failed']).toContain(error.code);
      expect([bench.registry.endpoints(), bench.paths()]).toEqual([[], []]);
    },
  );

  test('R-DISC-123 an operation that waits for its turn finds the link gone', async () => {
    bench.device(0x1d, { latencyMs: 50 });
    const first = bench.engine.setupEndpoint(1, Uint8Array.of(0x1d));
    const second = bench.engine.setupEndpoint(1, Uint8Array.of(0x1d));
    await bench.clock.advance(75);
    bench.bus.removeLink(1);
    await bench.failure(first, 'cancelled');
    await bench.failure(second, 'unknown-link');
  });

  test('R-DISC-126 down and up change the link alone', async () => {
    bench.device(0x1d);
    await bench.setup(0x1d);
    bench.events.length = 0;
    bench.bus.changeLink(1, { up: false });
    bench.bus.changeLink(1, { up: true });
    expect(bench.events).toEqual(['link-changed mctp1', 'link-changed mctp1']);
    expect(bench.eids()).toEqual([9]);
  });
});

describe('local EIDs', () => {
  test('R-DISC-122 added and removed', async () => {
    await bench.bus.addLocalEid(1, 20);
    expect(bench.registry.localEids(1)).toEqual([8, 20]);
    await bench.bus.removeLocalEid(1, 20);
    expect(bench.events).toEqual(['endpoint-added 1/20', 'endpoint-removed 1/20']);
  });

  test('R-DBUS-34 R-DISC-122 one object for an EID on two links, until the last is gone', async () => {
    const both = bench2();
    await both.bus.removeLocalEid(1, 8);
    expect(both.registry.localEids(1)).toEqual([8, 10]);
    both.bus.removeLink(2);
    expect(both.events).toEqual(['endpoint-removed 1/8', 'endpoint-removed 1/10', 'link-removed mctp2']);
    await both.stop();
  });

  test('R-DISC-122 a device that holds the EID is removed, with its paths', async () => {
    bench.device(0x1d);
    await bench.setup(0x1d);
    bench.events.length = 0;
    await bench.bus.addLocalEid(1, 9);
    expect(bench.events).toEqual(['endpoint-removed 1/9', 'endpoint-added 1/9']);
    expect(bench.registry.endpoint(1, 9)?.local).toBe(true);
    await bench.clock.advance(1);
    expect(bench.paths()).toEqual([]);
    expect(bench.warnings()).toEqual(['an EID of our own was held by a device, which is removed']);
  });

  test('R-DISC-122 an assignment under way loses its EID to us', async () => {
    bench.device(0x1d, { latencyMs: 50 });
    const call = bench.engine.setupEndpoint(1, Uint8Array.of(0x1d));
    await bench.clock.advance(75);
    await bench.bus.addLocalEid(1, 9);
    await bench.failure(call, 'cancelled');
    expect(bench.registry.endpoint(1, 9)?.local).toBe(true);
    expect(bench.paths()).toEqual([]);
  });
});

test('R-DISC-122 an EID that becomes ours before Set Endpoint ID is sent is not sent', async () => {
  const device = bench.device(0x1d);
  bench.bus.failing = (action) => {
    if (action === 'route 9 mtu 68') void bench.bus.addLocalEid(1, 9);
    return undefined;
  };
  await bench.failure(bench.engine.setupEndpoint(1, Uint8Array.of(0x1d)), 'cancelled');
  expect(device.assignments).toBe(0);
  expect(bench.paths()).toEqual([]);
});

describe('Role', () => {
  beforeEach(async () => {
    await bench.stop();
    bench = new Bench({ role: () => 'Unknown' });
  });

  test('R-DBUS-13 written once', async () => {
    bench.engine.setRole(1, 'Unknown');
    expect(bench.events).toEqual([]);
    bench.engine.setRole(1, 'BusOwner');
    expect(bench.events).toEqual(['link-changed mctp1']);
    expect(bench.registry.link(1)?.role).toBe('BusOwner');
    await bench.failure(new Promise(() => bench.engine.setRole(1, 'Endpoint')), 'role-already-set');
    bench.device(0x1d);
    expect((await bench.setup(0x1d)).eid).toBe(9);
  });

  test.each(['bus-owner', 'busowner', ''])('R-DBUS-13 %p is no role', async (role) => {
    await bench.failure(new Promise(() => bench.engine.setRole(1, role as Role)), 'bad-role');
  });

  test('R-DBUS-13 the role stays when the link changes', () => {
    bench.engine.setRole(1, 'Endpoint');
    bench.bus.changeLink(1, { up: false });
    expect(bench.registry.link(1)?.role).toBe('Endpoint');
  });
});

test('a stopped engine refuses operations', async () => {
  bench.engine.stop();
  await bench.failure(bench.engine.setupEndpoint(1, Uint8Array.of(0x1d)), 'cancelled');
  bench.bus.addLink({ index: 9 });
  expect(bench.registry.link(9)).toBeUndefined();
});
