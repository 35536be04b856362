import { Target, TargetTable, targetKey } from '../../src/control/targets';
import type { Destination } from '../../src/core/net';

const eid = (number: number): Destination => ({ kind: 'eid', network: 1, eid: number });

describe('TargetTable', () => {
  test('destinations have keys of their own', () => {
    const keys = [
      eid(9),
      { kind: 'eid', network: 2, eid: 9 },
      { kind: 'physical', link: 1, address: Uint8Array.of(9) },
      { kind: 'physical', link: 1, address: Uint8Array.of(0, 9) },
      { kind: 'physical', link: 1, address: new Uint8Array(0) },
      { kind: 'physical', link: 2, address: Uint8Array.of(9) },
      { kind: 'broadcast', link: 1 },
    ].map((each) => targetKey(each as Destination));
    expect(new Set(keys).size).toBe(keys.length);
  });

  test('the one unused longest goes first, a busy one stays', async () => {
    const table = new TargetTable(3);
    let finish = (): void => undefined;
    const busy = table.use(eid(9)).inTurn(() => new Promise<void>((resolve) => (finish = resolve)));
    const tenth = table.use(eid(10));
    table.use(eid(11));
    expect(table.use(eid(10))).toBe(tenth);
    table.use(eid(12));
    expect([9, 10, 11, 12].map((each) => table.find(eid(each)) !== undefined)).toEqual([
      true,
      true,
      false,
      true,
    ]);
    await Promise.resolve();
    finish();
    await busy;
    table.use(eid(13));
    expect(table.find(eid(9))).toBeUndefined();
    expect(table.size).toBe(3);
  });

  test('growth under load is taken back', async () => {
    const table = new TargetTable(2);
    const runs = Array.from({ length: 10 }, (_, i) => table.use(eid(i + 8)).inTurn(() => Promise.resolve()));
    expect(table.size).toBe(10);
    await Promise.all(runs);
    table.use(eid(100));
    expect(table.size).toBe(2);
  });
});

describe('Target', () => {
  test('R-DISC-10 instance IDs count from 0 modulo 32', () => {
    const target = new Target();
    const ids = Array.from({ length: 34 }, () => target.takeInstanceId());
    expect(ids.slice(0, 3)).toEqual([0, 1, 2]);
    expect(ids.slice(31)).toEqual([31, 0, 1]);
  });

  test('a failed turn does not stop the next', async () => {
    const target = new Target();
    const first = target.inTurn(() => Promise.reject(new Error('first')));
    const second = target.inTurn(() => Promise.resolve('second'));
    await expect(first).rejects.toThrow('first');
    await expect(second).resolves.toBe('second');
    expect(target.busy).toBe(false);
  });

  test('R-DBUS-54 several targets of one device: counts add up, the later text and time stand', () => {
    const [a, b] = [new Target(), new Target()];
    a.sent();
    b.sent();
    b.sent();
    b.timedOut();
    a.failed('older', 5);
    b.failed('newer', 6);
    a.answered(1.5, 8);
    b.answered(9, 7);
    const statistics = { requests: 3, timeouts: 1, lastError: 'newer', roundTripMicroseconds: 1500 };
    expect(Target.statistics([a, b])).toEqual(statistics);
    expect(Target.statistics([b, a])).toEqual(statistics);
    expect(Target.statistics([])).toEqual({
      requests: 0,
      timeouts: 0,
      lastError: '',
      roundTripMicroseconds: 0,
    });
  });
});
