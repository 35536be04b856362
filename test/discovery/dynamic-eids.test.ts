import { Allocation } from '../../src/discovery/allocation';
import { isDynamic, largestExtent, spanOf, type DynamicEids } from '../../src/discovery/eid-pool';
import { PeerTable } from '../../src/discovery/peer-table';
import { Reservations } from '../../src/discovery/memory/reservations';
import { TestClock } from '../support/test-clock';
import { Bench } from './bench';
import { had, Restart } from './memory/remembering';

function eids(ranges: readonly (readonly [number, number])[], ...reserved: number[]): DynamicEids {
  return { ranges: ranges.map(([first, last]) => ({ first, last })), reserved: new Set(reserved) };
}

let bench: Bench;

function begin(dynamicEids: DynamicEids): void {
  bench = new Bench({ dynamicEids });
}

/** EIDs that SetupEndpoint gives to devices without one, one after the other. */
async function given(...addresses: number[]): Promise<number[]> {
  const got: number[] = [];
  for (const address of addresses) {
    bench.device(address);
    got.push((await bench.setup(address)).eid);
  }
  return got;
}

describe('R-DISC-164 which EIDs are dynamic', () => {
  test('those of every range that are not reserved', () => {
    const dynamic = eids(
      [
        [20, 22],
        [10, 11],
        [11, 12],
      ],
      21,
      40,
    );
    const all = Array.from({ length: 256 }, (_, eid) => eid).filter((eid) => isDynamic(dynamic, eid));
    expect(all).toEqual([10, 11, 12, 20, 22]);
    expect(spanOf(dynamic.ranges)).toEqual({ first: 10, last: 22 });
  });

  test('R-DBUS-42 a pool fits between what is reserved, and into one range or into several that touch', () => {
    expect(largestExtent(eids([[8, 254]]))).toBe(246);
    expect(largestExtent(eids([[8, 20]], 12))).toBe(7);
    expect(
      largestExtent(
        eids([
          [8, 10],
          [20, 24],
        ]),
      ),
    ).toBe(4);
    expect(
      largestExtent(
        eids([
          [8, 10],
          [11, 24],
        ]),
      ),
    ).toBe(16);
    expect(largestExtent(eids([[8, 9]], 8, 9))).toBeUndefined();
  });
});

describe('R-DISC-164 what devices are given', () => {
  afterEach(() => bench.stop());

  test('R-DISC-20 EIDs of all ranges, and none besides', async () => {
    begin(
      eids([
        [30, 31],
        [20, 20],
      ]),
    );
    expect((await given(1, 2, 3)).sort((a, b) => a - b)).toEqual([20, 30, 31]);
    bench.device(4);
    await bench.failure(bench.engine.setupEndpoint(1, Uint8Array.of(4)), 'out-of-eids');
  });

  test('R-DISC-21 R-DISC-46 a pool stays within a range', async () => {
    begin(
      eids([
        [10, 12],
        [20, 30],
      ]),
    );
    bench.device(1, { bridge: true, poolSize: 5 });
    bench.device(2, { bridge: true, poolSize: 9 });
    await bench.setup(1);
    await bench.setup(2);
    expect(bench.remote()).toMatchObject([
      { eid: 20, pool: { start: 21, end: 25 } },
      { eid: 26, pool: { start: 27, end: 30 } },
    ]);
  });

  test('R-DISC-22 R-DISC-23 reserved ones never, whatever else is taken', async () => {
    begin(eids([[9, 12]], 9, 11));
    expect((await given(1, 2)).sort((a, b) => a - b)).toEqual([10, 12]);
    bench.device(3);
    const address = Uint8Array.of(3);
    await bench.failure(bench.engine.setupEndpoint(1, address), 'out-of-eids');
    await bench.failure(bench.engine.assignEndpoint(1, address), 'out-of-eids');
    await bench.failure(bench.engine.assignEndpointStatic(1, address, 0), 'out-of-eids');
  });

  test('R-DISC-54 R-DISC-66 R-DISC-69 by hand they are given, also as a pool, and who has one keeps it', async () => {
    begin(eids([[8, 254]], 40, 50, 51, 52));
    bench.device(1);
    bench.device(2, { bridge: true, poolSize: 2 });
    bench.device(3, { eid: 52 });
    await bench.clock.settle(bench.engine.assignEndpointStatic(1, Uint8Array.of(1), 40));
    await bench.clock.settle(
      bench.engine.assignBridgeStatic(1, Uint8Array.of(2), { eid: 49, poolStart: 0, poolSize: 2 }),
    );
    await bench.setup(3);
    expect(bench.remote()).toMatchObject([
      { eid: 40 },
      { eid: 49, pool: { start: 50, end: 51 } },
      { eid: 52 },
    ]);
  });
});

test('D-8 R-DISC-164 a bridge that was given reserved EIDs by hand has them again after a reset', async () => {
  const settings = { dynamicEids: eids([[8, 254]], 50, 51) };
  const daemon = new Restart([had(49, 0x1d, { pool: { start: 50, end: 51 }, isBridge: true })], { settings });
  daemon.bench.device(0x1d, { bridge: true, poolSize: 2 });
  await daemon.discover();
  expect(daemon.bench.remote()).toMatchObject([{ eid: 49, pool: { start: 50, end: 51 } }]);
  await daemon.stop();
});

test.each([
  [
    'between two ranges',
    eids([
      [10, 10],
      [30, 30],
    ]),
    () => false,
  ],
  ['within the range, but for that link alone', eids([[10, 30]]), (eid: number) => eid > 10 && eid < 30],
])('R-DISC-170 R-DISC-164 a room of another link %s is not split', (_, dynamic, isForeign) => {
  const clock = new TestClock();
  const table = new PeerTable();
  const reservations = new Reservations({ link: () => undefined }, clock);
  const net = { links: () => [], routes: () => [], neighbours: () => [] };
  const supply = (link: number) => ({
    range: link === 1 ? spanOf(dynamic.ranges) : { first: 15, last: 25 },
    isDynamic: (eid: number) => link === 2 || isDynamic(dynamic, eid),
    isForeign: (eid: number) => link === 1 && isForeign(eid),
  });
  const allocation = new Allocation({ net, table, reservations, clock }, supply);
  const ask = (link: number, address: number) =>
    allocation.reserveDynamic(
      { network: 1, link, address: Uint8Array.of(address), mtu: 68, simple: false },
      5,
    )?.eid;
  expect([ask(2, 1), ask(1, 2), ask(1, 3), ask(1, 4)]).toEqual([15, 10, 30, undefined]);
});
