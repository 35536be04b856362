import fc from 'fast-check';
import { Allocation, type Applicant } from '../../src/discovery/allocation';
import { chooseRoom, Quarantine, QUARANTINE_MS } from '../../src/discovery/eid-pool';
import { newPeer } from '../../src/discovery/peer';
import { Reservations } from '../../src/discovery/memory/reservations';
import { PeerTable } from '../../src/discovery/peer-table';
import { TestClock } from '../support/test-clock';
import { Bench } from './bench';

const among = (...eids: number[]) => {
  const set = new Set(eids);
  return (eid: number) => set.has(eid);
};

describe('chooseRoom', () => {
  test('R-DISC-21 R-DISC-22 not the lowest free EID: 9..11 is too small', () => {
    expect(chooseRoom({ first: 8, last: 254 }, 15, among(8, 12))).toEqual({ eid: 13, extent: 15 });
    expect(chooseRoom({ first: 8, last: 254 }, 15, among(8, 12, 14, 15))).toEqual({ eid: 16, extent: 15 });
  });

  test('R-DISC-22 range 8..13, local 8, static 10', () => {
    const range = { first: 8, last: 13 };
    expect(chooseRoom(range, 15, among(8, 10))).toEqual({ eid: 11, extent: 2 });
    expect(chooseRoom(range, 15, among(8, 10, 11, 12, 13))).toEqual({ eid: 9, extent: 0 });
    expect(chooseRoom(range, 15, among(8, 9, 10, 11, 12, 13))).toBeUndefined();
  });

  test('R-DISC-21 of equal gaps the first', () => {
    expect(chooseRoom({ first: 8, last: 13 }, 15, among(8, 11))).toEqual({ eid: 9, extent: 1 });
  });

  test('R-DISC-23 wanting no pool: the lowest free EID', () => {
    expect(chooseRoom({ first: 8, last: 254 }, 0, among(8, 9, 12))).toEqual({ eid: 10, extent: 0 });
  });

  test('R-DISC-20 R-DISC-1 nothing outside the range, nor outside 8..254', () => {
    expect(chooseRoom({ first: 0, last: 300 }, 300, among())).toEqual({ eid: 8, extent: 246 });
    expect(chooseRoom({ first: 200, last: 200 }, 15, among())).toEqual({ eid: 200, extent: 0 });
  });

  test('R-DISC-21 against a plain count of every gap', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 8, max: 60 })),
        fc.integer({ min: 0, max: 20 }),
        (taken, wanted) => {
          const free = (eid: number): boolean => eid <= 60 && !taken.includes(eid);
          const gaps: { eid: number; extent: number }[] = [];
          for (let eid = 8; eid <= 60; eid++) {
            const last = gaps.at(-1);
            if (!free(eid)) continue;
            if (last !== undefined && last.eid + last.extent + 1 === eid) last.extent++;
            else gaps.push({ eid, extent: 0 });
          }
          const fits = gaps.find((gap) => gap.extent >= wanted);
          const largest = Math.max(...gaps.map((gap) => gap.extent));
          const expected =
            fits === undefined
              ? gaps.find((gap) => gap.extent === largest)
              : { eid: fits.eid, extent: wanted };
          expect(chooseRoom({ first: 8, last: 60 }, wanted, among(...taken))).toEqual(expected);
        },
      ),
    );
  });
});

describe('Quarantine', () => {
  test('R-DISC-27 withheld from others for 5 s, not from its owner', () => {
    const quarantine = new Quarantine();
    quarantine.add('1:9', '1/1d', 1000);
    expect(quarantine.holds('1:9', '1/1e', 1000)).toBe(true);
    expect(quarantine.holds('1:9', '1/1d', 1000)).toBe(false);
    expect(quarantine.holds('1:9', '1/1e', 1000 + QUARANTINE_MS - 1)).toBe(true);
    expect(quarantine.holds('1:9', '1/1e', 1000 + QUARANTINE_MS)).toBe(false);
    expect(quarantine.holds('1:10', '1/1e', 1000)).toBe(false);
  });
});

describe('Allocation', () => {
  const noRoutes = { links: () => [], routes: () => [], neighbours: () => [] };
  const device = (address: number, simple = false): Applicant => ({
    network: 1,
    link: 1,
    address: Uint8Array.of(address),
    mtu: 68,
    simple,
  });
  const make = (first = 8, last = 254) => {
    const table = new PeerTable();
    const supply = () => ({ range: { first, last }, isForeign: () => false, isDynamic: () => true });
    const clock = new TestClock();
    const reservations = new Reservations({ link: () => undefined }, clock);
    return { table, allocation: new Allocation({ net: noRoutes, table, reservations, clock }, supply) };
  };

  test('R-DISC-24 R-DISC-27 the EID and its room are reserved at once', () => {
    const { allocation } = make();
    expect(allocation.reserveDynamic(device(1), 15)).toMatchObject({
      eid: 8,
      speculative: { start: 9, end: 23 },
    });
    expect(allocation.reserveDynamic(device(2), 15)).toMatchObject({ eid: 24 });
  });

  test('R-DISC-26 pools of all peers count, also of bridges below the range', () => {
    const { table, allocation } = make(21, 30);
    const bridge = newPeer({ network: 1, eid: 20 });
    bridge.pool = { start: 21, end: 23 };
    table.enter(bridge);
    expect(allocation.reserveDynamic(device(1), 0)?.eid).toBe(24);
    expect(table.isTaken(1, 22)).toBe(true);
    expect(table.isTaken(1, 22, bridge)).toBe(false);
  });

  test('R-DISC-27 rooms of running operations yield before anybody runs out, simple devices first', () => {
    const { allocation } = make(8, 20);
    const bridge = allocation.reserveDynamic(device(1), 5);
    const simple = allocation.reserveDynamic(device(2, true), 5);
    expect([bridge?.eid, simple?.eid]).toEqual([8, 14]);
    expect(allocation.reserveDynamic(device(3), 0)?.eid).toBe(20);
    expect(allocation.reserveDynamic(device(4), 5)?.eid).toBe(17);
    expect(bridge?.speculative).toEqual({ start: 9, end: 13 });
    expect(simple?.speculative).toEqual({ start: 15, end: 16 });
  });

  test('R-DISC-170 R-DISC-20 a room in the range of another link is not split', () => {
    const table = new PeerTable();
    const clock = new TestClock();
    const reservations = new Reservations({ link: () => undefined }, clock);
    const supply = (link: number) => ({
      range: { first: link * 10, last: link * 10 + 4 },
      isForeign: () => false,
      isDynamic: () => true,
    });
    const allocation = new Allocation({ net: noRoutes, table, reservations, clock }, supply);
    expect(allocation.reserveDynamic(device(1), 4)?.eid).toBe(10);
    for (let eid = 20; eid <= 24; eid++) allocation.reserveExact({ network: 1, eid });
    expect(allocation.reserveDynamic({ ...device(2), link: 2 }, 0)).toBeUndefined();
    expect(allocation.reserveDynamic(device(3), 0)?.eid).toBe(13);
  });

  test('R-DISC-24 R-DISC-46 an explicit EID cuts the room it lies in', () => {
    const { allocation } = make();
    const bridge = allocation.reserveDynamic(device(1), 15);
    allocation.reserveExact({ network: 1, eid: 12 });
    expect(bridge?.speculative).toEqual({ start: 9, end: 11 });
    allocation.reserveExact({ network: 1, eid: 9 });
    expect(bridge?.speculative).toBeUndefined();
  });

  test('R-DISC-21 as many devices at once as there are EIDs, and no more', () => {
    const { allocation } = make();
    const eids = Array.from({ length: 247 }, (_, at) => allocation.reserveDynamic(device(at), 15)?.eid);
    expect(new Set(eids).size).toBe(247);
    expect(eids).not.toContain(undefined);
    expect(allocation.reserveDynamic(device(250), 15)).toBeUndefined();
  });
});

describe('through the engine', () => {
  test('R-DISC-27 an EID that was removed goes to others only after 5 s or when nothing else is free', async () => {
    const bench = new Bench({ dynamicEids: { ranges: [{ first: 9, last: 10 }], reserved: new Set() } });
    for (const address of [1, 2, 3, 4]) bench.device(address);
    await bench.setup(1);
    await bench.clock.settle(bench.engine.remove(1, 9));
    expect((await bench.setup(2)).eid).toBe(10);
    expect((await bench.setup(3)).eid).toBe(9);
    await bench.failure(bench.engine.setupEndpoint(1, Uint8Array.of(4)), 'out-of-eids');
    await bench.stop();
  });

  test('R-DISC-27 the same device gets its EID back at once', async () => {
    const bench = new Bench();
    const device = bench.device(1);
    bench.device(2);
    await bench.setup(1);
    await bench.setup(2);
    await bench.clock.settle(bench.engine.remove(1, 9));
    device.reset();
    await bench.clock.settle(bench.engine.assignEndpointStatic(1, Uint8Array.of(1), 0));
    expect(bench.eids()).toEqual([9, 10]);
    await bench.stop();
  });
});
