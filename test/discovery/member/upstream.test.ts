import type { EngineSettings } from '../../../src/discovery/settings';
import { FakeMemory } from '../memory/fake-memory';
import { MemberBench, OTHER, OWNER } from './member-bench';
import { had } from '../memory/remembering';

let bench: MemberBench;

const DOWN = 2;
const SIZE = 4;

/** We are an endpoint that asks for a pool on mctp1, and bus owner of mctp2, which is supplied from that. */
function start(settings: Partial<EngineSettings> = {}, memory?: FakeMemory): void {
  bench = new MemberBench(
    {
      role: (link) => (link.index === 1 ? 'Endpoint' : 'BusOwner'),
      bridging: ({ name }) => ({
        poolRequest: name === 'mctp1' ? SIZE : 0,
        upstream: name === 'mctp2' ? 'mctp1' : undefined,
      }),
      ...settings,
    },
    [{}, {}],
    memory,
  );
  bench.device(OWNER.address, { eid: OWNER.eid });
  bench.device(OTHER.address, { eid: OTHER.eid });
}

beforeEach(() => start());
afterEach(() => bench.stop());

const setup = (address: number) =>
  bench.clock.settle(bench.engine.setupEndpoint(DOWN, Uint8Array.of(address)));
const dry = (address: number) =>
  bench.failure(bench.engine.setupEndpoint(DOWN, Uint8Array.of(address)), 'out-of-eids');

/** What the owner does when it sets us up: EID 0x32, pool 0x33..0x36. */
async function join(): Promise<void> {
  expect(await bench.ask('83 01 00 32')).toBe('030100013204');
  expect(await bench.ask('83 08 00 04 33')).toBe('030800000433');
  await bench.clock.advance(100);
}

describe('a pool for us', () => {
  test('R-DISC-170 we call ourselves a bridge there, and ask for a pool with our EID', async () => {
    expect(await bench.ask('83 02')).toBe('030200001200');
    expect(await bench.ask('83 01 00 32')).toBe('030100013204');
    expect(await bench.ask('83 02')).toBe('030200321200');
  });

  test('R-DISC-170 it is taken once; later ones are told which is in force', async () => {
    expect(await bench.ask('83 08 00 03 0a')).toBe('03080000030a');
    expect(await bench.ask('84 08 00 03 0a')).toBe('04080001030a');
    expect(await bench.ask('85 08 00 05 20')).toBe('05080001030a');
    expect(await bench.ask('86 08 02 00 00')).toBe('06080000030a');
  });

  test('R-DISC-170 R-DISC-10 a retry is no second one: the owner that missed our answer gets it again', async () => {
    expect(await bench.ask('83 08 00 03 0a')).toBe('03080000030a');
    expect(await bench.ask('83 08 00 03 0a')).toBe('03080000030a');
    expect(await bench.ask('83 08 00 02 0a')).toBe('03080001030a');
    expect(await bench.ask('83 08 00 03 0b')).toBe('03080001030a');
    expect(await bench.ask('83 08 00 03 0a', OTHER)).toBe('03080001030a');
  });

  test('R-DISC-170 operation 2 tells, 1 replaces', async () => {
    expect(await bench.ask('83 08 02 00 00')).toBe('030800000000');
    expect(await bench.ask('83 08 01 03 0a')).toBe('03080000030a');
    expect(await bench.ask('83 08 01 02 20')).toBe('030800000220');
    expect(await bench.ask('83 08 02 ff ff')).toBe('030800000220');
  });

  test.each([
    ['83 08 00 00 0a', '030802'],
    ['83 08 00 03 07', '030802'],
    ['83 08 00 03 fd', '030802'],
    ['83 08 00 ff 08', '030802'],
    ['83 08 03 03 0a', '030802'],
    ['83 08 00 f7 08', '03080000f708'],
    ['83 08 00 03', '030803'],
    ['83 08 00 03 0a 00', '030803'],
  ])('R-DISC-170 R-DISC-131 %s', async (request, answer) => {
    expect(await bench.ask(request)).toBe(answer);
  });

  test('R-DISC-170 only where one is asked for', async () => {
    expect(await bench.ask('83 08 00 03 0a', { ...OTHER, link: DOWN })).toBe('030805');
    expect(await bench.ask('83 09 00', { ...OTHER, link: DOWN })).toBe('030905');
  });

  test('R-DISC-170 R-DISC-146 while we hold it, Set Endpoint ID is answered with its size', async () => {
    await join();
    bench.news();
    expect(await bench.ask('83 01 00 32')).toBe('030100023204');
    expect(bench.news()).toEqual([]);
    expect(await bench.ask('83 08 02 00 00')).toBe('030800000433');
  });

  test('R-DISC-134 R-DISC-170 routing table and Query Hop are for our owner too', async () => {
    await join();
    bench.device(0x40, { link: DOWN });
    await setup(0x40);
    expect(await bench.ask('83 0a 00')).toBe('030a00ff02' + '0109000100011d' + '01330001000140');
    expect(await bench.ask('83 0f 33 01')).toMatch(/^030f003201/);
  });
});

describe('links that are supplied from it', () => {
  test('R-DISC-170 before it has come nothing can be assigned', async () => {
    bench.device(0x40, { link: DOWN });
    bench.device(0x41, { link: DOWN, eid: 0x33 });
    await dry(0x40);
    await dry(0x41);
    const address = Uint8Array.of(0x40);
    await bench.failure(bench.engine.assignEndpoint(DOWN, address), 'out-of-eids');
    await bench.failure(bench.engine.assignEndpointStatic(DOWN, address, 0x33), 'out-of-eids');
    await bench.failure(bench.engine.assignEndpointStatic(DOWN, address, 0), 'out-of-eids');
    const bridge = { eid: 0x33, poolStart: 0, poolSize: 2 };
    await bench.failure(bench.engine.assignBridgeStatic(DOWN, address, bridge), 'out-of-eids');
    expect(bench.bus.commands().filter((each) => each.startsWith('01'))).toEqual([]);
  });

  test('R-DISC-170 R-DISC-20 then from it alone', async () => {
    await join();
    for (const address of [0x40, 0x41, 0x42, 0x43, 0x44]) bench.device(address, { link: DOWN });
    const eids = [];
    for (const address of [0x40, 0x41, 0x42, 0x43]) eids.push((await setup(address)).eid);
    expect(eids.sort()).toEqual([0x33, 0x34, 0x35, 0x36]);
    await dry(0x44);
  });

  test('R-DISC-170 R-DISC-164 but for what is reserved', async () => {
    await bench.stop();
    start({ dynamicEids: { ranges: [{ first: 8, last: 254 }], reserved: new Set([0x33, 0x35, 0x36]) } });
    await join();
    bench.device(0x2d, { link: DOWN });
    bench.device(0x2e, { link: DOWN });
    expect((await setup(0x2d)).eid).toBe(0x34);
    await dry(0x2e);
  });

  test('R-DISC-170 a device keeps an EID of the pool, one beside it is replaced', async () => {
    await join();
    bench.device(0x40, { link: DOWN, eid: 0x35 });
    bench.device(0x41, { link: DOWN, eid: 0x60 });
    expect((await setup(0x40)).eid).toBe(0x35);
    expect((await setup(0x41)).eid).toBe(0x33);
  });

  test('R-DISC-170 R-DBUS-34 they have our EID of the upstream link, one object for both', async () => {
    await bench.ask('83 01 00 32');
    await bench.clock.advance(100);
    expect([bench.ownEids(1), bench.ownEids(DOWN)]).toEqual([[0x32], [0x32]]);
    bench.news();
    await bench.ask('83 01 00 38');
    await bench.clock.advance(100);
    expect([bench.ownEids(1), bench.ownEids(DOWN)]).toEqual([[0x38], [0x38]]);
    expect(bench.news().filter((each) => !each.endsWith('/9'))).toEqual([
      'endpoint-removed 1/50',
      'endpoint-added 1/56',
    ]);
    expect(bench.registry.localEids(1)).toEqual([0x38]);
  });

  test('R-DISC-170 a link that comes later has it too; the EIDs go with the upstream link', async () => {
    bench.bus.removeLink(DOWN);
    await bench.ask('83 01 00 32');
    bench.bus.addLink({ index: 3, name: 'mctp2', localEids: [] });
    await bench.clock.advance(100);
    expect(bench.ownEids(3)).toEqual([0x32]);
    bench.bus.removeLink(1);
    await bench.clock.advance(100);
    expect(bench.ownEids(3)).toEqual([]);
    expect(bench.registry.endpoints()).toEqual([]);
  });

  test('R-DISC-170 D-9 configured devices are set up as soon as it is there', async () => {
    await bench.stop();
    const devices = [{ address: Uint8Array.of(0x40) }];
    start({
      discover: ({ index }) =>
        index === DOWN ? { mode: 'static', endpoints: devices } : { mode: 'off', endpoints: [] },
    });
    bench.device(0x40, { link: DOWN });
    bench.engine.startDiscovery();
    await bench.clock.advance(300_000);
    expect(bench.eids()).toEqual([]);
    await join();
    expect(bench.eids()).toEqual([9, 0x33]);
  });
});

describe('links of ours that are not supplied from it', () => {
  const OWN = 3;
  const device = async (address: number, eid = 0) => {
    bench.device(address, { link: OWN, eid });
    const { eid: got } = await bench.clock.settle(bench.engine.setupEndpoint(OWN, Uint8Array.of(address)));
    return got;
  };

  beforeEach(async () => {
    await bench.stop();
    start({ dynamicEids: { ranges: [{ first: 0x32, last: 0x38 }], reserved: new Set() } });
    bench.bus.addLink({ index: OWN, localEids: [8] });
    await join();
  });

  test('R-DISC-170 R-DISC-20 its EIDs are left to those that are', async () => {
    expect(await device(0x31)).toBe(0x37);
    expect(await device(0x32, 0x34)).toBe(0x38);
    bench.device(0x33, { link: OWN });
    await bench.failure(bench.engine.setupEndpoint(OWN, Uint8Array.of(0x33)), 'out-of-eids');
  });

  test('R-DISC-170 nor are EIDs given or kept that our owner says are elsewhere', async () => {
    await bench.ask('83 09 02 00 01 37 20 00 02 60 20');
    expect(await device(0x31)).toBe(0x38);
    await bench.engine.remove(1, 0x38);
    expect(await device(0x32, 0x61)).toBe(0x38);
  });
});

describe('what was assigned from it before a restart', () => {
  const restart = async (eid: number, deviceEid = eid): Promise<void> => {
    await bench.stop();
    start({}, new FakeMemory([had(eid, 0x40, { link: 'mctp2' })]));
    bench.device(0x40, { link: DOWN, eid: deviceEid });
    bench.engine.startDiscovery();
    await bench.clock.advance(300_000);
    expect(bench.eids()).toEqual([]);
  };
  const assignments = (): number => bench.bus.commands().filter((each) => each === '01@40').length;

  test('R-DISC-170 D-8 is back as soon as the pool is, and not before', async () => {
    await restart(0x35);
    await join();
    expect(bench.eids()).toEqual([9, 0x35]);
    expect(assignments()).toBe(0);
  });

  test('R-DISC-170 D-8 a device that was reset has its EID again, within the pool', async () => {
    await restart(0x35, 0);
    await join();
    expect(bench.eids()).toEqual([9, 0x35]);
    expect(assignments()).toBe(1);
  });

  test('R-DISC-170 D-8 with another pool it gets another EID', async () => {
    await restart(0x60);
    await join();
    expect(bench.eids()).toEqual([9, 0x33]);
  });

  test('R-DISC-170 D-8 so does one that was reset', async () => {
    await restart(0x60, 0);
    await join();
    expect(bench.eids()).toEqual([9, 0x33]);
  });
});

describe('the pool is given up', () => {
  beforeEach(async () => {
    await join();
    bench.device(0x40, { link: DOWN });
    await setup(0x40);
    expect(bench.eids()).toEqual([9, 0x33]);
    bench.news();
  });

  test('R-DISC-170 by another EID: what was assigned from it goes', async () => {
    expect(await bench.ask('83 01 00 38')).toBe('030100013804');
    await bench.clock.advance(100);
    expect(bench.eids()).toEqual([9]);
    expect(bench.paths()).toEqual(['9 -> 1d', 'route 9 mtu 68']);
    await dry(0x40);
    expect(await bench.ask('83 08 00 02 40')).toBe('030800000240');
    expect((await setup(0x40)).eid).toBe(0x40);
  });

  test('R-DISC-170 by another owner with the same EID', async () => {
    expect(await bench.ask('83 01 00 32', OTHER)).toBe('030100013204');
    await bench.clock.advance(100);
    expect(bench.eids()).toEqual([12]);
    await dry(0x40);
  });

  test('R-DISC-170 a replaced range keeps what lies in both', async () => {
    bench.device(0x41, { link: DOWN });
    const { eid } = await setup(0x41);
    expect(eid).toBeGreaterThan(0x33);
    expect(await bench.ask('83 08 01 04 34')).toBe('030800000434');
    expect(bench.eids()).toEqual([9, eid]);
  });

  test('R-DISC-123 R-DISC-170 with its link', async () => {
    bench.bus.removeLink(1);
    await bench.clock.advance(100);
    expect(bench.registry.endpoints()).toEqual([]);
    await dry(0x40);
  });

  test('R-DISC-170 an assignment under way ends with it', async () => {
    bench.device(0x42, { link: DOWN, latencyMs: 100 });
    const late = bench.failure(bench.engine.setupEndpoint(DOWN, Uint8Array.of(0x42)), 'cancelled');
    await bench.clock.advance(150);
    await bench.ask('83 01 00 38');
    await late;
    expect(bench.eids()).toEqual([9]);
    expect(bench.paths()).toEqual(['9 -> 1d', 'route 9 mtu 68']);
  });
});

describe('Routing Information Update', () => {
  const learnt = (): string[] => bench.paths().filter((each) => !/\b9\b/.test(each));

  test('R-DISC-170 unknown until we hold a pool, whatever its length', async () => {
    await bench.ask('83 01 00 32');
    expect(await bench.ask('83 09 00')).toBe('030905');
    expect(await bench.ask('83 09')).toBe('030905');
  });

  test('R-DISC-170 its entries become routes, and replace the earlier ones', async () => {
    await join();
    expect(await bench.ask('83 09 02 00 01 14 21 01 03 18 22')).toBe('030900');
    expect(learnt()).toEqual([
      '20 -> 21',
      '24 -> 22',
      '25 -> 22',
      '26 -> 22',
      'route 20 mtu 68',
      'route 24-26 mtu 68',
    ]);
    expect(await bench.ask('83 09 01 03 02 19 23')).toBe('030900');
    expect(learnt()).toEqual(['25 -> 23', '26 -> 23', 'route 25-26 mtu 68']);
    expect(await bench.ask('83 09 00')).toBe('030900');
    expect(learnt()).toEqual([]);
  });

  test('D-12 where its ranges overlap the narrower one counts, and no EID is entered twice', async () => {
    await join();
    const before = bench.bus.transcript.length;
    const whole = '01 a0 40 22 '.repeat(60);
    expect(await bench.ask(`83 09 3d ${whole} 00 01 45 21`)).toBe('030900');
    expect(learnt()).toContain('69 -> 21');
    const entered = bench.bus.transcript
      .slice(before)
      .filter((each) => typeof each === 'string' && each.startsWith('neighbour'));
    expect(entered).toHaveLength(0xa0);
  });

  test('R-DISC-170 an endpoint behind the owner can be learnt then', async () => {
    await join();
    bench.device(0x21, { eid: 20 });
    await bench.ask('83 09 01 00 01 14 21');
    expect(await bench.clock.settle(bench.engine.learnByEid(1, 20))).toMatchObject({ eid: 20 });
  });

  test('R-DISC-170 what we know better stays: the owner, ourselves, our pool', async () => {
    await join();
    expect(await bench.ask('83 09 03 00 01 09 66 00 01 32 66 01 04 33 66')).toBe('030900');
    expect(bench.paths()).toEqual(['9 -> 1d', 'route 9 mtu 68']);
  });

  test.each([
    ['83 09 01 00 00 14 21', '030902'],
    ['83 09 01 00 01 07 21', '030902'],
    ['83 09 01 00 02 fe 21', '030902'],
    ['83 09 01 00 01 14', '030903'],
    ['83 09 01 00 01 14 21 22', '030903'],
    ['83 09 02 00 01 14 21', '030903'],
    ['83 09', '030903'],
  ])('R-DISC-131 R-DISC-170 %s changes nothing', async (request, answer) => {
    await join();
    await bench.ask('83 09 01 00 01 1e 25');
    expect(await bench.ask(request)).toBe(answer);
    expect(learnt()).toEqual(['30 -> 25', 'route 30 mtu 68']);
  });

  test('D-12 nobody but the owner of the pool changes our routes', async () => {
    await join();
    expect(await bench.ask('83 09 01 00 01 14 21', OTHER)).toBe('030901');
    expect(learnt()).toEqual([]);
  });

  test('R-DISC-170 they go with the pool', async () => {
    await join();
    await bench.ask('83 09 01 00 01 14 21');
    await bench.ask('83 01 00 38');
    expect(learnt()).toEqual([]);
  });
});
