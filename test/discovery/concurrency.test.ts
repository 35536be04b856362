import { Bench } from './bench';

let bench: Bench;

beforeEach(() => {
  bench = new Bench();
});

afterEach(() => bench.stop());

const at = (address: number): Uint8Array => Uint8Array.of(address);

describe('concurrent operations', () => {
  test.each([
    ['SetupEndpoint', (address: number) => bench.engine.setupEndpoint(1, at(address)), 1000],
    ['AssignEndpoint', (address: number) => bench.engine.assignEndpoint(1, at(address)), 1000],
  ])('R-DISC-6 R-DISC-167 100 x %s: ten dead devices do not delay the live', async (_name, call, bound) => {
    const addresses = Array.from({ length: 100 }, (_, index) => index + 1);
    for (const address of addresses) {
      bench.device(address, { latencyMs: 5 }).dead = address % 10 === 0;
    }
    const finished = new Map<number, number>();
    const calls = addresses.map((address) =>
      call(address).then(
        () => finished.set(address, bench.clock.now()),
        () => finished.set(address, bench.clock.now()),
      ),
    );
    await bench.clock.settle(Promise.all(calls));
    const of = (dead: boolean): number[] =>
      [...finished].filter(([address]) => (address % 10 === 0) === dead).map(([, time]) => time);
    expect(of(false)).toHaveLength(90);
    // Seven rounds of 16 requests, each with a few exchanges of 5 ms, and a dead one leaves the window after 50 ms.
    expect(Math.max(...of(false))).toBeLessThan(400);
    expect(Math.max(...of(true))).toBeLessThan(bound + 400);
    expect(new Set(bench.eids()).size).toBe(90);
  });

  test('R-DISC-6 two SetupEndpoint on one address make one assignment', async () => {
    const device = bench.device(0x1d);
    const calls = [1, 2].map(() => bench.engine.setupEndpoint(1, at(0x1d)));
    expect(await bench.clock.settle(Promise.all(calls))).toEqual([
      { network: 1, eid: 9, isNew: true },
      { network: 1, eid: 9, isNew: false },
    ]);
    expect(device.assignments).toBe(1);
    expect(bench.events).toEqual(['endpoint-added 1/9']);
  });

  test('R-DISC-27 AssignEndpoint for two devices at once gives two EIDs', async () => {
    bench.device(1);
    bench.device(2);
    const calls = [1, 2].map((each) => bench.engine.assignEndpoint(1, at(each)));
    const eids = (await bench.clock.settle(Promise.all(calls))).map((each) => each.eid);
    expect(eids).toEqual([9, 25]);
  });

  test('R-DISC-47 an EID one device moves away from is not given to another before its path is gone', async () => {
    const device = bench.device(1, { eid: 20 });
    bench.device(2);
    await bench.setup(1);
    device.eid = 40;
    const calls = [
      bench.engine.learnEndpoint(1, at(1)),
      bench.engine.assignEndpointStatic(1, at(2), 20).catch(() => undefined),
    ];
    await bench.clock.settle(Promise.all(calls));
    for (const eid of bench.eids()) expect(bench.paths()).toContain(`route ${eid} mtu 68`);
    expect(bench.paths()).toHaveLength(bench.eids().length * 2);
  });

  test('R-DISC-6 a late property does not wait for, nor hold up, an operation on another device', async () => {
    const slow = bench.device(1, { eid: 30, latencyMs: 200 });
    slow.script = (command) => (command === 3 ? 'silent' : undefined);
    bench.device(2, { eid: 31 });
    const first = bench.engine.setupEndpoint(1, at(1));
    const begun = bench.clock.now();
    await bench.setup(2);
    expect(bench.clock.now() - begun).toBeLessThan(10);
    await bench.clock.settle(first);
  });
});
