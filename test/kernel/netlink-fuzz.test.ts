import fc from 'fast-check';
import { decodeNeighbour } from '../../src/kernel/neighbours';
import { decodeRoute } from '../../src/kernel/routes';
import { decodeAddress } from '../../src/os/kernel-addresses';
import { concernedLink, decodeLink } from '../../src/os/kernel-links';
import { decodeNetlinkMessages } from '../../src/os/netlink';
import type { FakeLink } from '../support/fake-kernel/state';
import { hex } from '../support/vectors';
import { KernelBench } from './bench';

/** Captured from Linux 6.1: a link, an address and its event, routes, a neighbour, an acknowledgement, an end. */
const RECORDED = [
  `74000000 1000 0200 01000000 00000000 00002201 03000000 01000000 00000000
   1000 0300 6d63747073657269616c3000 0800 0400 44000000 0800 3200 44000000 0800 3300 44000000
   1000 1a00 0c00 2d00 0800 0100 01000000 1000 0300 6d63747073657269616c3000`,
  '28000000 1400 0200 01000000 00000000 2d000000 03000000 0500 0200 08000000 0500 0100 08000000',
  '28000000 1400 0000 01000000 64000000 2d000000 03000000 0500 0200 08000000 0500 0100 08000000',
  `30000000 1800 0200 01000000 00000000 2d000000 fd04fd01 00000000 0500 0100 09000000 0400 0800
   0800 0400 03000000`,
  `38000000 1800 0200 01000000 00000000 2d090000 fd04fd01 00000000 0500 0100 14000000
   0c00 0800 0800 0200 44000000 0800 0400 03000000`,
  '2c000000 1c00 0200 01000000 00000000 2d000000 03000000 00000000 0500 0100 09000000 0500 0200 1d000000',
  `24000000 0200 0001 01000000 00000000 00000000 30000000 1000 0500 01000000 00000000`,
  '14000000 0300 0200 01000000 00000000 00000000',
].map((text) => Buffer.from(hex(text.replace(/\s+/g, ' ').trim())));

/** What becomes of a datagram. */
type Mutation = (datagram: Buffer) => readonly (Buffer | number)[];

const position = fc.nat(300);
const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.constant<Mutation>((datagram) => [datagram]),
  fc.constant<Mutation>(() => []),
  fc.constant<Mutation>((datagram) => [datagram, datagram]),
  position.map<Mutation>((end) => (datagram) => [datagram.subarray(0, end % (datagram.length + 1))]),
  fc.tuple(position, fc.integer({ min: 1, max: 255 })).map<Mutation>(([at, bits]) => (datagram) => {
    const changed = Buffer.from(datagram);
    if (changed.length > 0) changed[at % changed.length] = (changed[at % changed.length] ?? 0) ^ bits;
    return [changed];
  }),
  fc.uint8Array({ maxLength: 60 }).map<Mutation>((junk) => (datagram) => [Buffer.from(junk), datagram]),
  fc.constantFrom(...RECORDED).map<Mutation>((recorded) => (datagram) => [recorded, datagram]),
  fc.constantFrom(-105, -90, -5, -12).map<Mutation>((errno) => (datagram) => [errno, datagram]),
);

const mutations = fc.array(mutation, { minLength: 1, maxLength: 40 });

test('no netlink datagram throws, and what is found in it was there', () => {
  fc.assert(
    fc.property(fc.constantFrom(...RECORDED), mutations, (recorded, changes) => {
      let bytes: Buffer = recorded;
      for (const change of changes) {
        const parts = change(bytes).filter((each) => typeof each !== 'number');
        bytes = Buffer.concat(parts).subarray(0, 2000);
      }
      const { messages } = decodeNetlinkMessages(bytes);
      expect(messages.reduce((sum, { payload }) => sum + 16 + payload.length, 0)).toBeLessThanOrEqual(
        bytes.length,
      );
      for (const { payload } of messages) {
        concernedLink(payload);
        const eids = [
          decodeAddress(payload)?.eid,
          decodeNeighbour(payload)?.eid,
          decodeRoute(payload)?.first,
        ];
        expect(eids.every((eid) => eid === undefined || (eid >= 0 && eid <= 255))).toBe(true);
        expect(decodeLink(payload)?.index ?? 1).toBeGreaterThan(0);
      }
    }),
  );
});

/** Everything that is to be the same on both sides, once the kernel is heard well. */
function truth(bench: KernelBench): string[] {
  const { links, routes } = bench.kernel.state;
  return [
    ...[...links.values()].map(
      ({ index, name, up, eids }) => `${index} ${name} ${up} ${[...eids].sort((a, b) => a - b).join(' ')}`,
    ),
    ...routes.map(({ first, link, mtu }) => `${first} via ${link} mtu ${mtu}`),
  ];
}

function picture({ net }: KernelBench): string[] {
  return [
    ...net.links().map(({ index, name, up, localEids }) => `${index} ${name} ${up} ${localEids.join(' ')}`),
    ...net.routes(1).map(({ first, link, mtu }) => `${first} via ${link} mtu ${mtu}`),
  ];
}

/** What goes on meanwhile, on both sides. */
const ACTIONS: readonly ((bench: KernelBench, link: FakeLink) => unknown)[] = [
  (bench, link) => bench.kernel.set(link, { up: !link.up }),
  (bench, link) => bench.kernel.set(link, { eids: link.eids.length > 1 ? [8] : [8, 77] }),
  (bench) => bench.kernel.plug('mctpserial9'),
  (bench) => bench.kernel.overrun(),
  ({ net }) => net.addRoute({ network: 1, first: 20, extent: 0, link: 2, mtu: 68 }),
  ({ net }) => net.removeRoute({ network: 1, first: 20, extent: 0, link: 2 }),
  ({ net }) => net.addLocalEid(2, 30),
  ({ net }) => net.removeLocalEid(2, 30),
];

test('whatever becomes of its answers and events, the picture is that of the kernel after the next good dump', async () => {
  await fc.assert(
    fc.asyncProperty(
      mutations,
      fc.array(fc.constantFrom(...ACTIONS), { maxLength: 6 }),
      async (changes, actions) => {
        await using bench = await KernelBench.withSerial();
        const link = bench.kernel.state.links.get(2);
        if (link === undefined) throw new Error('no link');
        const left = [...changes];
        bench.kernel.mangle = (datagrams) => datagrams.flatMap((each) => left.shift()?.(each) ?? [each]);
        const outcomes = actions.map((action) => bench.outcome(Promise.resolve(action(bench, link))));
        for (const outcome of await Promise.all(outcomes)) expect(outcome).toMatch(/^(ok|[a-z-]+: )/);
        bench.kernel.mangle = (datagrams) => datagrams;
        bench.kernel.overrun();
        // The longest wait for an answer, and for another try.
        await bench.clock.advance(7000);
        await bench.news();
        expect(picture(bench)).toEqual(truth(bench));
      },
    ),
    { numRuns: 60 },
  );
});
