import { seededRandom } from '../../../src/base/random';
import { encodeFrame, MAX_SENT_FRAME } from '../../../src/bindings/serial/framing';
import { RECOVERY_WORD } from '../../../src/bindings/serial/recovery';
import { expectNoDescriptorLeft } from '../../support/descriptors';
import { eventually } from '../../support/within';
import { hex } from '../../support/vectors';
import { KernelLine } from './kernel-line';
import { Rtnl } from './rtnl';

/** What the kernel's receiver chokes on, byte by byte, and the recovery word that brings it back (bindings.md 1.5). */

const EID = 9;
let line: KernelLine;
let rtnl: Rtnl;

afterAll(async () => {
  rtnl[Symbol.dispose]();
  await line.unplug();
});
expectNoDescriptorLeft();

beforeAll(async () => {
  line = KernelLine.open();
  rtnl = new Rtnl();
  await rtnl.up(line.device.index);
  await rtnl.addEid(line.device.index, EID);
  await line.openRaw();
});

function frame(packet: Uint8Array): Uint8Array {
  const into = new Uint8Array(MAX_SENT_FRAME);
  return into.slice(0, encodeFrame(packet, into));
}

/** A packet nobody listens for: the network device counts what its receiver understands. */
const GOOD = frame(hex('010908c8 7f 00 11 22'));
/** The longest packet of mctp-serial; every second byte of the data needs an escape. */
const FULL = frame(
  Uint8Array.from({ length: 68 }, (_, i) => (i < 4 ? (hex('010908c8')[i] ?? 0) : 0x7d + (i & 1))),
);

/** Packets the receiver has understood since the last call, once it has come to rest. */
async function understood(): Promise<number> {
  const before = seen;
  let last = -1;
  seen = await eventually('an idle receiver', async () => {
    const now = line.device.counter('rx_packets');
    if (now === last) return { now };
    last = now;
    await new Promise((resolve) => setTimeout(resolve, 5));
    return false;
  }).then(({ now }) => now);
  return seen - before;
}
let seen = 0;

async function sendGood(count: number): Promise<number> {
  for (let i = 0; i < count; i++) await line.write(GOOD);
  return understood();
}

const zeroes = (count: number): string => '00'.repeat(count);

/** bindings.md 1.5, and kernel.md §5: each of these is the last thing the receiver understands. */
const FAULTS: Readonly<Record<string, string>> = {
  'revision 0': '7e 00 08 010908c87f001122 0000 7e',
  'revision 2': '7e 02 08 010908c87f001122 0000 7e',
  'a count of 75': `7e 01 4b ${zeroes(75)} 0000 7e`,
  'a count of 255': `7e 01 ff ${zeroes(255)} 0000 7e`,
  'a doubled start flag': '7e 7e 01 08 010908c87f001122 0000 7e',
  'a stray flag': '7e',
  'a damaged end flag': `${Buffer.from(GOOD.subarray(0, -1)).toString('hex')} 5e`,
  'a byte too many': `${Buffer.from(GOOD.subarray(0, -3)).toString('hex')} 00 ${Buffer.from(GOOD.subarray(-3)).toString('hex')}`,
  'an escaped FCS': '7e01 08 010809c801 0000c0 7d5eaa 7e',
  'a frame cut in the header': '7e 01',
  'a frame cut in the data': Buffer.from(GOOD.subarray(0, 7)).toString('hex'),
  'a frame cut after an escape': '7e 01 08 010908c87f00 7d',
  'a frame cut in the FCS': Buffer.from(GOOD.subarray(0, -2)).toString('hex'),
};

test.each(Object.entries(FAULTS))(
  'after %s the kernel is deaf to good frames, until the recovery word has come',
  async (_name, bytes) => {
    expect(await sendGood(2)).toBe(2);
    await line.write(hex(bytes));
    await sendGood(1);
    expect(await sendGood(3)).toBe(0);
    const errors = line.device.counter('rx_crc_errors');
    await line.write(RECOVERY_WORD);
    expect(await sendGood(5)).toBe(5);
    expect(line.device.counter('rx_crc_errors') - errors).toBeLessThanOrEqual(1);
  },
);

test('the recovery word straight after a cut at every byte of a frame', async () => {
  const lost: number[] = [];
  for (let cut = 1; cut < FULL.length; cut++) {
    await line.write(FULL.subarray(0, cut));
    await line.write(RECOVERY_WORD);
    if ((await sendGood(1)) !== 1) lost.push(cut);
  }
  expect(lost).toEqual([]);
});

test('the recovery word after random bytes', async () => {
  const random = seededRandom(2);
  const lost: number[] = [];
  for (let round = 0; round < 300; round++) {
    const length = 1 + Math.floor(random.next() * 100);
    // Flags and escapes more often than chance has them.
    const bytes = Uint8Array.from({ length }, () => {
      const kind = random.next();
      return kind < 0.1 ? 0x7e : kind < 0.15 ? 0x7d : kind < 0.2 ? 0x01 : Math.floor(random.next() * 256);
    });
    await line.write(bytes);
    await line.write(RECOVERY_WORD);
    await understood();
    if ((await sendGood(1)) !== 1) lost.push(round);
  }
  expect(lost).toEqual([]);
});

test('a receiver in step does not notice the recovery word', async () => {
  const before = ['rx_crc_errors', 'rx_dropped', 'rx_errors'].map((name) => line.device.counter(name));
  for (let i = 0; i < 50; i++) {
    await line.write(RECOVERY_WORD);
    expect(await sendGood(1)).toBe(1);
  }
  expect(['rx_crc_errors', 'rx_dropped', 'rx_errors'].map((name) => line.device.counter(name))).toEqual(
    before,
  );
});
