import { EMPTY } from '../../src/base/bytes';
import type { NetLink } from '../../src/core/net';
import { Bench, UUID } from './bench';
import { FakeDevice } from './fake-device';
import { ADDRESS, OTHER_UUID, RecoveryBench } from './recovery-bench';

const NIL_UUID = '00000000-0000-0000-0000-000000000000';

let bench: RecoveryBench;

beforeEach(() => {
  bench = new RecoveryBench();
});

afterEach(() => bench.stop());

describe('a device that was reset', () => {
  test('R-DISC-93 R-DISC-94 same UUID: recorded bytes, Available, object and path unchanged', async () => {
    const device = await bench.known();
    device.reset();
    await bench.recover(20_000);
    const uuid = UUID.replaceAll('-', '');
    expect(bench.bytes()).toEqual(['02 / 0200000000', `03 / 0300${uuid}`, '010009 / 0100000900']);
    expect(bench.bus.exchanges().every((each) => each.way === 'physical')).toBe(true);
    expect(bench.events).toEqual(['endpoint-changed 1/9', 'endpoint-changed 1/9']);
    expect([device.eid, bench.connectivity(), bench.clock.timers]).toEqual([9, 'Available', 0]);
    expect(bench.paths()).toEqual(['9 -> 1d', 'route 9 mtu 68']);
  });

  test('R-DISC-94 a refused or lost Set Endpoint ID fails the probe', async () => {
    const device = await bench.known();
    device.reset();
    device.script = (command) => (command === 1 ? '02' : undefined);
    await bench.recover(1000);
    expect(bench.connectivity()).toBe('Degraded');
    device.script = () => undefined;
    await bench.clock.advance(5000);
    expect([bench.connectivity(), device.eid]).toEqual(['Available', 9]);
    device.reset();
    device.script = (command) => (command === 1 ? 'silent' : undefined);
    await bench.recover(20_000);
    expect(bench.eids()).toEqual([]);
    expect(bench.events.at(-1)).toBe('endpoint-removed 1/9');
  });

  test('R-DISC-94 R-DISC-45 a reserved EID in the answer fails the probe', async () => {
    const device = await bench.known();
    device.reset();
    device.script = (command) => (command === 1 ? '00 10 ff 00' : undefined);
    await bench.recover(20_000);
    expect(bench.bus.times('01')).toHaveLength(3);
    expect(bench.eids()).toEqual([]);
  });

  test('R-DISC-94 R-DBUS-24 it insists on a free EID: a new path with its UUID, then Available there', async () => {
    const device = await bench.known();
    device.eid = 40;
    device.script = (command) => (command === 1 ? '00 10 28 00' : undefined);
    await bench.recover(20_000);
    expect(bench.events).toEqual([
      'endpoint-changed 1/9',
      'endpoint-removed 1/9',
      'endpoint-added 1/40',
      'endpoint-changed 1/40',
    ]);
    expect(bench.registry.endpoint(1, 40)).toMatchObject({ uuid: UUID, connectivity: 'Available' });
    expect(bench.paths()).toEqual(['40 -> 1d', 'route 40 mtu 68']);
    expect(bench.clock.timers).toBe(0);
  });

  test('R-DISC-94 it insists on an EID that is taken: removed', async () => {
    const device = await bench.known();
    bench.device(0x1e, { eid: 40 });
    await bench.setup(0x1e);
    bench.quiet();
    device.reset();
    device.script = (command) => (command === 1 ? '00 10 28 00' : undefined);
    await bench.recover(20_000);
    expect(bench.events).toEqual(['endpoint-changed 1/9', 'endpoint-removed 1/9']);
    expect(bench.eids()).toEqual([40]);
    expect(bench.paths()).toEqual(['40 -> 1e', 'route 40 mtu 68']);
  });
});

describe('another device', () => {
  const anew = ['endpoint-changed 1/9', 'endpoint-removed 1/9', 'endpoint-added 1/9'];

  test.each<[string, string | undefined, string | undefined]>([
    ['another UUID', UUID, OTHER_UUID],
    ['no UUID now', UUID, undefined],
    ['no UUID before', undefined, UUID],
    ['no UUID at all', undefined, undefined],
    ['the nil UUID', NIL_UUID, NIL_UUID],
  ])('R-DISC-93 R-DISC-95 %s: removed, and set up anew under the same EID', async (_what, was, is) => {
    const device = bench.device(ADDRESS, was === undefined ? {} : { uuid: was });
    await bench.setup(ADDRESS);
    bench.quiet();
    device.reset();
    device.uuid = is;
    await bench.recover(20_000);
    expect(bench.events).toEqual(anew);
    expect(bench.registry.endpoint(1, 9)).toMatchObject({ connectivity: 'Available', uuid: is });
    expect([device.eid, device.assignments, bench.clock.timers]).toEqual([9, 2, 0]);
    expect(bench.paths()).toEqual(['9 -> 1d', 'route 9 mtu 68']);
  });

  test('R-DISC-92 another UUID under the expected EID: removed, and set up anew', async () => {
    const device = await bench.known();
    device.uuid = OTHER_UUID;
    await bench.recover(20_000);
    expect(bench.events).toEqual(anew);
    expect(bench.registry.endpoint(1, 9)).toMatchObject({ connectivity: 'Available', uuid: OTHER_UUID });
    expect([device.assignments, bench.clock.timers]).toEqual([2, 0]);
  });

  test.each([
    ['not told', 'silent'],
    ['refused', '05'],
  ])('R-DISC-92 a UUID that is %s under the expected EID proves nothing', async (_what, answer) => {
    const device = await bench.known();
    device.script = (command) => (command === 3 ? answer : undefined);
    await bench.recover(20_000);
    expect(bench.events).toEqual(['endpoint-changed 1/9', 'endpoint-changed 1/9']);
    expect(bench.bus.times('03')).toHaveLength(1);
  });

  test('R-DISC-93 a UUID that is not told in 4 attempts proves nothing', async () => {
    const device = await bench.known();
    device.reset();
    let asked = 0;
    device.script = (command) => (command === 3 && ++asked <= 4 ? 'silent' : undefined);
    await bench.recover(20_000);
    expect(bench.events).toEqual(anew);
    expect(asked).toBe(5);
  });

  test('R-DISC-95 R-DISC-23 the lowest free EID and no pool', async () => {
    const device = bench.device(ADDRESS, { eid: 40, uuid: UUID });
    await bench.setup(ADDRESS);
    bench.quiet();
    device.reset();
    device.uuid = OTHER_UUID;
    device.bridge = true;
    device.poolSize = 3;
    await bench.recover(20_000, 40);
    expect(bench.eids()).toEqual([9]);
    expect(bench.registry.endpoint(1, 9)?.pool).toBeUndefined();
    expect(bench.paths()).toEqual(['9 -> 1d', 'route 9 mtu 68']);
  });

  test('R-DISC-95 R-DISC-81 what was behind a removed bridge goes with it', async () => {
    const device = await bench.known({ bridge: true });
    device.eid = 30;
    await bench.bus.addRoute({ network: 1, first: 30, extent: 0, gateway: 9, mtu: 68 });
    await bench.clock.settle(bench.engine.learnByEid(1, 30));
    device.reset();
    device.uuid = OTHER_UUID;
    bench.quiet();
    await bench.recover(20_000);
    expect(bench.events).toEqual([
      'endpoint-changed 1/9',
      'endpoint-removed 1/9',
      'endpoint-removed 1/30',
      'endpoint-added 1/9',
    ]);
  });

  test('R-DISC-95 a device that cannot be set up anew leaves nothing behind', async () => {
    const device = await bench.known();
    device.reset();
    device.uuid = OTHER_UUID;
    device.script = (command) => (command === 1 ? 'silent' : undefined);
    await bench.recover(20_000);
    expect(bench.events).toEqual(['endpoint-changed 1/9', 'endpoint-removed 1/9']);
    expect([bench.paths(), bench.clock.timers]).toEqual([[], 0]);
    expect(bench.warnings()).toContain('device not set up anew');
  });
});

describe('an endpoint behind a bridge', () => {
  /** Learnt by its EID behind bridge 9; the fake bus lets the bridge answer for it. */
  async function behind(uuid?: string): Promise<FakeDevice> {
    const bridge = await bench.known({ bridge: true, uuid: OTHER_UUID });
    bridge.eid = 30;
    bridge.uuid = uuid;
    await bench.bus.addRoute({ network: 1, first: 30, extent: 0, gateway: 9, mtu: 68 });
    await bench.clock.settle(bench.engine.learnByEid(1, 30));
    expect(bench.registry.endpoint(1, 30)).toMatchObject({ link: 1, bridge: 9 });
    bench.quiet();
    return bridge;
  }
  const ways = () => new Set(bench.bus.exchanges().map((each) => each.way));

  test.each([
    ['without a UUID', undefined, ['02']],
    ['with a UUID, which is compared', UUID, ['02', '03']],
  ])('R-DISC-98 asked by its EID: %s', async (_what, uuid, sent) => {
    await behind(uuid);
    await bench.recover(20_000, 30);
    expect([bench.codes(), [...ways()]]).toEqual([sent, ['routed']]);
    expect(bench.events).toEqual(['endpoint-changed 1/30', 'endpoint-changed 1/30']);
    expect(bench.connectivity(30)).toBe('Available');
  });

  test('R-DISC-98 R-DISC-91 silence: same schedule, and only that endpoint is removed', async () => {
    const bridge = await behind(UUID);
    bridge.dead = true;
    await bench.recover(5250, 30);
    expect(bench.probes()).toEqual([0, 2500, 5000]);
    expect([...ways()]).toEqual(['routed']);
    expect(bench.events).toEqual(['endpoint-changed 1/30', 'endpoint-removed 1/30']);
    expect(bench.eids()).toEqual([9]);
  });

  test('R-DISC-98 another UUID, or none any more: removed and published anew', async () => {
    const bridge = await behind(UUID);
    for (const uuid of [NIL_UUID, undefined]) {
      bridge.uuid = uuid;
      bench.events.length = 0;
      await bench.recover(20_000, 30);
      expect(bench.events).toEqual(['endpoint-changed 1/30', 'endpoint-removed 1/30', 'endpoint-added 1/30']);
      expect(bench.registry.endpoint(1, 30)).toMatchObject({ uuid, bridge: 9, connectivity: 'Available' });
    }
    expect(bench.codes()).not.toContain('01');
    expect(bench.clock.timers).toBe(0);
  });

  test('R-DISC-98 a UUID that is not told, and another EID, fail the probe; no EID is ever set', async () => {
    const bridge = await behind(UUID);
    bridge.script = (command) => (command === 3 ? 'silent' : undefined);
    await bench.recover(1500, 30);
    expect(bench.connectivity(30)).toBe('Degraded');
    bridge.script = (command) => (command === 2 ? '00 1f 00 00' : undefined);
    await bench.clock.advance(20_000);
    expect(bench.eids()).toEqual([9]);
    expect(bench.codes()).not.toContain('01');
  });

  test('R-DISC-98 a device that cannot be learnt anew leaves nothing behind', async () => {
    const bridge = await behind(UUID);
    bridge.uuid = OTHER_UUID;
    bridge.script = (command) => (command === 5 ? '02' : undefined);
    await bench.recover(20_000, 30);
    expect(bench.events).toEqual(['endpoint-changed 1/30', 'endpoint-removed 1/30']);
    expect(bench.warnings()).toContain('device not learnt anew');
  });
});

describe('an endpoint at, or behind, the end of a point-to-point link', () => {
  const SERIAL: Partial<NetLink> = { address: EMPTY, addressLength: 0, pointToPoint: true };
  let line: Bench;
  let end: FakeDevice;

  beforeEach(async () => {
    line = new Bench({}, [SERIAL]);
    end = line.device('p2p', { eid: 20, uuid: OTHER_UUID });
    await line.bus.addRoute({ network: 1, first: 20, extent: 10, link: 1, mtu: 68 });
  });

  afterEach(() => line.stop());

  const learnAndRecover = async (eid: number): Promise<void> => {
    await line.clock.settle(line.engine.learnByEid(1, eid));
    line.events.length = 0;
    line.bus.transcript.length = 0;
    await line.engine.recover(1, eid);
    await line.clock.advance(20_000);
  };
  const sent = () => line.bus.exchanges().map((each) => `${each.way} ${each.request.slice(2, 4)}`);

  test('R-DISC-98 behind an unknown bridge it is asked by its EID, and the bridge stays what it is', async () => {
    const behind = new FakeDevice('p2p', { eid: 25, uuid: UUID });
    end.downstream.push(behind);
    await learnAndRecover(25);
    expect(sent()).toEqual(['routed 02', 'routed 03']);
    expect(line.events).toEqual(['endpoint-changed 1/25', 'endpoint-changed 1/25']);
    expect([end.eid, end.assignments]).toEqual([20, 0]);
    behind.dead = true;
    await line.engine.recover(1, 25);
    await line.clock.advance(20_000);
    expect([line.eids(), end.eid, end.assignments]).toEqual([[], 20, 0]);
  });

  test('R-DISC-4 R-DISC-78 the bridge in front of it can be set up as well, and the link takes both along', async () => {
    end.downstream.push(new FakeDevice('p2p', { eid: 25 }));
    await line.clock.settle(line.engine.learnByEid(1, 25));
    expect(line.registry.endpoint(1, 25)).toMatchObject({ link: undefined, bridge: 0 });
    expect(await line.clock.settle(line.engine.setupEndpoint(1, EMPTY))).toMatchObject({
      eid: 20,
      isNew: true,
    });
    expect(line.eids()).toEqual([20, 25]);
    line.bus.removeLink(1);
    expect(line.eids()).toEqual([]);
  });

  test('R-DISC-78 R-DISC-94 the device at the end itself has its address, and gets its EID back', async () => {
    await line.clock.settle(line.engine.learnByEid(1, 20));
    expect(await line.clock.settle(line.engine.setupEndpoint(1, EMPTY))).toMatchObject({ isNew: false });
    end.reset();
    await line.engine.recover(1, 20);
    await line.clock.advance(20_000);
    expect([line.eids(), end.eid, end.assignments]).toEqual([[20], 20, 1]);
  });

  test('R-DISC-98 nobody says who is at the end: asked by its EID', async () => {
    end.downstream.push(new FakeDevice('p2p', { eid: 25 }));
    end.script = () => 'silent';
    await learnAndRecover(25);
    expect(sent()).toEqual(['routed 02']);
  });
});

test('R-DISC-98 R-DISC-44 where we are no bus owner, no EID is set', async () => {
  const roles = new Bench({ role: () => 'Endpoint' });
  const device = roles.device(ADDRESS, { eid: 30 });
  await roles.bus.addRoute({ network: 1, first: 30, extent: 0, link: 1, mtu: 68 });
  await roles.bus.addNeighbour({ link: 1, eid: 30, address: device.address });
  await roles.clock.settle(roles.engine.learnByEid(1, 30));
  device.reset();
  roles.bus.transcript.length = 0;
  await roles.engine.recover(1, 30);
  await roles.clock.advance(20_000);
  expect(roles.bus.commands()).toEqual(['02@1d', '02@1d', '02@1d']);
  expect(roles.eids()).toEqual([]);
  await roles.stop();
});
