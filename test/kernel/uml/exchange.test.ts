import { createHash } from 'node:crypto';
import { seededRandom } from '../../../src/base/random';
import { CleanUp } from '../../support/clean-up';
import { expectNoDescriptorLeft } from '../../support/descriptors';
import { DIGEST_TYPE, ECHO_TYPE, kernelRequest } from './kernel-responder';
import { OUR_EID, UserSide } from './user-side';

/** Messages between our stack with its serial binding and the kernel's stack with mctp-serial, over one line. */

let side: UserSide;

const shared = new CleanUp();
afterAll(() => shared[Symbol.asyncDispose]());
expectNoDescriptorLeft();

beforeAll(async () => {
  side = shared.use(await UserSide.open());
});

const random = seededRandom(1);

/** Every byte value, so that every escape of the framing is used. */
function payload(length: number): Uint8Array {
  return Uint8Array.from({ length }, () => Math.floor(random.next() * 256));
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function expectEcho(length: number): Promise<void> {
  const sent = payload(length);
  const back = await side.ask(ECHO_TYPE, sent);
  expect([back?.length, digest(back ?? new Uint8Array(0))]).toEqual([length, digest(sent)]);
}

async function expectEchoToKernel(length: number): Promise<void> {
  const sent = payload(length);
  const back = await kernelRequest({ eid: OUR_EID, type: ECHO_TYPE }, sent);
  expect([back.length, digest(back)]).toEqual([length, digest(sent)]);
}

/** Around one packet, where the kernel fragments although it need not (kernel.md §4), and nothing but the type. */
test.each([0, 1, 58, 59, 60, 61, 62, 63, 64, 65, 126, 127, 128, 515])(
  'a message of %i bytes and its type is sent back by the kernel, and by us',
  async (length) => {
    await expectEcho(length);
    await expectEchoToKernel(length);
  },
);

/** The kernel's transmit queue holds 1000 packets of 64 bytes. */
test('60 000 bytes there and back, asked by us and by the kernel', async () => {
  await expectEcho(60_000);
  await expectEchoToKernel(60_000);
});

/** With its type byte the longest message that either stack puts together. */
test('65 536 bytes towards the kernel', async () => {
  const sent = payload(65_535);
  const answer = await side.ask(DIGEST_TYPE, sent);
  expect(Buffer.from(answer ?? []).toString('hex')).toBe(digest(sent));
});

test('65 536 bytes there and back with a transmit queue of 2048 packets in the kernel', async () => {
  await side.rtnl.transmitQueue(side.line.device.index, 2048);
  await expectEcho(65_535);
  await expectEchoToKernel(65_535);
});

test('200 messages of random length, each sent back whole', async () => {
  for (let i = 0; i < 200; i++) {
    const length = Math.floor(random.next() ** 4 * 4096);
    if (i % 2 === 0) await expectEcho(length);
    else await expectEchoToKernel(length);
  }
});

test('neither side has dropped a packet in all this', () => {
  expect([...(side.counters()?.drops ?? [])]).toEqual([]);
  expect([side.line.device.counter('rx_crc_errors'), side.line.device.counter('rx_dropped')]).toEqual([0, 0]);
});
