import type { NetLink } from '../../../src/core/net';
import { UUID } from '../bench';
import { FakeDevice } from '../fake-device';
import { had, Restart } from './remembering';

/** Links that get another name or network while devices of theirs are missing. */

const POOL = { start: 31, end: 33 };
let daemon: Restart;

function begin(...given: ConstructorParameters<typeof Restart>): void {
  daemon = new Restart(...given);
}

afterEach(() => daemon.stop());

test.each<[string, Partial<NetLink>]>([
  ['R-DISC-124 another name', { name: 'bmc0' }],
  ['R-DISC-125 another network', { network: 2 }],
  ['R-DISC-124 R-DISC-125 both', { name: 'bmc0', network: 2 }],
])(
  'D-8 %s: a device that comes back afterwards has its EID again, and what is behind it too',
  async (_, change) => {
    begin([had(30, 0x1d, { pool: POOL, uuid: UUID }), { network: 1, eid: 32, behind: 30 }]);
    const { bench, memory } = daemon;
    await daemon.discover();
    bench.bus.changeLink(1, change);
    await bench.clock.advance(0);
    const { name: link = 'mctp1', network = 1 } = change;
    expect(memory.disk).toMatchObject([
      { network, eid: 30, link, pool: POOL },
      { network, eid: 32, behind: 30 },
    ]);
    const device = bench.device(0x1d, { bridge: true, poolSize: 3, uuid: UUID });
    await bench.clock.advance(40_000);
    expect(bench.remote()).toMatchObject([{ network, eid: 30, pool: POOL }]);
    // Now it stands in for the device behind it.
    device.eid = 32;
    await bench.clock.advance(40_000);
    expect(bench.eids()).toEqual([30, 32]);
  },
);

test('D-8 R-DISC-125 what was missing behind a bridge that is there moves with it', async () => {
  begin([had(30, 0x1d, { pool: POOL, uuid: UUID }), { network: 1, eid: 32, behind: 30 }]);
  const { bench, memory } = daemon;
  bench.device(0x1d, { eid: 30, bridge: true, poolSize: 3, uuid: UUID });
  await daemon.discover();
  expect(bench.eids()).toEqual([30]);
  bench.bus.changeLink(1, { network: 2 });
  await bench.clock.advance(0);
  expect(memory.disk).toMatchObject([
    { network: 2, eid: 30, link: 'mctp1' },
    { network: 2, eid: 32, behind: 30 },
  ]);
});

test('D-8 R-DISC-124 what is missing behind a bridge that is there is asked on under another name of the link', async () => {
  begin([had(30, 0x1d, { pool: POOL, uuid: UUID }), { network: 1, eid: 32, behind: 30 }]);
  const { bench } = daemon;
  const bridge = bench.device(0x1d, { eid: 30, bridge: true, poolSize: 3, uuid: UUID });
  await daemon.discover(1500);
  bench.bus.changeLink(1, { name: 'bmc0' });
  bridge.downstream.push(new FakeDevice(0, { eid: 32 }));
  await bench.clock.advance(40_000);
  expect(bench.eids()).toEqual([30, 32]);
});

test('D-8 R-DISC-81 what was behind a bridge is asked at once when the bridge is back, not when the pause is over', async () => {
  begin([had(30, 0x1d, { pool: POOL, uuid: UUID }), { network: 1, eid: 32, behind: 30 }]);
  const { bench } = daemon;
  const bridge = bench.device(0x1d, { eid: 30, bridge: true, poolSize: 3, uuid: UUID });
  await daemon.discover();
  await bench.clock.advance(100_000);
  bench.bus.removeLink(1);
  const asked = bench.bus.exchanges().length;
  await bench.clock.advance(100_000);
  expect(bench.bus.exchanges()).toHaveLength(asked);
  bridge.downstream.push(new FakeDevice(0, { eid: 32 }));
  bench.bus.addLink({ index: 1 });
  await bench.clock.advance(1000);
  expect(bench.eids()).toEqual([30, 32]);
});

test('D-8 R-DISC-125 an EID that is kept for another device there is given up', async () => {
  const links = [{}, { network: 2 }];
  begin([had(30, 0x1d), { ...had(30, 0x2d), network: 2, link: 'mctp2' }], { links });
  const { bench, memory } = daemon;
  bench.bus.changeLink(1, { network: 2 });
  await bench.clock.advance(0);
  expect(memory.disk).toMatchObject([{ network: 2, eid: 30, link: 'mctp2' }]);
});

test('D-8 R-DISC-125 what is kept for the devices of other links stays', async () => {
  begin([had(30, 0x1d), { ...had(40, 0x2d), link: 'mctp2' }], { links: [{}, { localEids: [] }] });
  const { bench, memory } = daemon;
  bench.bus.changeLink(1, { network: 2 });
  await bench.clock.advance(0);
  expect(memory.disk).toMatchObject([
    { network: 1, eid: 40, link: 'mctp2' },
    { network: 2, eid: 30, link: 'mctp1' },
  ]);
});
