import fc from 'fast-check';
import { toHex } from '../../src/base/bytes';
import { Priority, type Destination, type Incoming } from '../../src/core/net';
import { idle } from '../support/test-clock';
import { hex } from '../support/vectors';
import { KernelBench } from './bench';

/** sockaddr_mctp_ext as Linux 6.1 gave it: network 1, EID 9, type, tag, ifindex 2, one byte of address. */
function address(tag: number, type = 1): Buffer {
  const bytes = Buffer.alloc(52);
  bytes.set(hex('2d 00 00 00 01 00 00 00 09'));
  bytes.set([type, tag], 9);
  bytes.set(hex('02 00 00 00 01 00 00 00 20'), 12);
  return bytes;
}

const REQUEST_TAG = 0x08;
const ours: Destination = { kind: 'physical', link: 2, address: Uint8Array.of(0x20) };

/** A bench that hears requests of type 1, and waits for an answer to one of its own. */
async function listening(): Promise<
  KernelBench & { readonly heard: Incoming[]; readonly answer: () => Promise<string> }
> {
  const bench = await KernelBench.withI2c();
  const heard: Incoming[] = [];
  bench.net.listen(1, (incoming) => heard.push(incoming) > 0, Priority.client);
  const exchange = await bench.net.request(ours, hex('01 ff'));
  const answer = async (): Promise<string> => {
    const incoming = await bench.clock.settle(exchange.receive(100));
    return incoming === undefined ? '-' : toHex(incoming.bytes);
  };
  return Object.assign(bench, { heard, answer });
}

const says = (bench: KernelBench, from: Buffer, text = 'aa'): Promise<void> => {
  bench.kernel.mctp.inject({ bytes: Buffer.from(hex(text)), address: from });
  return idle();
};

test('a request and an answer with a good address are taken', async () => {
  await using bench = await listening();
  await says(bench, address(REQUEST_TAG | 3));
  await says(bench, address(0));
  expect(bench.heard).toMatchObject([{ link: 2, source: 9, tag: 3, physical: Uint8Array.of(0x20) }]);
  expect(await bench.answer()).toBe('01aa');
});

test.each<[string, (good: Buffer) => Buffer]>([
  ['none', () => Buffer.alloc(0)],
  ['cut after the family', (good) => good.subarray(0, 2)],
  ['without the hardware part', (good) => good.subarray(0, 12)],
  ['cut in the hardware part', (good) => good.subarray(0, 51)],
  ['of another family', (good) => (good.writeUInt16LE(2, 0), good)],
  ['with more hardware bytes than there is room for', (good) => good.fill(33, 16, 17)],
  ['of link 0', (good) => (good.writeInt32LE(0, 12), good)],
  ['of link -1', (good) => (good.writeInt32LE(-1, 12), good)],
  ['of a link nobody knows', (good) => (good.writeInt32LE(77, 12), good)],
])('an address %s reaches nobody', async (_what, spoil) => {
  await using bench = await listening();
  await says(bench, spoil(address(REQUEST_TAG)));
  await says(bench, spoil(address(0)));
  expect(bench.heard).toEqual([]);
  expect(await bench.answer()).toBe('-');
});

test.each<[string, (good: Buffer) => Buffer]>([
  ['another physical address', (good) => good.fill(0x21, 20, 21)],
  ['no physical address', (good) => good.fill(0, 16, 17)],
  ['another link', (good) => (good.writeInt32LE(1, 12), good)],
  ['the tag owner', (good) => good.fill(REQUEST_TAG, 10, 11)],
])('an answer from %s is not that to our request, and the wait goes on', async (_what, spoil) => {
  await using bench = await listening();
  await says(bench, spoil(address(0)), 'bb');
  expect(await bench.answer()).toBe('-');
  await says(bench, address(0), 'cc');
  expect(await bench.answer()).toBe('01cc');
});

test('R-API-43: an answer of another network, or under another tag, is not that to a routed request', async () => {
  await using bench = await KernelBench.withI2c();
  await bench.net.addRoute({ network: 1, first: 9, extent: 0, link: 2, mtu: 68 });
  const exchange = await bench.net.request({ kind: 'eid', network: 1, eid: 9 }, hex('01 ff'), { hold: true });
  const other = address(exchange.tag);
  other.writeUInt32LE(2, 4);
  await says(bench, other, 'aa');
  await says(bench, address((exchange.tag + 1) % 8), 'bb');
  await says(bench, address(exchange.tag), 'cc');
  expect((await bench.clock.settle(exchange.receive(100)))?.bytes).toEqual(hex('01 cc'));
  exchange.release();
});

test('whatever comes with whatever address, what is heard came over a link of ours, and a good answer is taken', async () => {
  const anything = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc.tuple(fc.nat(31), fc.nat(51), fc.nat(255), fc.nat(52)).map(([tag, at, value, length]) =>
      address(tag)
        .fill(value, at, at + 1)
        .subarray(0, length),
    ),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.uint8Array({ maxLength: 80 }), anything), { maxLength: 30 }),
      async (said) => {
        await using bench = await listening();
        for (const [bytes, from] of said) {
          bench.kernel.mctp.inject({ bytes: Buffer.from(bytes), address: Buffer.from(from) });
        }
        await idle();
        for (const { link, source, type, tag, localEid } of bench.heard) {
          expect({ type, localEid, isOurs: bench.net.links().some(({ index }) => index === link) }).toEqual({
            type: 1,
            localEid: link === 2 ? 8 : 0,
            isOurs: true,
          });
          expect(source <= 255 && tag <= 7).toBe(true);
        }
        const more: string[] = [];
        for (let answer = await bench.answer(); answer !== '-'; answer = await bench.answer())
          more.push(answer);
        expect(more.length).toBeLessThanOrEqual(1);
        await says(bench, address(REQUEST_TAG | 5), 'ee');
        expect(bench.heard.at(-1)).toMatchObject({ tag: 5, bytes: Uint8Array.of(1, 0xee) });
      },
    ),
    { numRuns: 60 },
  );
});
