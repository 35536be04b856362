import { readFileSync } from 'node:fs';
import { Iface, linkPath } from '../../src/base/bus-names';
import { encodeFrame, MAX_SENT_FRAME } from '../../src/bindings/serial/framing';
import { BusClient } from '../support/bus-client';
import { DaemonProcess, linkTable } from '../support/daemon';
import { Flooder, framesInTurn, noise } from '../support/flooder';
import { expectNothingLeft } from '../support/leftovers';
import { PrivateBus } from '../support/private-bus';
import { Simulated } from '../support/simulated';
import { within } from '../support/within';

/** One link is shouted at without a pause; the other one has to work meanwhile, and memory must not grow. */

expectNothingLeft();

const MEGABYTE = 1024 * 1024;
const FLOOD = MEGABYTE / 2;

function frame(...packet: number[]): Uint8Array {
  const into = new Uint8Array(MAX_SENT_FRAME);
  return into.slice(0, encodeFrame(Uint8Array.from(packet), into));
}

const SOURCES = Array.from({ length: 240 }, (_, index) => 10 + index);
const SOM = 0x80;
const TO_TAG_0 = 0x08;

/** Get Endpoint ID (DSP0236 §12.4) of everybody, to our EID 8; nobody reads the answers. */
const REQUESTS = SOURCES.map((source) => frame(1, 8, source, 0xc0 | TO_TAG_0, 0x00, 0x80, 0x02));
/** Beginnings of messages that never end: every source, every tag. */
const HALVES = SOURCES.flatMap((source) =>
  Array.from({ length: 8 }, (_, tag) =>
    frame(1, 8, source, SOM | TO_TAG_0 | tag, 0x05, ...new Array<number>(63).fill(source)),
  ),
);
/** Responses nobody asked for, middles of messages nobody began, packets for others, a wrong header version. */
const STRAY = SOURCES.flatMap((source) => [
  frame(1, 8, source, 0xc0, 0x00, 0x00, 0x02, 0x00, source, 0x00, 0x00),
  frame(1, 8, source, 0x10, 1, 2, 3),
  frame(1, 99, source, 0xc8, 0x00, 0x80, 0x02),
  frame(2, 8, source, 0xc8, 0x00, 0x80, 0x02),
]);

const residentBytes = (pid: number): number =>
  1024 * Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);

type Counters = Readonly<Record<string, bigint>>;

async function countersOf(client: BusClient, link: string): Promise<Counters> {
  const [counters] = await client.call(linkPath(link), Iface.ownLink, 'GetCounters');
  return counters as Counters;
}

test.each([
  ['noise', noise(1), ['FrameNoise']],
  ['requests without end', framesInTurn(REQUESTS), ['TransmitQueueFull']],
  ['half-open assemblies', framesInTurn(HALVES), ['AssemblyRestarted']],
  [
    'stray packets',
    framesInTurn(STRAY),
    ['UnexpectedResponse', 'UnexpectedMiddleOrEnd', 'NotForUs', 'BadHeaderVersion'],
  ],
] as const)(
  'D-7 D-12 R-CONS-8 %s at full speed on one link: another link is served, junk is counted, memory stays',
  async (_what, next, reasons) => {
    await using bus = await PrivateBus.start();
    using flooder = new Flooder(next);
    const device = { address: 0x20, count: 20, latency_ms: 2, types: [0, 4] };
    await using devices = await Simulated.start([{ name: 'bus0', kind: 'sim', device: [device] }]);
    const configuration = [
      'state = false',
      linkTable('loud', { binding: 'serial', path: flooder.path, discover: 'off' }),
      linkTable('bus0', { binding: 'sim', socket: devices.bus('bus0').reach, discover: 'off' }),
    ];
    await using daemon = await DaemonProcess.start(bus, configuration.join('\n'));
    await using client = await BusClient.connect(bus);

    const setUp = (address: number): Promise<string> =>
      client.refusal(linkPath('bus0'), Iface.busOwner, 'SetupEndpoint', 'ay', Buffer.from([address]));
    const during = async (first: number): Promise<void> => {
      const flood = flooder.flood(FLOOD);
      for (let address = first; address < first + 10; address++) {
        expect(await setUp(address)).toMatch(/^no error but \[\d+,1,".*",true\]$/);
      }
      await within('the end of the flood', flood, 20_000);
    };
    await during(0x20);
    const before = residentBytes(daemon.program.pid);
    await during(0x2a);
    expect(residentBytes(daemon.program.pid) - before).toBeLessThan(24 * MEGABYTE);

    const counters = await countersOf(client, 'loud');
    for (const reason of reasons)
      expect({ reason, count: counters[reason] }).not.toEqual({ reason, count: 0n });
    const quiet = await countersOf(client, 'bus0');
    // On a busy machine an answer may come after its retry went out; the second one is then unexpected.
    const late = quiet['UnexpectedResponse'] ?? 0n;
    expect({ rx: quiet['RxErrors'], tx: quiet['TxErrors'] }).toEqual({ rx: late, tx: 0n });
    expect(await client.eids()).toHaveLength(21);
    // Junk is counted, not told (D-17): of that link there is the one line about its port.
    const lines = daemon.program.stderr.split('\n');
    expect(lines.filter((line) => line.includes('loud'))).toHaveLength(1);
    expect(daemon.program.stderr).not.toMatch(/<[34]>/);
    expect(await daemon.program.stop()).toMatchObject({ status: 0 });
  },
);
