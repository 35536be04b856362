import { MctpError } from '../../src/base/errors';
import { addAddress } from '../../src/os/kernel-addresses';
import { linkDump } from '../../src/os/kernel-links';
import { MctpSocket } from '../../src/os/mctp-socket';
import { NetlinkSocket } from '../../src/os/netlink';
import { Rtnetlink } from '../../src/os/rtnetlink';
import { FakeKernel, type Mangle } from '../support/fake-kernel/fake-kernel';
import { idle, TestClock } from '../support/test-clock';

const ENOBUFS = 105;
const INTERRUPTED = 0x10;

/** Requests to a fake kernel with `lo`, `eth0` and `mctpserial0`, index 2. */
class Bench implements AsyncDisposable {
  readonly clock = new TestClock();
  readonly kernel = new FakeKernel({ clock: this.clock });
  /** How often the outcome of a change was unsure. */
  unsure = 0;
  readonly rtnetlink = new Rtnetlink(
    {
      openNetlink: (listener) => NetlinkSocket.open(this.kernel.ops, listener),
      openMctp: (listener) => MctpSocket.open(this.kernel.ops, listener),
    },
    this.clock,
    () => {
      this.unsure++;
    },
  );

  /** Answers in order: each as the function makes it; the last one from then on. */
  answers(...mangles: Mangle[]): void {
    this.kernel.mangle = (datagrams) =>
      (mangles.length > 1 ? mangles.shift() : mangles[0])?.(datagrams) ?? [];
  }

  /** Number of links, or the error. */
  async dump(): Promise<number | string> {
    try {
      return (await this.rtnetlink.inTurn(() => this.rtnetlink.dump(linkDump()))).length;
    } catch (error) {
      return error instanceof MctpError ? `${error.code}: ${error.message}` : String(error);
    }
  }

  async add(eid: number): Promise<number> {
    const change = this.rtnetlink.inTurn(() => this.rtnetlink.change(addAddress({ link: 2, eid })));
    return (await this.clock.settle(change)).errno;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.rtnetlink.close();
    await idle();
    expect([this.kernel.openDescriptors, this.clock.timers]).toEqual([0, 0]);
  }
}

let bench: Bench;

beforeEach(async () => {
  bench = new Bench();
  await bench.kernel.plug('mctpserial0');
});
afterEach(() => bench[Symbol.asyncDispose]());

const asItIs: Mangle = (datagrams) => datagrams;
/** lo, eth0, mctpserial0. */
const LINKS = 3;

/** The messages of datagrams, each in one of its own. */
function apart(datagrams: readonly Buffer[]): Buffer[] {
  return datagrams.flatMap((datagram) => {
    const messages: Buffer[] = [];
    for (let at = 0; at < datagram.length;) {
      const end = at + ((datagram.readUInt32LE(at) + 3) & ~3);
      messages.push(datagram.subarray(at, end));
      at = end;
    }
    return messages;
  });
}

/** A copy with some fields of the header changed. */
function header(
  message: Buffer,
  change: { type?: number; flags?: number; sequence?: number; length?: number },
): Buffer {
  const changed = Buffer.from(message);
  changed.writeUInt32LE(change.length ?? changed.readUInt32LE(0), 0);
  changed.writeUInt16LE(change.type ?? changed.readUInt16LE(4), 4);
  changed.writeUInt16LE(change.flags ?? changed.readUInt16LE(6), 6);
  changed.writeUInt32LE(change.sequence ?? changed.readUInt32LE(8), 8);
  return changed;
}

const dumps = (): number => bench.kernel.asked.filter((each) => each.startsWith('18 ')).length;

describe('a dump', () => {
  test('in one datagram with its end, or each message by itself: the same table', async () => {
    bench.answers((datagrams) => [Buffer.concat(datagrams)], apart);
    expect([await bench.dump(), await bench.dump()]).toEqual([LINKS, LINKS]);
    expect(dumps()).toBe(2);
  });

  test('messages of other types, of other requests, and acknowledgements do not belong to it', async () => {
    bench.answers((datagrams) => {
      const [first = Buffer.alloc(0), ...rest] = apart(datagrams);
      const ack = Buffer.concat([header(first, { type: 2, length: 36 }).subarray(0, 16), Buffer.alloc(20)]);
      const strange = [20, 17, 1, 4, 0x7fff].map((type) => header(first, { type }));
      return [
        ...strange,
        header(first, { sequence: 0 }),
        header(first, { sequence: 77 }),
        ack,
        first,
        ...rest,
      ];
    });
    expect(await bench.dump()).toBe(LINKS);
    expect(dumps()).toBe(1);
  });

  test.each<[string, Mangle]>([
    ['is marked as interrupted', (all) => apart(all).map((each) => header(each, { flags: 2 | INTERRUPTED }))],
    [
      'says so in its end alone',
      (all) => [...all.slice(0, -1), header(all.at(-1) ?? Buffer.alloc(16), { flags: INTERRUPTED })],
    ],
    [
      'has a message cut short in its datagram',
      ([parts = Buffer.alloc(0), ...end]) => [parts.subarray(0, -20), ...end],
    ],
    [
      'has a message cut short in itself',
      (all) => apart(all).map((each, at) => (at === 2 ? header(each.subarray(0, 44), { length: 44 }) : each)),
    ],
    ['has a datagram that is no message', (all) => [Buffer.alloc(5), ...all]],
    ['runs over our buffer', ([parts = Buffer.alloc(0), ...end]) => [parts, -ENOBUFS, ...end]],
    ['runs over our buffer at once', () => [-ENOBUFS]],
  ])('that %s is taken again', async (_what, torn) => {
    bench.answers(torn, asItIs);
    expect(await bench.dump()).toBe(LINKS);
    expect(dumps()).toBe(2);
  });

  test('that is never whole is given up after five times', async () => {
    bench.answers(() => [-ENOBUFS, -ENOBUFS]);
    expect(await bench.dump()).toMatch(/^internal: cannot read the kernel's tables .*ENOBUFS/);
    expect(dumps()).toBe(5);
    bench.answers((all) => apart(all).map((each) => header(each, { flags: 2 | INTERRUPTED })));
    expect(await bench.dump()).toMatch(/^internal: .*EAGAIN/);
    expect(dumps()).toBe(10);
  });

  test('whose end tells an error, or that is refused, is an error with its number', async () => {
    const end = header(Buffer.alloc(20), { length: 20, type: 3, flags: 2, sequence: 1 });
    end.writeInt32LE(-12, 16);
    bench.answers(([parts = Buffer.alloc(0)]) => [parts, end]);
    expect(await bench.dump()).toMatch(/^internal: .*type 18.*ENOMEM/);
    bench.answers(() => [header(end, { type: 2, sequence: 2 })]);
    expect(await bench.dump()).toMatch(/^internal: .*ENOMEM/);
    expect(dumps()).toBe(2);
  });

  test('whose end is lost is waited for five seconds, and what comes late harms no later one', async () => {
    const late: Buffer[] = [];
    bench.answers((datagrams) => {
      late.push(...datagrams);
      return datagrams.slice(0, -1);
    });
    const began = bench.clock.now();
    expect(await bench.clock.settle(bench.dump())).toMatch(/^internal: .*ETIMEDOUT/);
    expect(bench.clock.now() - began).toBe(5000);
    bench.answers((datagrams) => [...late, ...datagrams]);
    expect(await bench.dump()).toBe(LINKS);
  });

  test('that does not end is given up, whatever comes', async () => {
    bench.answers(([parts = Buffer.alloc(0)]) => {
      const [link = Buffer.alloc(0)] = apart([parts]);
      const many = Buffer.concat(Array.from({ length: 500 }, () => link));
      return Array.from({ length: 250 }, () => many);
    });
    expect(await bench.dump()).toMatch(/^internal: .*EOVERFLOW/);
    bench.answers(asItIs);
    expect(await bench.dump()).toBe(LINKS);
  });
});

describe('a change', () => {
  test('whose acknowledgement is lost is unsure: ENOBUFS, or nothing for five seconds', async () => {
    bench.answers(() => [-ENOBUFS]);
    expect(await bench.add(20)).toBe(ENOBUFS);
    bench.answers(() => []);
    expect(await bench.add(21)).toBe(110);
    expect(bench.unsure).toBe(2);
    bench.answers(asItIs);
    expect(await bench.add(20)).toBe(17);
    expect(bench.unsure).toBe(2);
  });

  test('is not ended by the end of a dump, nor by a message of another kind', async () => {
    bench.answers((datagrams) => {
      const [ack = Buffer.alloc(20)] = datagrams;
      return [header(ack.subarray(0, 20), { type: 3, length: 20 }), header(ack, { type: 16 }), ...datagrams];
    });
    expect(await bench.add(7)).toBe(22);
  });

  test('out of turn is refused', async () => {
    const { rtnetlink } = bench;
    const both = rtnetlink.inTurn(() =>
      Promise.allSettled([rtnetlink.dump(linkDump()), rtnetlink.change(addAddress({ link: 2, eid: 9 }))]),
    );
    const [first, second] = await both;
    expect([first.status, second.status]).toEqual(['fulfilled', 'rejected']);
  });
});

test('the socket of a lost answer is closed, and errors with nothing asked are left behind with it', async () => {
  bench.answers(() => [-ENOBUFS, -ENOBUFS, -5], asItIs);
  await bench.add(20);
  expect(bench.kernel.openDescriptors).toBe(0);
  expect(await bench.dump()).toBe(LINKS);
  expect(bench.kernel.openDescriptors).toBe(1);
});

test('the end comes to whoever waits, and there are no requests after it', async () => {
  bench.kernel.mangle = () => [];
  const waiting = bench.rtnetlink.inTurn(() => bench.rtnetlink.change(addAddress({ link: 2, eid: 9 })));
  await idle();
  bench.rtnetlink.close();
  expect(await waiting).toMatchObject({ errno: 9 });
  expect(await bench.dump()).toMatch(/^closed:/);
  expect(bench.unsure).toBe(0);
});
