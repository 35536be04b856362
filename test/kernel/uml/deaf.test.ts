import { seededRandom } from '../../../src/base/random';
import { encodeFrame, MAX_SENT_FRAME } from '../../../src/bindings/serial/framing';
import { RECOVERY_WORD } from '../../../src/bindings/serial/recovery';
import { CleanUp } from '../../support/clean-up';
import { expectNoDescriptorLeft } from '../../support/descriptors';
import { eventually } from '../../support/within';
import { hex } from '../../support/vectors';
import { KernelInbox } from './kernel-inbox';
import { KernelLine } from './kernel-line';
import { Rtnl } from './rtnl';

/** What the kernel's receiver chokes on, byte by byte, and the recovery word that brings it back (bindings.md 1.5). */

const EID = 9;
let line: KernelLine;
let inbox: KernelInbox;

const shared = new CleanUp();
afterAll(() => shared[Symbol.asyncDispose]());
expectNoDescriptorLeft();

beforeAll(async () => {
  line = shared.use(KernelLine.open());
  const rtnl = shared.use(new Rtnl());
  await rtnl.up(line.device.index);
  await rtnl.addEid(line.device.index, EID);
  inbox = shared.use(new KernelInbox(0x7f));
  await line.openRaw();
});

function frame(packet: Uint8Array): Uint8Array {
  const into = new Uint8Array(MAX_SENT_FRAME);
  return into.slice(0, encodeFrame(packet, into));
}

/** A request to {@link inbox} that carries this name. */
function good(name: string): Uint8Array {
  return frame(Buffer.concat([hex('010908c8 7f'), Buffer.from(name)]));
}

/** What faulty frames are made of. */
const VICTIM = frame(hex('010908c8 7f 001122'));
/** The longest packet of mctp-serial; every second byte of the data needs an escape. */
const FULL = frame(
  Uint8Array.from({ length: 68 }, (_, i) => (i < 4 ? (hex('010908c8')[i] ?? 0) : 0x7d + (i & 1))),
);

/** Everything up to the frame of this name has come to its end: bytes keep their order. */
function arrived(name: string): Promise<true> {
  return eventually(`the frame ${name}`, () => inbox.names.includes(name));
}

const crcErrors = (): number => line.device.counter('rx_crc_errors');
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const zeroes = (count: number): string => '00'.repeat(count);

/** bindings.md 1.5, and kernel.md §5: each of these is the last thing the receiver understands. */
const FAULTS: Readonly<Record<string, string>> = {
  'revision 0': '7e 00 08 010908c87f001122 0000 7e',
  'revision 2': '7e 02 08 010908c87f001122 0000 7e',
  'a count of 75': `7e 01 4b ${zeroes(75)} 0000 7e`,
  'a count of 255': `7e 01 ff ${zeroes(255)} 0000 7e`,
  'a doubled start flag': '7e 7e 01 08 010908c87f001122 0000 7e',
  'a stray flag': '7e',
  'a damaged end flag': `${hexOf(VICTIM.subarray(0, -1))} 5e`,
  'a byte too many': `${hexOf(VICTIM.subarray(0, -3))} 00 ${hexOf(VICTIM.subarray(-3))}`,
  'an escaped FCS': '7e01 08 010809c801 0000c0 7d5eaa 7e',
  'a frame cut in the header': '7e 01',
  'a frame cut in the data': hexOf(VICTIM.subarray(0, 7)),
  'a frame cut after an escape': '7e 01 08 010908c87f00 7d',
  'a frame cut in the FCS': hexOf(VICTIM.subarray(0, -2)),
};

test.each(Object.entries(FAULTS))(
  'after %s the kernel is deaf to good frames, until the recovery word has come',
  async (_name, bytes) => {
    for (const name of ['before 1', 'before 2']) await line.write(good(name));
    await arrived('before 2');
    const before = crcErrors();
    inbox.names.length = 0;
    await line.write(hex(bytes));
    // The first frame behind a fault may end it in one way or another; the others are as good as they look.
    for (const name of ['next', 'lost 1', 'lost 2', 'lost 3']) await line.write(good(name));
    await line.write(RECOVERY_WORD);
    const heard = ['1', '2', '3', '4', '5'];
    for (const name of heard) await line.write(good(name));
    await arrived('5');
    expect(inbox.names.filter((name) => name !== 'next')).toEqual(heard);
    // One for the fault, one for the word.
    expect(crcErrors() - before).toBeLessThanOrEqual(2);
  },
);

test('the recovery word straight after a cut at every byte of a frame', async () => {
  for (let cut = 1; cut < FULL.length; cut++) {
    await line.write(FULL.subarray(0, cut));
    await line.write(RECOVERY_WORD);
    await line.write(good(`cut ${cut}`));
    await arrived(`cut ${cut}`);
  }
});

test('the recovery word after random bytes', async () => {
  const random = seededRandom(2);
  for (let round = 0; round < 300; round++) {
    const length = 1 + Math.floor(random.next() * 100);
    // Flags and escapes more often than chance has them.
    const bytes = Uint8Array.from({ length }, () => {
      const kind = random.next();
      return kind < 0.1 ? 0x7e : kind < 0.15 ? 0x7d : kind < 0.2 ? 0x01 : Math.floor(random.next() * 256);
    });
    await line.write(bytes);
    await line.write(RECOVERY_WORD);
    await line.write(good(`round ${round}`));
    await arrived(`round ${round}`);
  }
});

test('a receiver in step does not notice the recovery word', async () => {
  const counters = (): number[] =>
    ['rx_crc_errors', 'rx_dropped', 'rx_errors'].map((name) => line.device.counter(name));
  const before = counters();
  for (let i = 0; i < 50; i++) {
    await line.write(RECOVERY_WORD);
    await line.write(good(`in step ${i}`));
    await arrived(`in step ${i}`);
  }
  expect(counters()).toEqual(before);
});
