import { Iface, SERVICE_NAME, endpointPath } from '../../src/base/bus-names';
import { connectBus, type BusConnection } from '../../src/bus/connection';
import { serveCommands } from './helper';

/** The client that reads a property all the time, and notes how long each answer took. */

const EVERY_MS = 2;

let connection: BusConnection | undefined;
let samples: number[] = [];
let open: Promise<void>[] = [];
let timer: NodeJS.Timeout | undefined;

async function connect({ busAddress }: { readonly busAddress: string }): Promise<void> {
  connection = await connectBus(busAddress);
}

/** On a schedule, not after the last answer: a stall then costs as many samples as it lasts. */
function begin(): Promise<void> {
  samples = [];
  open = [];
  timer = setInterval(() => open.push(get()), EVERY_MS);
  return Promise.resolve();
}

async function get(): Promise<void> {
  const sent = performance.now();
  await connection?.call({
    destination: SERVICE_NAME,
    path: endpointPath(1, 8),
    iface: Iface.properties,
    member: 'Get',
    signature: 'ss',
    body: [Iface.endpoint, 'EID'],
  });
  samples.push(performance.now() - sent);
}

/** Milliseconds of every answer since `begin`. */
async function end(): Promise<readonly number[]> {
  clearInterval(timer);
  await Promise.all(open);
  return samples;
}

serveCommands({ connect, begin, end });
