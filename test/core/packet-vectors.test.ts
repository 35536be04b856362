import { toHex } from '../../src/base/bytes';
import { Priority } from '../../src/core/net';
import { checkPacket, destinationOf, flagsOf, sourceOf } from '../../src/core/packet';
import { Reassembler } from '../../src/core/reassembly';
import { hex, readVectors } from '../support/vectors';
import { Bench, pattern } from './fake-binding';

interface Delivered {
  readonly src: number;
  readonly tag_owner: boolean;
  readonly tag: number;
  readonly message: string;
}

interface ReassembleVector {
  readonly name: string;
  readonly kind: string;
  readonly input: {
    readonly own_eid: number;
    readonly max_message: number;
    readonly max_contexts?: number;
    readonly outstanding_tags?: readonly { readonly peer: number; readonly tag: number }[];
    readonly steps: readonly { readonly packet?: string; readonly advance_ms?: number }[];
  };
  readonly expected: { readonly outcome: string; readonly messages: readonly Delivered[] };
}

const vectors = readVectors<ReassembleVector>('mctp-packets').filter(({ kind }) => kind === 'reassemble');

test('there are reassemble vectors', () => {
  expect(vectors.length).toBeGreaterThanOrEqual(30);
});

test.each(vectors)('reassembler: $name', ({ input, expected }) => {
  const { own_eid, max_message, max_contexts, outstanding_tags, steps } = input;
  const expects = (packet: Uint8Array): boolean =>
    outstanding_tags === undefined ||
    outstanding_tags.some(({ peer, tag }) => peer === sourceOf(packet) && tag === (flagsOf(packet) & 7));
  const limits = {
    maxMessage: max_message,
    ...(max_contexts === undefined ? {} : { maxContexts: max_contexts }),
  };
  let dropped = 0;
  const reassembler = new Reassembler({ expects, drop: () => dropped++ }, limits);
  const messages: Delivered[] = [];
  let now = 0;
  for (const { packet, advance_ms = 0 } of steps) {
    now += advance_ms;
    const bytes = hex(packet ?? '');
    if (packet === undefined || checkPacket(bytes) !== undefined) continue;
    if (![0, 255, own_eid].includes(destinationOf(bytes))) continue;
    const message = reassembler.accept(bytes, 1, hex('1d'), now);
    if (message === undefined) continue;
    const flags = flagsOf(bytes);
    messages.push({
      ...{ src: sourceOf(bytes), tag_owner: (flags & 8) !== 0, tag: flags & 7, message: toHex(message) },
    });
  }
  expect(messages).toEqual(expected.messages);
  if (expected.outcome === 'deliver') expect(dropped).toBe(0);
});

test.each(vectors)('router: $name', async ({ input, expected }) => {
  const { own_eid, max_message, max_contexts, outstanding_tags = [], steps } = input;
  const limits = {
    maxMessage: max_message,
    ...(max_contexts === undefined ? {} : { maxContexts: max_contexts }),
  };
  const bench = new Bench({ reassembly: limits });
  const { router } = bench;
  const { link, binding } = await bench.link({ localEids: [own_eid] });
  const messages: Delivered[] = [];
  const write = ({
    source,
    to,
    tag,
    bytes,
  }: {
    source: number;
    to: boolean;
    tag: number;
    bytes: Uint8Array;
  }): void => {
    messages.push({ src: source, tag_owner: to, tag, message: toHex(bytes) });
  };
  for (let type = 0; type < 128; type++) router.listen(type, (each) => (write(each), true), Priority.client);
  for (const { peer, tag } of outstanding_tags) {
    await router.addRoute({ network: 1, first: peer, extent: 0, link: link.index, mtu: 0 });
    await router.addNeighbour({ link: link.index, eid: peer, address: hex('1d') });
    let exchange = await router.request({ kind: 'eid', network: 1, eid: peer }, pattern(4));
    while (exchange.tag !== tag) {
      exchange = await router.request({ kind: 'eid', network: 1, eid: peer }, pattern(4));
    }
    void exchange.receive(0).then((response) => {
      if (response !== undefined) write(response);
    });
  }
  for (const { packet, advance_ms } of steps) {
    if (advance_ms !== undefined) await bench.clock.advance(advance_ms);
    if (packet !== undefined) binding.receive(packet);
    await Promise.resolve();
    await Promise.resolve();
  }
  expect(messages).toEqual(expected.messages);
  const drops = Object.values(bench.drops(link)).reduce((sum, count) => sum + count, 0);
  if (expected.outcome === 'deliver') expect(drops).toBe(0);
  else expect(drops).toBeGreaterThan(0);
  await router.close();
});
