import { Iface, linkPath } from '../../src/base/bus-names';
import { toHex } from '../../src/base/bytes';
import { seededRandom } from '../../src/base/random';
import type { Random } from '../../src/base/random';
import { BusClient } from '../support/bus-client';
import { linkTable, VirtualDaemon } from '../support/daemon';
import { expectNothingLeft } from '../support/leftovers';
import { PrivateBus } from '../support/private-bus';

/** A device that shouts at us on the very link on which others are set up. Time is virtual: it measures waiting, not work. */

const DEVICES = 20;
/** Packets in each millisecond: ten times what a bus of this width carries at 1 Mbit/s. */
const SHOUTS = 100;
const LATENCY_MS = 5;
const SOURCES = 200;

let bus: PrivateBus;

expectNothingLeft(() => bus.stop());

beforeAll(async () => {
  bus = await PrivateBus.start();
});

const packet = (...bytes: readonly number[]): string => toHex(Uint8Array.from(bytes));
/** Whoever it says it is, one after the other, the EIDs of the others among them. */
const source = (at: number): number => 9 + (at % SOURCES);
/** It takes whatever is asked of another one for itself: every tag and instance ID that may be in use. */
const tag = (at: number): number => at % 8;
const instance = (at: number): number => (at >> 3) % 32;

const FLOODS: Readonly<Record<string, (at: number) => string>> = {
  garbage: noise(seededRandom(1)),
  'unsolicited requests': (at) => packet(1, 8, source(at), 0xc8 | tag(at), 0, 0x80 | instance(at), 2),
  'unsolicited responses': (at) =>
    packet(1, 8, source(at), 0xc0 | tag(at), 0, instance(at), at % 7, 0, 0x66, 0x10, 0),
  'messages that never end': (at) =>
    packet(
      1,
      8,
      source(at),
      (at & 1 ? 0x80 : ((at >> 1) & 3) << 4) | 8 | tag(at),
      ...Array<number>(64).fill(5),
    ),
};

/** Any bytes, half of them behind a header that is in order. */
function noise(random: Random): (at: number) => string {
  const any = (length: number): number[] => Array.from({ length }, () => Math.floor(random.next() * 256));
  return (at) => packet(...(at & 1 ? [1, 8] : []), ...any(Math.floor(random.next() * 68)));
}

/** @returns virtual milliseconds until all but the flooder were published, and what was dropped on the link */
async function setUp(shout: ((at: number) => string) | undefined) {
  const devices = Array.from({ length: DEVICES }, (_, at) => 0x20 + at);
  const listed = devices.map((address) => `[[link.endpoint]]\naddress = [${address}]\n`);
  await using daemon = await VirtualDaemon.start(bus, {
    configuration: `state = false\n${linkTable('bus0', { binding: 'loopback' })}${listed.join('')}`,
    buses: [
      { name: 'bus0', kind: 'loopback', device: [{ address: 0x20, count: DEVICES, latency_ms: LATENCY_MS }] },
    ],
  });
  await using client = await BusClient.connect(bus);
  await using flooder = await daemon.attach('bus0', 0x80);
  const published = (): number =>
    daemon.log.filter(([, message, fields]) => message === 'endpoint published' && fields.local !== true)
      .length;
  const began = daemon.clock.now();
  let at = 0;
  while (published() < DEVICES && daemon.clock.now() - began < 60_000) {
    if (shout !== undefined) {
      await flooder.say(...Array.from({ length: SHOUTS }, () => shout(at++)));
    }
    await daemon.clock.advance(1);
  }
  const took = daemon.clock.now() - began;
  const [counters] = await client.call(linkPath('bus0'), Iface.ownLink, 'GetCounters');
  expect(daemon.log.filter(([level]) => level === 'error' || level === 'warn')).toEqual([]);
  return { took, counters: counters as Readonly<Record<string, bigint>>, shouts: at };
}

test.each([
  ['garbage', ['BadHeaderVersion', 'NotForUs']],
  ['unsolicited requests', []],
  ['unsolicited responses', ['UnexpectedResponse']],
  ['messages that never end', ['AssemblyRestarted', 'NoReassemblyContext', 'UnexpectedMiddleOrEnd']],
] as const)(
  'D-7 D-12 %s from one device of a link: the others are set up in the time it takes without',
  async (name, reasons) => {
    const quiet = await setUp(undefined);
    const loud = await setUp(FLOODS[name]);
    expect(loud.shouts).toBeGreaterThanOrEqual(20 * SHOUTS);
    expect(loud.took).toBeLessThanOrEqual(1.1 * quiet.took);
    for (const reason of reasons) expect(loud.counters[reason]).toBeGreaterThan(0n);
  },
);
