import { Bench, UUID } from './bench';

let bench: Bench;

beforeEach(() => {
  bench = new Bench();
});

afterEach(() => bench.stop());

const learn = (address = 0x1d) => bench.engine.learnEndpoint(1, Uint8Array.of(address));
const learnt = (address?: number) => bench.clock.settle(learn(address));
const commands = (): string[] => bench.bus.commands().map((each) => each.slice(0, 2));

describe('LearnEndpoint of a link', () => {
  test('R-DISC-72 R-DBUS-18 a device without an EID: nothing, and no Set Endpoint ID', async () => {
    bench.device(0x1d);
    expect(await learnt()).toBeUndefined();
    expect(commands()).toEqual(['02']);
  });

  test('R-DISC-72 a known device without an EID is removed', async () => {
    const device = bench.device(0x1d);
    await bench.setup(0x1d);
    device.reset();
    expect(await learnt()).toBeUndefined();
    expect([bench.eids(), bench.paths()]).toEqual([[], []]);
  });

  test('R-DISC-73 an unknown device with an EID', async () => {
    bench.device(0x1d, { eid: 30 });
    expect(await learnt()).toEqual({ network: 1, eid: 30, isNew: true });
    expect(commands()).toEqual(['02', '05', '03']);
    expect(bench.paths()).toEqual(['30 -> 1d', 'route 30 mtu 68']);
  });

  test('R-DISC-73 known, same answers: read again, no signal', async () => {
    bench.device(0x1d, { eid: 30, uuid: UUID });
    await learnt();
    bench.events.length = 0;
    bench.bus.transcript.length = 0;
    expect(await learnt()).toEqual({ network: 1, eid: 30, isNew: false });
    expect(commands()).toEqual(['02', '05', '03']);
    expect(bench.events).toEqual([]);
  });

  test('R-DISC-73 R-DBUS-23 R-CONS-21 known, other answers: removed and added again', async () => {
    const device = bench.device(0x1d, { eid: 30, uuid: UUID });
    await learnt();
    bench.events.length = 0;
    device.types = [0, 4];
    await learnt();
    expect(bench.events).toEqual(['endpoint-removed 1/30', 'endpoint-added 1/30']);
    expect(bench.registry.endpoint(1, 30)?.types).toEqual([0, 4]);
    expect(bench.paths()).toEqual(['30 -> 1d', 'route 30 mtu 68']);
  });

  test('R-DISC-42 silence in a re-query leaves the known value', async () => {
    const device = bench.device(0x1d, { eid: 30, uuid: UUID });
    await learnt();
    bench.events.length = 0;
    device.script = (command) => (command === 3 ? 'silent' : undefined);
    await learnt();
    expect(bench.events).toEqual([]);
    expect(bench.registry.endpoint(1, 30)?.uuid).toBe(UUID);
    expect(bench.clock.timers).toBe(0);
  });

  test('R-DISC-73 known, message types fail: removed', async () => {
    const device = bench.device(0x1d, { eid: 30 });
    await learnt();
    device.script = (command) => (command === 5 ? '01' : undefined);
    await bench.failure(learn(), 'query-failed');
    expect([bench.eids(), bench.paths()]).toEqual([[], []]);
  });

  test('R-DISC-73 known under another EID: it moves', async () => {
    const device = bench.device(0x1d, { eid: 30 });
    await learnt();
    bench.events.length = 0;
    device.eid = 40;
    expect(await learnt()).toEqual({ network: 1, eid: 40, isNew: true });
    expect(bench.events).toEqual(['endpoint-removed 1/30', 'endpoint-added 1/40']);
    expect(bench.paths()).toEqual(['40 -> 1d', 'route 40 mtu 68']);
  });

  test('R-DISC-73 a move whose query fails leaves neither', async () => {
    const device = bench.device(0x1d, { eid: 30 });
    await learnt();
    device.eid = 40;
    device.script = (command) => (command === 5 ? '01' : undefined);
    await bench.failure(learn(), 'query-failed');
    expect([bench.eids(), bench.paths()]).toEqual([[], []]);
  });

  test('R-DISC-74 an EID that is in use; a known device loses its old one', async () => {
    bench.device(0x1d, { eid: 30 });
    const second = bench.device(0x1e, { eid: 31 });
    await learnt(0x1d);
    await learnt(0x1e);
    second.eid = 30;
    const error = await bench.failure(learn(0x1e), 'eid-claimed');
    expect(error.context).toMatchObject({ eid: 30 });
    expect(bench.eids()).toEqual([30]);
    second.eid = 8;
    await bench.failure(learn(0x1e), 'eid-claimed');
  });

  test.each([1, 7, 255])('R-DISC-74 reserved EID %d, unknown or known', async (eid) => {
    const device = bench.device(0x1d, { eid });
    await bench.failure(learn(), 'bad-response');
    device.eid = 30;
    await learnt();
    device.eid = eid;
    await bench.failure(learn(), 'bad-response');
    expect(bench.eids()).toEqual([]);
  });

  test('R-DISC-74 an EID that is in use is refused also when it becomes free while the old peer is removed', async () => {
    const device = bench.device(0x1d);
    await bench.setup(0x1d);
    await bench.bus.addLocalEid(1, 20);
    device.eid = 20;
    bench.bus.failing = (action) => {
      if (action === 'no neighbour 9') void bench.bus.removeLocalEid(1, 20);
      return undefined;
    };
    await bench.failure(learn(), 'eid-claimed');
    expect([bench.eids(), bench.paths()]).toEqual([[], []]);
    expect(await learnt()).toMatchObject({ eid: 20, isNew: true });
  });

  test('R-DISC-73 R-DISC-27 an EID a device moves to is its own before what was behind it is gone', async () => {
    const device = bench.device(0x1d, { eid: 30 });
    await learnt();
    await bench.bus.addRoute({ network: 1, first: 40, extent: 0, gateway: 30, mtu: 68 });
    device.eid = 40;
    await bench.clock.settle(bench.engine.learnByEid(1, 40));
    device.eid = 31;
    bench.registry.events.on((event) => {
      if (event.kind === 'endpoint-removed' && event.endpoint.eid === 40) void bench.bus.addLocalEid(1, 31);
    });
    await bench.failure(learn(), 'cancelled');
    expect(bench.registry.localEids(1)).toEqual([8, 31]);
    expect(bench.eids()).toEqual([]);
  });

  test('R-DISC-75 a bridge is learnt as a plain endpoint, and SetupEndpoint still sets it up', async () => {
    bench.device(0x1d, { eid: 30, bridge: true });
    await learnt();
    expect(bench.warnings()).toEqual(['a bridge is learnt as a plain endpoint, without a pool']);
    expect(bench.registry.endpoint(1, 30)?.pool).toBeUndefined();
    expect(await bench.setup(0x1d)).toEqual({ network: 1, eid: 9, isNew: true });
  });
});

describe('LearnEndpoint of a network', () => {
  const byEid = (eid: number) => bench.engine.learnByEid(1, eid);
  /** What somebody else has configured. */
  const route = async (eid: number, address?: number): Promise<void> => {
    await bench.bus.addRoute({ network: 1, first: eid, extent: 0, link: 1, mtu: 68 });
    if (address !== undefined)
      await bench.bus.addNeighbour({ link: 1, eid, address: Uint8Array.of(address) });
    bench.bus.transcript.length = 0;
  };

  test('R-DISC-76 R-DBUS-20 a known EID, ours included, costs no traffic', async () => {
    bench.device(0x1d);
    await bench.setup(0x1d);
    bench.bus.transcript.length = 0;
    expect(await bench.clock.settle(byEid(9))).toEqual({ network: 1, eid: 9, isNew: false });
    expect(await bench.clock.settle(byEid(8))).toEqual({ network: 1, eid: 8, isNew: false });
    expect(bench.bus.transcript).toEqual([]);
  });

  test('R-DISC-76 R-DISC-12 asks routed, and makes no route', async () => {
    bench.device(0x1d, { eid: 30, uuid: UUID });
    await route(30, 0x1d);
    expect(await bench.clock.settle(byEid(30))).toEqual({ network: 1, eid: 30, isNew: true });
    expect(bench.bus.exchanges().map((each) => each.way)).toEqual(['routed', 'routed', 'routed']);
    expect(bench.bus.transcript.filter((each) => typeof each === 'string')).toEqual([]);
    await bench.clock.settle(bench.engine.remove(1, 30));
    expect(bench.paths()).toEqual(['30 -> 1d', 'route 30 mtu 68']);
  });

  test('R-DISC-78 the address behind the route is kept, so one device is not set up twice', async () => {
    bench.device(0x1d, { eid: 30 });
    await route(30, 0x1d);
    await bench.clock.settle(byEid(30));
    expect(bench.registry.endpoint(1, 30)).toMatchObject({ link: 1, physicalAddress: Uint8Array.of(0x1d) });
    expect(await bench.setup(0x1d)).toEqual({ network: 1, eid: 30, isNew: false });
    expect(bench.eids()).toEqual([30]);
  });

  test('R-DISC-78 R-DISC-4 behind a gateway there is no address, and no match by address', async () => {
    const bridge = bench.device(0x1d, { eid: 20, bridge: true });
    await bench.setup(0x1d);
    bridge.eid = 30;
    await bench.bus.addRoute({ network: 1, first: 30, extent: 2, gateway: 9, mtu: 68 });
    await bench.clock.settle(byEid(30));
    expect(bench.registry.endpoint(1, 30)).toMatchObject({ link: 1, bridge: 9 });
    bridge.eid = 9;
    expect((await bench.setup(0x1d)).isNew).toBe(false);
    // R-DISC-81: what is behind a bridge goes with it, the bridge first.
    bench.events.length = 0;
    await bench.clock.settle(bench.engine.remove(1, 9));
    expect(bench.events).toEqual(['endpoint-removed 1/9', 'endpoint-removed 1/30']);
  });

  test('R-DISC-78 the narrowest route says where an EID is', async () => {
    bench.device(0x1d, { eid: 30 });
    await bench.bus.addRoute({ network: 1, first: 20, extent: 20, gateway: 9, mtu: 68 });
    await route(30, 0x1d);
    await bench.clock.settle(byEid(30));
    expect(bench.registry.endpoint(1, 30)).toMatchObject({ link: 1, bridge: 0 });
  });

  test('R-DISC-78 a second EID for an address that is known does not take it over', async () => {
    const device = bench.device(0x1d);
    await bench.setup(0x1d);
    await route(30, 0x1d);
    device.eid = 30;
    await bench.clock.settle(byEid(30));
    expect(bench.warnings()).toEqual(['two EIDs lead to one physical address']);
    expect(bench.registry.endpoint(1, 30)?.physicalAddress).toHaveLength(0);
  });

  test('R-DISC-77 R-DBUS-36 another EID in the answer', async () => {
    bench.device(0x1d, { eid: 30 }).script = (command) => (command === 2 ? '00 1f 00 00' : undefined);
    await route(30, 0x1d);
    const error = await bench.failure(byEid(30), 'eid-mismatch');
    expect(error.context).toMatchObject({ eid: 30, requestedEid: 31 });
    expect(bench.eids()).toEqual([]);
  });

  test('R-DISC-76 silence, and no route at all', async () => {
    await route(30, 0x1d);
    await bench.failure(byEid(30), 'no-response');
    await bench.failure(byEid(31), 'unreachable');
    expect(bench.events).toEqual([]);
  });

  test.each([0, 1, 7, 255])('R-DBUS-37 EID %d is refused without traffic', async (eid) => {
    await bench.failure(byEid(eid), 'invalid-eid');
    expect(bench.bus.transcript).toEqual([]);
  });

  test('an unknown network', async () => {
    await bench.failure(bench.engine.learnByEid(3, 30), 'unknown-endpoint');
  });

  test('R-DISC-6 an EID that is being set up is waited for', async () => {
    bench.device(0x1d);
    const setup = bench.engine.setupEndpoint(1, Uint8Array.of(0x1d));
    await bench.clock.advance(2.5);
    expect(bench.eids()).toEqual([]);
    expect(await bench.clock.settle(byEid(9))).toEqual({ network: 1, eid: 9, isNew: false });
    expect((await bench.clock.settle(setup)).isNew).toBe(true);
  });
});
