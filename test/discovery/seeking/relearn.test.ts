import { MctpError } from '../../../src/base/errors';
import type { NetLink } from '../../../src/core/net';
import type { FakeBus } from '../fake-bus';
import { UUID, type Bench } from '../bench';
import { had, Restart } from '../memory/remembering';

const SECOND: Partial<NetLink> = { index: 2, name: 'mctp2', localEids: [] };

let bench: Bench;
let daemon: Restart;

function begin(...given: ConstructorParameters<typeof Restart>): void {
  daemon = new Restart(...given);
  ({ bench } = daemon);
}

afterEach(() => daemon.stop());

/** A route to one EID that was there before us, with its neighbour where there is an address. */
async function routed(eid: number, address: number | undefined, link = 1): Promise<void> {
  await bench.bus.addRoute({ network: 1, first: eid, extent: 0, link, mtu: 68 });
  if (address !== undefined) await bench.bus.addNeighbour({ link, eid, address: Uint8Array.of(address) });
}

/** What was asked under which EID: `02 to 20`; the transcript of the set-up left out. */
function questions(): string[] {
  return bench.bus.exchanges().map(({ request, eid }) => `${request.slice(2, 4)} to ${eid}`);
}

/** Lines of the operation itself. */
function told() {
  return bench.logged.filter(({ fields }) => fields?.operation === 'relearn');
}

describe('a device that the kernel still routes', () => {
  test('R-DISC-169 it is asked by its EID and published; nothing is set, no path is touched', async () => {
    begin([]);
    await routed(20, 0x1d);
    bench.device(0x1d, { eid: 20, uuid: UUID });
    bench.bus.transcript.length = 0;
    await daemon.discover();
    expect(bench.remote()).toMatchObject([
      { eid: 20, link: 1, physicalAddress: Uint8Array.of(0x1d), uuid: UUID },
    ]);
    expect(bench.bus.transcript.filter((each) => typeof each === 'string')).toEqual([]);
    expect(questions()).toEqual(['02 to 20', '05 to 20', '03 to 20']);
    expect(bench.clock.timers).toBe(0);
  });

  test('R-CONS-9 nothing is asked before discovery may begin', async () => {
    begin([]);
    await routed(20, 0x1d);
    bench.device(0x1d, { eid: 20 });
    await bench.clock.advance(60_000);
    expect(questions()).toEqual([]);
  });

  test('R-DISC-169 it is known at its address: SetupEndpoint finds it, Remove leaves the path that is not ours', async () => {
    begin([]);
    await routed(20, 0x1d);
    bench.device(0x1d, { eid: 20 });
    await daemon.discover();
    expect(await bench.setup(0x1d)).toEqual({ network: 1, eid: 20, isNew: false });
    await bench.clock.settle(bench.engine.remove(1, 20));
    expect(bench.paths()).toEqual(['20 -> 1d', 'route 20 mtu 68']);
  });

  test('R-DISC-169 at the end of a line without addresses', async () => {
    begin([], { links: [{ pointToPoint: true, address: new Uint8Array(0), addressLength: 0 }] });
    await routed(20, undefined);
    bench.device('p2p', { eid: 20 });
    await daemon.discover();
    expect(bench.eids()).toEqual([20]);
    expect(daemon.sets()).toEqual([]);
  });

  test('R-DISC-169 one that answers with another EID is left alone', async () => {
    begin([]);
    await routed(20, 0x1d);
    bench.device(0x1d, { eid: 20 }).script = (command) => (command === 2 ? '00 21 00 00' : undefined);
    await daemon.discover();
    expect(bench.remote()).toEqual([]);
    expect(questions()).toEqual(['02 to 20']);
    expect(told()).toMatchObject([
      { fields: { link: 'mctp1', network: 1, eid: 20, physicalAddress: '1d', operation: 'relearn' } },
    ]);
  });

  test.each([
    ['the role is another', { settings: { role: () => 'Endpoint' as const } }],
    ['the link is down', { links: [{ up: false }] }],
  ])('R-DISC-169 nobody is asked where %s', async (_, around) => {
    begin([], around);
    await routed(20, 0x1d);
    bench.device(0x1d, { eid: 20 });
    await daemon.discover(60_000);
    expect(questions()).toEqual([]);
  });

  test('D-8 one that is remembered is asked at its address alone, and so is one that is configured', async () => {
    const discover = () => ({
      mode: 'static' as const,
      endpoints: [{ address: Uint8Array.of(0x1e), eid: 21 }],
    });
    begin([had(20, 0x1d)], { settings: { discover } });
    await routed(20, 0x1d);
    await routed(21, 0x1f);
    bench.device(0x1f, { eid: 21 });
    await daemon.discover(60_000);
    expect(new Set(questions())).toEqual(new Set(['02 to 0', '01 to 0']));
  });

  test('R-DISC-2 what is remembered or configured for another network, or where we own no bus, keeps nobody from it', async () => {
    const discover = ({ index }: NetLink) => ({
      mode: 'static' as const,
      endpoints: index === 1 ? [] : [{ address: Uint8Array.of(0x40), eid: 19 + index }],
    });
    begin([had(20, 0x1d, { network: 2, link: 'mctp2' })], {
      links: [{}, { ...SECOND, network: 2 }, { index: 3, localEids: [] }],
      settings: { discover, role: ({ index }) => (index === 3 ? 'Endpoint' : 'BusOwner') },
    });
    for (const eid of [20, 21, 22]) await routed(eid, eid);
    for (const eid of [20, 21, 22]) bench.device(eid, { eid });
    await daemon.discover();
    expect(bench.eids()).toEqual([20, 21, 22]);
  });
});

describe('a device that is silent', () => {
  test('R-DISC-169 it is asked in one series of attempts, not published, and told once', async () => {
    begin([]);
    await routed(20, 0x1d);
    await daemon.discover(3_600_000);
    expect(bench.bus.begun('02')).toHaveLength(1);
    expect(bench.remote()).toEqual([]);
    expect(bench.paths()).toEqual(['20 -> 1d', 'route 20 mtu 68']);
    expect(told()).toMatchObject([{ level: 'info' }]);
  });

  test('R-DISC-21 R-DISC-169 its EID is given last, and while the route stands', async () => {
    begin([], { settings: { dynamicEids: { ranges: [{ first: 20, last: 21 }], reserved: new Set() } } });
    await routed(20, 0x1d);
    for (const address of [0x1e, 0x1f, 0x20]) bench.device(address);
    await daemon.discover(2000);
    expect(await bench.setup(0x1e)).toMatchObject({ eid: 21 });
    expect(await bench.setup(0x1f)).toMatchObject({ eid: 20 });
    await bench.failure(bench.engine.setupEndpoint(1, Uint8Array.of(0x20)), 'out-of-eids');
    expect(bench.paths()).toContain('20 -> 1f');
  });

  test('R-DISC-169 its EID is not kept from the device at its own address', async () => {
    begin([], { settings: { dynamicEids: { ranges: [{ first: 20, last: 30 }], reserved: new Set() } } });
    await routed(20, 0x1d);
    const device = bench.device(0x1d);
    device.dead = true;
    await daemon.discover(2000);
    device.dead = false;
    expect(await bench.setup(0x1d)).toMatchObject({ eid: 20 });
  });

  test('R-DISC-169 a dead one does not delay a live one', async () => {
    begin([]);
    for (let eid = 20; eid < 120; eid++) await routed(eid, eid);
    bench.device(119, { eid: 119 });
    // A series of attempts at one of them takes 1000 ms.
    await daemon.discover(500);
    expect(bench.eids()).toEqual([119]);
  });

  test('R-DISC-169 nobody is asked once the daemon stops', async () => {
    begin([]);
    for (let eid = 20; eid < 60; eid++) await routed(eid, eid);
    bench.engine.startDiscovery();
    bench.engine.stop();
    expect(bench.clock.timers).toBe(0);
    await bench.clock.advance(10_000);
    expect(questions()).toEqual([]);
    expect(told()).toEqual([]);
  });

  test('R-DISC-169 the next one at an address is neither asked nor told of once the daemon stops', async () => {
    begin([]);
    for (const eid of [20, 21]) await routed(eid, 0x1d);
    await daemon.discover(100);
    bench.engine.stop();
    await bench.clock.advance(10_000);
    expect(new Set(questions())).toEqual(new Set(['02 to 20']));
    expect(told()).toMatchObject([{ fields: { eid: 20 } }]);
  });
});

describe('ranges', () => {
  test('R-DISC-32 R-DISC-169 the pool of a bridge that answered is asked, each EID once', async () => {
    begin([]);
    await routed(11, 0x1d);
    await bench.bus.addRoute({ network: 1, first: 12, extent: 2, gateway: 11, mtu: 68 });
    const bridge = bench.device(0x1d, { eid: 11, bridge: true });
    bridge.downstream.push(bench.device(0x7f, { link: 9, eid: 12 }));
    await daemon.discover(60_000);
    expect(bench.remote()).toMatchObject([
      { eid: 11, link: 1, bridge: 0 },
      { eid: 12, bridge: 11 },
    ]);
    expect(bench.bus.times('02')).toHaveLength(1 + 4 + 1 + 4);
    expect(daemon.sets()).toEqual([]);
    expect(told()).toEqual([]);
    // The rest of the pool is kept from others.
    bench.device(0x1e);
    await bench.clock.settle(bench.engine.assignEndpoint(1, Uint8Array.of(0x1e)));
    expect(bench.eids()).toEqual([11, 12, 15]);
  });

  test("R-DISC-53 R-DISC-169 SetupEndpoint gives it a pool, and its own old routes are in nobody's way", async () => {
    begin([], { settings: { dynamicEids: { ranges: [{ first: 11, last: 14 }], reserved: new Set() } } });
    await routed(11, 0x1d);
    await bench.bus.addRoute({ network: 1, first: 12, extent: 2, gateway: 11, mtu: 68 });
    bench.device(0x1d, { eid: 11, bridge: true, poolSize: 3 });
    await daemon.discover(60_000);
    expect(bench.remote().map(({ eid, pool }) => [eid, pool])).toEqual([[11, undefined]]);
    await bench.setup(0x1d);
    expect(bench.remote()).toMatchObject([{ eid: 11, pool: { start: 12, end: 14 } }]);
  });

  test('R-DISC-169 behind a bridge that is silent nobody is asked', async () => {
    begin([]);
    await routed(11, 0x1d);
    await bench.bus.addRoute({ network: 1, first: 12, extent: 2, gateway: 11, mtu: 68 });
    await daemon.discover(60_000);
    expect(new Set(questions())).toEqual(new Set(['02 to 11']));
  });

  test('R-DISC-32 R-DISC-169 a pool as single routes to the address of the bridge: they are behind it', async () => {
    begin([]);
    for (const eid of [13, 12, 11]) await routed(eid, 0x1d);
    const bridge = bench.device(0x1d, { eid: 11, bridge: true });
    bridge.downstream.push(bench.device(0x7f, { link: 9, eid: 13 }));
    await daemon.discover(60_000);
    expect(bench.remote()).toMatchObject([
      { eid: 11, bridge: 0 },
      { eid: 13, bridge: 11 },
    ]);
    expect(bench.warnings()).toEqual([]);
  });

  test('R-DISC-169 a plain range tells of no device: nothing is asked, nothing kept', async () => {
    begin([]);
    await bench.bus.addRoute({ network: 1, first: 8, extent: 246, link: 1, mtu: 68 });
    bench.device(0x1d);
    await daemon.discover(60_000);
    expect(questions()).toEqual([]);
    expect(await bench.setup(0x1d)).toMatchObject({ eid: 9 });
  });

  test('R-DISC-169 a bridge behind itself ends', async () => {
    begin([]);
    await routed(11, 0x1d);
    await bench.bus.addRoute({ network: 1, first: 11, extent: 1, gateway: 11, mtu: 68 });
    bench.device(0x1d, { eid: 11, bridge: true });
    await daemon.discover(60_000);
    expect(bench.eids()).toEqual([11]);
  });
});

describe('a route in the way', () => {
  /** Holds one route of a range only, as a kernel does. */
  function single(bus: FakeBus): void {
    const add = bus.addRoute.bind(bus);
    bus.addRoute = async (route) => {
      const isThere = bus
        .routes(1)
        .some(({ first, extent }) => first === route.first && extent === route.extent);
      if (isThere) throw new MctpError('route-exists', 'the route exists already');
      await add(route);
    };
  }

  test('R-DISC-30 R-DISC-169 an EID that is given on another link takes its route over, told once', async () => {
    begin([], { links: [{}, SECOND] });
    await routed(20, 0x1d);
    single(bench.bus);
    bench.device(0x2d, { link: 2 });
    await daemon.discover(2000);
    await bench.clock.settle(bench.engine.assignEndpointStatic(2, Uint8Array.of(0x2d), 20));
    expect(bench.bus.routes(1)).toEqual([{ network: 1, first: 20, extent: 0, link: 2, mtu: 68 }]);
    expect(bench.warnings()).toEqual(['a route is replaced']);
  });

  test('R-DISC-30 R-DISC-169 one that is gone before it is taken away: the new one is made all the same', async () => {
    begin([], { links: [{}, SECOND] });
    await routed(20, 0x1d);
    single(bench.bus);
    const remove = bench.bus.removeRoute.bind(bench.bus);
    bench.bus.removeRoute = async (route) => {
      await remove(route);
      throw new MctpError('no-such-route', 'somebody else was quicker');
    };
    bench.device(0x2d, { link: 2 });
    await bench.clock.settle(bench.engine.assignEndpointStatic(2, Uint8Array.of(0x2d), 20));
    expect(bench.bus.routes(1)).toEqual([{ network: 1, first: 20, extent: 0, link: 2, mtu: 68 }]);
  });

  const OTHERS = { network: 1, first: 20, extent: 0, link: 1, mtu: 100 };

  test('R-DISC-30 R-DISC-33 it is there again when the device is silent, not when it goes later', async () => {
    begin([], { links: [{}, SECOND] });
    await bench.bus.addRoute(OTHERS);
    single(bench.bus);
    const assign = () => bench.engine.assignEndpointStatic(2, Uint8Array.of(0x2d), 20);
    await bench.failure(assign(), 'no-response');
    expect(bench.bus.routes(1)).toEqual([OTHERS]);
    bench.device(0x2d, { link: 2 });
    await bench.clock.settle(assign());
    await bench.clock.settle(bench.engine.remove(1, 20));
    expect(bench.bus.routes(1)).toEqual([]);
  });

  test('R-DISC-30 it is there again at once when the new one cannot be made', async () => {
    begin([], { links: [{}, SECOND] });
    await bench.bus.addRoute(OTHERS);
    single(bench.bus);
    const refusals: MctpError[] = [];
    const remove = bench.bus.removeRoute.bind(bench.bus);
    bench.bus.removeRoute = (route) => {
      refusals.push(new MctpError('internal', 'no memory'));
      return remove(route);
    };
    bench.bus.failing = (action) => (action.startsWith('route 20') ? refusals.pop() : undefined);
    bench.device(0x2d, { link: 2 });
    await bench.failure(bench.engine.assignEndpointStatic(2, Uint8Array.of(0x2d), 20));
    expect(bench.bus.routes(1)).toEqual([OTHERS]);
    expect(bench.warnings()).toEqual(['a route is replaced', 'path not changed']);
  });

  test('R-DISC-47 it is there again when the device takes another EID', async () => {
    begin([], { links: [{}, SECOND] });
    await bench.bus.addRoute(OTHERS);
    single(bench.bus);
    const device = bench.device(0x2d, { link: 2 });
    device.script = (command) => {
      if (command !== 0x01) return undefined;
      device.eid = 30;
      return '00 00 1e 00';
    };
    await bench.clock.settle(bench.engine.assignEndpointStatic(2, Uint8Array.of(0x2d), 20));
    expect(bench.bus.routes(1)).toEqual([OTHERS, { ...OTHERS, first: 30, link: 2, mtu: 68 }]);
  });

  test('R-DISC-31 one over the same link stays as it is', async () => {
    begin([]);
    await bench.bus.addRoute({ network: 1, first: 20, extent: 0, link: 1, mtu: 100 });
    single(bench.bus);
    bench.device(0x1d);
    await bench.clock.settle(bench.engine.assignEndpointStatic(1, Uint8Array.of(0x1d), 20));
    expect(bench.paths()).toEqual(['20 -> 1d', 'route 20 mtu 100']);
    expect(bench.warnings()).toEqual([]);
  });
});
