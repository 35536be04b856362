import type { Log, LogFields } from '../../src/base/log';
import type { Remembered } from '../../src/discovery/snapshot';
import { StateFile } from '../../src/daemon/state-file';
import { idle, TestClock } from '../support/test-clock';
import { FakeStorage } from './fake-storage';

const DRIVE: Remembered = {
  network: 1,
  eid: 9,
  link: 'serial0',
  address: '',
  uuid: '595a522d-77c5-4628-8400-37bfb41b710d',
};
const BRIDGE: Remembered = { network: 1, eid: 10, link: 'i2c1', address: '1d', pool: { start: 11, end: 13 } };
const BEHIND: Remembered = { network: 1, eid: 12, behind: 10 };
const GOOD =
  '{"version":1,"endpoints":[\n' +
  '{"network":1,"eid":9,"link":"serial0","address":"","uuid":"595a522d-77c5-4628-8400-37bfb41b710d"},\n' +
  '{"network":1,"eid":10,"link":"i2c1","address":"1d","pool":{"start":11,"end":13}},\n' +
  '{"network":1,"eid":12,"behind":10}\n]}\n';

class Desk {
  readonly clock = new TestClock();
  readonly storage: FakeStorage;
  readonly lines: (readonly [level: string, message: string, fields: LogFields])[] = [];
  readonly file: StateFile;
  now: readonly Remembered[] = [];

  constructor(text?: string) {
    this.storage = new FakeStorage(text);
    const at =
      (level: string) =>
      (message: string, fields: LogFields = {}): void =>
        void this.lines.push([level, message, fields]);
    const log: Log = { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') };
    this.file = new StateFile('/state', { storage: this.storage, clock: this.clock, log });
  }

  static async open(text?: string): Promise<Desk> {
    const desk = new Desk(text);
    await desk.file.load();
    await desk.file.own();
    desk.file.follow(() => desk.now);
    return desk;
  }

  /** Levels and causes of what was logged. */
  get log(): string[] {
    return this.lines.map(([level, , { cause }]) => `${level}: ${cause ?? ''}`);
  }
}

describe('reading', () => {
  test('D-8 what was written is read, and not written again while nothing changed', async () => {
    const desk = await Desk.open(GOOD);
    expect(desk.file.remembered()).toEqual([DRIVE, BRIDGE, BEHIND]);
    desk.now = desk.file.remembered();
    await desk.file.reserve();
    expect(desk.storage.writes).toEqual([]);
    expect(desk.lines).toEqual([]);
  });

  test('D-8 without a file nothing is remembered, and nothing is said', async () => {
    const desk = await Desk.open();
    expect(desk.file.remembered()).toEqual([]);
    expect(desk.lines).toEqual([]);
  });

  test.each([
    ['cut off', GOOD.slice(0, 100), /^it is not JSON; was it cut off or edited\?$/],
    ['empty', '', /^it is not JSON; was it cut off or edited\?$/],
    ['of another version', GOOD.replace('1', '2'), /^version: /],
    ['of another shape', '[]', /expected object/],
    ['an EID that is none', GOOD.replace('"eid":12', '"eid":7'), /^endpoints\.2\.eid: /],
    ['a pool that is none', GOOD.replace('"end":13', '"end":10'), /^endpoints\.1\.pool: /],
    ['an address that is none', GOOD.replace('1d', '1'), /^endpoints\.1\.address: /],
  ])('D-8 a damaged file is set aside with one line: %s', async (_, text, cause) => {
    const desk = await Desk.open(text);
    expect(desk.file.remembered()).toEqual([]);
    expect(desk.storage.aside).toEqual([text]);
    expect(desk.lines).toEqual([
      [
        'error',
        expect.stringContaining('set aside'),
        {
          file: '/state/state.json',
          setAside: '/state/state.json.damaged.1',
          cause: expect.stringMatching(cause) as string,
        },
      ],
    ]);
    desk.now = [DRIVE];
    await desk.file.reserve();
    expect(desk.storage.text).toContain('"eid":9');
  });

  test('D-8 D-12 a folder that cannot be used costs one line, which says what to do', async () => {
    const desk = new Desk();
    desk.storage.broken = new Error('ENOTDIR: not a directory');
    await desk.file.load();
    await desk.file.own();
    desk.file.follow(() => [DRIVE]);
    await desk.file.reserve();
    await desk.clock.advance(60_000);
    const advice = 'mend it, name another with --state-dir, or set state = false';
    const cause = 'ENOTDIR: not a directory';
    const fields = { file: '/state/state.json', cause, setAside: cause };
    expect(desk.lines).toEqual([['error', expect.stringContaining(advice), fields]]);
    await desk.file.close();
  });

  test('D-8 before anybody says what there is, nothing is written', async () => {
    const desk = new Desk();
    await desk.file.close();
    expect(desk.storage.writes).toEqual([]);
  });
});

describe('a file that may be another daemon’s', () => {
  test('D-8 it is read, but neither set aside nor written, however long it takes', async () => {
    const desk = new Desk('not even JSON');
    await desk.file.load();
    desk.file.follow(() => [DRIVE]);
    desk.file.changed();
    await desk.clock.advance(60_000);
    await desk.file.close();
    expect(desk.storage).toMatchObject({ text: 'not even JSON', aside: [], writes: [] });
    expect(desk.lines).toEqual([]);
    expect(desk.clock.timers).toBe(0);
  });

  test('D-8 what has changed is written once it is ours, and a reservation waits for that', async () => {
    const desk = new Desk();
    await desk.file.load();
    desk.file.follow(() => [DRIVE]);
    const reserved = desk.file.reserve();
    await desk.clock.advance(1000);
    expect(desk.storage.writes).toEqual([]);
    await desk.file.own();
    await reserved;
    expect(desk.storage.text).toContain('"eid":9');
    expect(desk.clock.timers).toBe(0);
  });
});

describe('closing', () => {
  test('D-8 while a damaged file is set aside: it waits for that, and nothing is written after it', async () => {
    const desk = new Desk('not even JSON');
    await desk.file.load();
    desk.file.follow(() => [DRIVE]);
    desk.storage.slow = true;
    const reserved = desk.file.reserve();
    const owned = desk.file.own();
    let isClosed = false;
    const closed = desk.file.close().then(() => (isClosed = true));
    await idle();
    expect(isClosed).toBe(false);
    desk.storage.finish();
    await Promise.all([closed, owned, reserved]);
    expect(desk.storage.aside).toEqual(['not even JSON']);
    await idle();
    expect(desk.storage.writes).toEqual([]);
    expect(desk.clock.timers).toBe(0);
  });

  test('D-8 a file that was closed before it was ours is not touched any more', async () => {
    const desk = new Desk('not even JSON');
    await desk.file.load();
    await desk.file.close();
    await desk.file.own();
    expect(desk.storage).toMatchObject({ text: 'not even JSON', aside: [], writes: [] });
  });
});

describe('writing', () => {
  test('D-8 the file as it is', async () => {
    const desk = await Desk.open();
    desk.now = [DRIVE, BRIDGE, BEHIND];
    await desk.file.reserve();
    expect(desk.storage.writes).toEqual(['/state/state.json']);
    expect(desk.storage.text).toBe(GOOD);
  });

  test('D-8 callers of one turn share a write, callers during a write share the next', async () => {
    const desk = await Desk.open();
    desk.storage.slow = true;
    const done: string[] = [];
    const reserve = (name: string, now: readonly Remembered[]): void => {
      desk.now = now;
      void desk.file.reserve().then(() => done.push(name));
    };
    reserve('a', [DRIVE]);
    reserve('b', [DRIVE, BRIDGE]);
    await idle();
    expect(desk.storage.writes).toHaveLength(1);
    reserve('c', [DRIVE]);
    await idle();
    reserve('d', [BRIDGE]);
    await idle();
    expect({ done, writes: desk.storage.writes.length }).toEqual({ done: [], writes: 1 });
    desk.storage.finish();
    await idle();
    expect(desk.storage.text).toContain('"eid":10');
    expect({ done, writes: desk.storage.writes.length }).toEqual({ done: ['a', 'b'], writes: 2 });
    desk.storage.finish();
    await idle();
    expect(done).toEqual(['a', 'b', 'c', 'd']);
    expect(desk.storage.text).not.toContain('"eid":9');
    expect(desk.clock.timers).toBe(0);
  });

  test('D-8 what is no reservation is written within a second', async () => {
    const desk = await Desk.open();
    desk.now = [DRIVE];
    desk.file.changed();
    await desk.clock.advance(900);
    desk.now = [DRIVE, BRIDGE];
    desk.file.changed();
    expect(desk.storage.writes).toEqual([]);
    await desk.clock.advance(100);
    expect(desk.storage.text).toContain('"eid":10');
    expect(desk.storage.writes).toHaveLength(1);
    expect(desk.clock.timers).toBe(0);
  });

  test('D-8 or at the end, and nothing after it', async () => {
    const desk = await Desk.open();
    desk.now = [DRIVE];
    desk.file.changed();
    await desk.file.close();
    expect(desk.storage.text).toContain('"eid":9');
    desk.now = [];
    desk.file.changed();
    await desk.file.reserve();
    await desk.file.close();
    expect(desk.storage.writes).toHaveLength(1);
    expect(desk.clock.timers).toBe(0);
  });
});

describe('trouble with the disk', () => {
  const FULL = new Error('ENOSPC: no space left on device');

  test('D-8 a full disk costs one line, nobody waits, and it is told when it works again', async () => {
    const desk = await Desk.open();
    desk.storage.broken = FULL;
    for (let eid = 9; eid < 30; eid++) {
      desk.now = [{ ...DRIVE, eid }];
      await desk.file.reserve();
    }
    await desk.clock.advance(300_000);
    expect(desk.log).toEqual([`error: ${FULL.message}`]);
    expect(desk.lines[0]?.[1]).toContain('make room or the folder writable, or set state = false');
    desk.storage.broken = undefined;
    // Nobody has to change anything for it.
    await desk.clock.advance(30_000);
    expect(desk.storage.text).toContain('"eid":29');
    expect(desk.log).toEqual([`error: ${FULL.message}`, 'info: ']);
    await desk.file.close();
    expect(desk.clock.timers).toBe(0);
  });

  test('D-8 a disk that does not answer holds assignments up once, for two seconds', async () => {
    const desk = await Desk.open();
    desk.storage.slow = true;
    desk.now = [DRIVE];
    const first = desk.file.reserve();
    await desk.clock.settle(first);
    expect(desk.clock.now()).toBe(2000);
    await desk.file.reserve();
    expect(desk.log).toEqual(['error: nothing was written within 2000 ms']);
    expect(desk.storage.writes).toHaveLength(1);
    desk.storage.finish();
    await idle();
    expect(desk.storage.text).toContain('"eid":9');
    desk.now = [BRIDGE];
    desk.storage.slow = false;
    await desk.file.reserve();
    expect(desk.storage.text).toContain('"eid":10');
    await desk.file.close();
  });
});
