import { MctpError } from '../../../src/base/errors';
import { PhysicalBinding } from '../../../src/base/ids';
import type { Role } from '../../../src/discovery/registry';
import { idle } from '../../support/test-clock';
import { MemberBench, OTHER, OWNER } from './member-bench';

let bench: MemberBench;

afterEach(() => bench.stop());

/** Fails every call that changes an address or route whose text matches. */
function failAt(pattern: RegExp): void {
  bench.bus.failing = (action) =>
    pattern.test(action) ? new MctpError('internal', 'no such luck') : undefined;
}

/** Lets the query of the bus owner come to its end. */
async function settled(): Promise<void> {
  await bench.clock.advance(2000);
}

describe('an EID is assigned to us', () => {
  beforeEach(() => {
    bench = new MemberBench({ role: () => 'Unknown' }, [{ localEids: [20] }]);
    bench.device(OWNER.address, { eid: OWNER.eid });
    bench.device(OTHER.address, { eid: OTHER.eid });
  });

  test('R-DISC-144 old EID off, new EID on, the owner as a peer, the answer, and only then its properties', async () => {
    expect(await bench.ask('83 01 00 32')).toBe('030100003200');
    expect(bench.ownEids()).toEqual([50]);
    expect(bench.paths()).toEqual(['9 -> 1d', 'route 9 mtu 68']);
    await settled();
    expect(bench.news()).toEqual(['endpoint-removed 1/20', 'endpoint-added 1/50', 'endpoint-added 1/9']);
    const order = bench.bus.transcript.map((each) =>
      typeof each === 'string' ? each : each.request.slice(2),
    );
    expect(order).toEqual(['neighbour 9 -> 1d', 'route 9 mtu 68', 'reply 1d 030100003200', '05', '03']);
    expect(bench.registry.endpoint(1, 9)).toMatchObject({
      types: [0, 1],
      physicalAddress: Uint8Array.of(0x1d),
    });
  });

  test('R-DISC-143 force is the same, also from a second owner, whose bus it is from then on', async () => {
    await bench.ask('83 01 00 32');
    await settled();
    bench.news();
    expect(await bench.ask('83 01 01 33', OTHER)).toBe('030100003300');
    await settled();
    expect(bench.news()).toEqual([
      'endpoint-removed 1/50',
      'endpoint-removed 1/9',
      'endpoint-added 1/51',
      'endpoint-added 1/12',
    ]);
    expect(bench.paths()).toEqual(['12 -> 20', 'route 12 mtu 68']);
  });

  test('R-DISC-145 every remote peer of the link goes, none is skipped', async () => {
    for (const eid of [30, 31, 32, 33]) {
      bench.device(eid + 0x20, { eid });
      await bench.bus.addNeighbour({ link: 1, eid, address: Uint8Array.of(eid + 0x20) });
      await bench.bus.addRoute({ network: 1, first: eid, extent: 0, link: 1, mtu: 68 });
      await bench.clock.settle(bench.engine.learnByEid(1, eid));
    }
    expect(bench.eids()).toEqual([30, 31, 32, 33]);
    await bench.ask('83 01 00 32');
    await settled();
    expect(bench.eids()).toEqual([9]);
  });

  test('R-DISC-145 0x04 when an EID cannot be changed, 0x01 when the owner cannot be entered', async () => {
    failAt(/^no EID 20$/);
    expect(await bench.ask('83 01 00 32')).toBe('030104');
    failAt(/^EID 50$/);
    expect(await bench.ask('83 01 00 32')).toBe('030104');
    bench.bus.failing = () => undefined;
    bench.news();
    expect(await bench.ask('83 01 00 32', { eid: 0, address: 0x1d })).toBe('030101');
    expect(await bench.ask('83 01 00 32', { eid: 50, address: 0x1d })).toBe('030101');
    expect(bench.news()).toEqual([]);
    expect(await bench.ask('83 01 00 32')).toBe('030100003200');
  });

  test('R-DISC-30 R-DISC-144 a path that cannot be made does not keep the EID away', async () => {
    failAt(/^route/);
    expect(await bench.ask('83 01 00 32')).toBe('030100003200');
  });

  test('R-DISC-146 the same again: nothing changes, and nobody is asked', async () => {
    await bench.ask('83 01 00 32');
    await settled();
    bench.news();
    const before = bench.bus.transcript.length;
    expect(await bench.ask('84 01 00 32')).toBe('040100003200');
    await settled();
    expect(bench.news()).toEqual([]);
    expect(bench.bus.transcript.slice(before)).toEqual(['reply 1d 040100003200']);
  });

  test('R-DISC-146 the same EID from another owner leaves our object in place', async () => {
    await bench.ask('83 01 00 32');
    await settled();
    bench.news();
    expect(await bench.ask('83 01 00 32', OTHER)).toBe('030100003200');
    await settled();
    expect(bench.news()).toEqual(['endpoint-removed 1/9', 'endpoint-added 1/12']);
  });

  test('R-DISC-146 an owner that was lost comes back with the same again', async () => {
    await bench.ask('83 01 00 32');
    await settled();
    await bench.engine.remove(1, 9);
    bench.news();
    expect(await bench.ask('83 01 00 32')).toBe('030100003200');
    await settled();
    expect(bench.news()).toEqual(['endpoint-added 1/9']);
    expect(bench.paths()).toEqual(['9 -> 1d', 'route 9 mtu 68']);
  });

  test('R-DISC-40 an owner that tells nothing is not published, our EID stays', async () => {
    const [, silent] = [bench.device(0x30, { eid: 9 }), bench.device(0x31, { eid: 13 })];
    silent.dead = true;
    expect(await bench.ask('83 01 00 32', { eid: 13, address: 0x31 })).toBe('030100003200');
    await bench.clock.advance(1500);
    expect(bench.eids()).toEqual([]);
    expect(bench.paths()).toEqual([]);
    expect(bench.ownEids()).toEqual([50]);
    expect(bench.warnings()).toContain('the bus owner that assigned our EID is not published');
  });

  test('R-DISC-144 an owner that was silent is asked again, with its path, until it answers', async () => {
    const owner = bench.device(0x31, { eid: 13 });
    owner.dead = true;
    expect(await bench.ask('83 01 00 32', { eid: 13, address: 0x31 })).toBe('030100003200');
    await bench.clock.advance(60_000);
    expect(bench.warnings()).toEqual(['the bus owner that assigned our EID is not published']);
    bench.news();
    owner.dead = false;
    await bench.clock.advance(30_000);
    expect(bench.news()).toEqual(['endpoint-added 1/13']);
    expect(bench.paths()).toEqual(['13 -> 31', 'route 13 mtu 68']);
    const asked = bench.bus.commands().length;
    await bench.clock.advance(120_000);
    expect(bench.bus.commands()).toHaveLength(asked);
  });

  test('R-DISC-144 an owner that owns the link no more is not asked again', async () => {
    const timers = bench.clock.timers;
    bench.device(0x31, { eid: 13 }).dead = true;
    await bench.ask('83 01 00 32', { eid: 13, address: 0x31 });
    await settled();
    await bench.ask('83 01 00 33');
    await settled();
    const asked = bench.bus.commands().length;
    await bench.clock.advance(120_000);
    expect(bench.bus.commands()).toHaveLength(asked);
    expect([bench.eids(), bench.clock.timers]).toEqual([[9], timers]);
  });

  test('R-DISC-122 a device that holds the EID has to go', async () => {
    bench.device(0x32, { eid: 50, link: 2 });
    bench.bus.addLink({ index: 2, localEids: [] });
    await bench.bus.addNeighbour({ link: 2, eid: 50, address: Uint8Array.of(0x32) });
    await bench.bus.addRoute({ network: 1, first: 50, extent: 0, link: 2, mtu: 68 });
    await bench.clock.settle(bench.engine.learnByEid(1, 50));
    bench.news();
    expect(await bench.ask('83 01 00 32')).toBe('030100003200');
    expect(bench.news()).toEqual(['endpoint-removed 1/20', 'endpoint-removed 1/50', 'endpoint-added 1/50']);
    expect(bench.registry.endpoint(1, 50)?.local).toBe(true);
  });

  test('R-DISC-141 as bus owner we take none', async () => {
    bench.engine.setRole(1, 'BusOwner');
    expect(await bench.ask('83 01 00 32')).toBe('030105');
    expect(bench.ownEids()).toEqual([20]);
  });
});

describe('something else happens meanwhile', () => {
  beforeEach(() => {
    bench = new MemberBench({ role: () => 'Unknown' });
    bench.device(OWNER.address, { eid: OWNER.eid });
  });

  test('R-DISC-6 a query of a silent owner delays no later assignment', async () => {
    bench.device(OTHER.address, { eid: OTHER.eid }).dead = true;
    expect(await bench.ask('83 01 00 32', OTHER)).toBe('030100003200');
    expect(await bench.ask('83 01 00 33')).toBe('030100003300');
    await bench.clock.advance(5000);
    expect(bench.eids()).toEqual([9]);
    expect(bench.paths()).toEqual(['9 -> 1d', 'route 9 mtu 68']);
  });

  test('D-12 a flood of assignments by silent owners leaves one query behind, of the last one', async () => {
    const timers = bench.clock.timers;
    for (let turn = 0; turn < 500; turn++) {
      const from = { eid: 100 + (turn % 100), address: turn % 250 };
      await bench.ask(`83 01 00 ${(20 + (turn % 50)).toString(16)}`, from);
    }
    expect(bench.bus.replies.filter((reply) => reply.startsWith('03010000'))).toHaveLength(500);
    expect(bench.bus.commands()).toHaveLength(1);
    expect(bench.clock.timers).toBeLessThanOrEqual(timers + 2);
    await bench.clock.advance(10_000);
    // Two queries in a row, and those of the last owner after 1, 2 and 4 s.
    expect(bench.bus.commands().length).toBeLessThanOrEqual(20);
    expect(bench.clock.timers).toBeLessThanOrEqual(timers + 2);
    expect(bench.eids()).toEqual([]);
  });

  test('two at once: the second is told to come again', async () => {
    bench.tell('83 01 00 32');
    bench.tell('84 01 00 33');
    await idle();
    expect(bench.bus.replies).toEqual(['040104', '030100003200']);
  });

  test('R-DISC-123 the link goes: nothing of it is left', async () => {
    await bench.ask('83 01 00 32');
    bench.tell('84 01 00 33');
    bench.bus.removeLink(1);
    await settled();
    expect(bench.bus.replies[1]).toBe('040104');
    expect([bench.registry.endpoints(), bench.registry.links()]).toEqual([[], []]);
  });

  test('R-DBUS-13 the link becomes ours in the middle of it', async () => {
    bench.tell('83 01 00 32');
    bench.engine.setRole(1, 'BusOwner');
    await settled();
    expect(bench.bus.replies).toEqual(['030104']);
    expect(bench.eids()).toEqual([]);
  });

  test.each([0, 1, 2, 3])(
    'R-DBUS-13 nothing is left of it that nobody would ever publish, after %d ms',
    async (ms) => {
      bench.bus.pause = () => bench.clock.sleep(1);
      bench.tell('83 01 00 32');
      await bench.clock.advance(ms);
      bench.engine.setRole(1, 'BusOwner');
      await settled();
      const call = bench.engine.setupEndpoint(1, Uint8Array.of(OWNER.address));
      expect(await bench.clock.settle(call)).toMatchObject({ isNew: bench.bus.replies[0] === '030104' });
      expect(bench.eids()).toEqual([OWNER.eid]);
    },
  );

  test.each([0, 1, 2])(
    'R-DISC-125 the link goes to another network after %d ms: the owner asks again',
    async (ms) => {
      bench.bus.pause = () => bench.clock.sleep(1);
      bench.tell('83 01 00 32');
      await bench.clock.advance(ms);
      bench.bus.changeLink(1, { network: 2 });
      await settled();
      expect(bench.bus.replies).toEqual(['030104']);
      expect([bench.eids(), bench.paths(1), bench.paths(2)]).toEqual([[], [], []]);
    },
  );

  test('D-11 stopped: nothing is taken any more', async () => {
    bench.engine.stop();
    expect(await bench.ask('83 01 00 32')).toBe('030101');
    expect(bench.ownEids()).toEqual([]);
  });

  test('R-DBUS-26 SetMTU under way leaves no route behind when its endpoint goes', async () => {
    await bench.ask('83 01 00 32');
    await settled();
    const { bus } = bench;
    const add = bus.addRoute.bind(bus);
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    bus.addRoute = (route) => (route.mtu === 100 ? gate.then(() => add(route)) : add(route));
    const change = bench.failure(bench.engine.setMtu(1, 9, 100), 'cancelled');
    await bench.ask('83 01 00 33', OTHER);
    open();
    await change;
    expect(bench.paths()).toEqual(['12 -> 20', 'route 12 mtu 68']);
    await settled();
  });
});

describe('the Discovered flag', () => {
  const start = (physicalBinding: number): void => {
    bench = new MemberBench({}, [{ physicalBinding }]);
    bench.device(OWNER.address, { eid: OWNER.eid });
  };

  test('R-DISC-150 R-DISC-148 R-DISC-140 on PCIe VDM, as recorded', async () => {
    start(PhysicalBinding.pcieVdm);
    const asked: (readonly [string, string | undefined])[] = [
      ['83 02', '030200000200'],
      ['83 0b', '030b00'],
      ['83 0c', '030c00'],
      ['83 01 00 32', '030100003200'],
      ['83 0c', undefined],
      ['83 02', '030200320200'],
      ['83 0b', '030b00'],
      ['83 0c', '030c00'],
      ['83 02', '030200320200'],
    ];
    for (const [request, answer] of asked) {
      expect({ request, answer: await bench.ask(request) }).toEqual({ request, answer });
    }
  });

  test('R-DISC-147 it is set on request; our EID stays what it is', async () => {
    start(PhysicalBinding.pcieVdm);
    await bench.ask('83 01 00 32');
    await bench.ask('83 0b');
    expect(await bench.ask('83 01 03 33')).toBe('030100103200');
    expect(await bench.ask('83 0c')).toBeUndefined();
    expect(bench.ownEids()).toEqual([50]);
    expect(await bench.ask('83 01 02 33')).toBe('030102000000');
  });

  test('R-DISC-140 R-DISC-147 other links have none', async () => {
    start(PhysicalBinding.smbus);
    expect(await bench.ask('83 0b')).toBe('030b05');
    expect(await bench.ask('83 0c')).toBe('030c02');
    expect(await bench.ask('83 01 03 32')).toBe('030102');
    await bench.ask('83 01 00 32');
    expect(await bench.ask('83 0c')).toBe('030c02');
  });
});

describe('a role by D-Bus', () => {
  const roles: Role[] = ['Endpoint', 'Unknown'];

  test.each(roles)('R-DISC-141 %s is no role of a bus owner: no EID of its own', (role) => {
    bench = new MemberBench({ role: () => role });
    expect(bench.ownEids()).toEqual([]);
  });

  test('R-DBUS-13 R-DBUS-14 Unknown becomes BusOwner: our default EID, then discovery', async () => {
    const device = { address: Uint8Array.of(0x1d) };
    bench = new MemberBench({
      role: () => 'Unknown',
      discover: () => ({ mode: 'static', endpoints: [device] }),
    });
    bench.device(0x1d);
    bench.engine.startDiscovery();
    await settled();
    expect(bench.bus.commands()).toEqual([]);
    bench.engine.setRole(1, 'BusOwner');
    await settled();
    expect(bench.ownEids()).toEqual([8]);
    expect(bench.news()).toEqual(['link-changed mctp1', 'endpoint-added 1/8', 'endpoint-added 1/9']);
  });

  test('R-DBUS-13 an EID that is there stays the only one; the kernel has its own', async () => {
    bench = new MemberBench({ role: () => 'Unknown' }, [
      { localEids: [20] },
      { backend: 'kernel', network: 2 },
    ]);
    bench.engine.setRole(1, 'BusOwner');
    bench.engine.setRole(2, 'BusOwner');
    await settled();
    expect([bench.ownEids(1), bench.ownEids(2)]).toEqual([[20], []]);
  });
});
