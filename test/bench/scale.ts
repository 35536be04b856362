import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT_PATH, SERVICE_NAME, Iface } from '../../src/base/bus-names';
import { connectBus } from '../../src/bus/connection';
import { PrivateBus } from '../support/private-bus';
import { pause, until } from './deadline';
import type { BenchFigure } from './figure';
import { Helper } from './helper';
import { marshalWithLibrary } from './library-marshaller';
import { Program } from './process-tools';
import type { ScaleOptions } from './scale-host';
import { simConfiguration, simScenario } from './sim-link';
import { median, round } from './statistics';

/** Many networks in one daemon: what must stay small when everything is large. */

const NETWORKS = 16;
const DEVICES = 200;
const ALL = NETWORKS * DEVICES;
const SETUP_MS = 50_000;
const IDLE_MS = 3000;
const ROUNDS = 5;
const CLI = join(__dirname, '../../src/cli');

export async function benchScale(): Promise<BenchFigure[]> {
  const folder = mkdtempSync(join(tmpdir(), `mctp-bench-${process.pid}-`));
  try {
    const links = Array.from({ length: NETWORKS }, (_, at) => ({
      name: `bus${at}`,
      network: at + 1,
      socket: join(folder, `bus${at}.socket`),
      devices: DEVICES,
    }));
    const scenario = join(folder, 'scenario.toml');
    const config = join(folder, 'mctp-endpointd.toml');
    writeFileSync(scenario, links.map(simScenario).join(''));
    writeFileSync(config, links.map(simConfiguration).join(''));
    await using bus = await PrivateBus.start();
    await using simulator = Program.start([join(CLI, 'mctpctl.js'), 'sim', scenario]);
    const isThere = (): boolean => links.every(({ socket }) => existsSync(socket));
    await until(10_000, 'the simulator', () => isThere() && simulator.running);
    await using host = Helper.start('scale-host');
    return await measure(host, { busAddress: bus.socketAddress, config, stateDirectory: folder });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(host: Helper, options: ScaleOptions): Promise<BenchFigure[]> {
  const longest = async (action: () => Promise<unknown>): Promise<number> => {
    await host.call('watchLoop');
    await action();
    return (await host.call('longestBlockMs')) as number;
  };
  const bareMib = (await host.call('residentMib')) as number;
  const idleMs = await longest(() => pause(1000));
  const began = performance.now();
  await host.call('start', options);
  const settingUp = await longest(() => allPublished(host));
  const setUpMs = performance.now() - began;
  await pause(IDLE_MS);
  const resident = (await host.call('residentMib')) as number;
  const reading = await read(host, options.busAddress, longest);
  const leaving = await longest(async () => {
    await host.call('removeLink', { name: 'bus0' });
    await pause(500);
  });
  const name = `${NETWORKS} networks of ${DEVICES} endpoints`;
  const block = (value: number) => ({ value: round(value), unit: 'ms', baseline: round(idleMs) });
  return [
    { name: `${name}: all published`, value: round(setUpMs), unit: 'ms' },
    { name: `${name}: resident memory`, value: round(resident), unit: 'MiB', baseline: round(bareMib) },
    { name: `${name}: longest block while they are set up`, ...block(settingUp) },
    ...[
      { name: `${name}: GetManagedObjects, processor time inside the daemon`, ...reading.inside },
      { name: `${name}: longest block while it is answered`, ...block(reading.block), goal: '<= 10' },
      { name: `${name}: longest block while a link goes with its network`, ...block(leaving) },
    ],
  ];
}

async function allPublished(host: Helper): Promise<void> {
  const end = performance.now() + SETUP_MS;
  for (;;) {
    const published = (await host.call('published')) as number;
    if (published === ALL) return;
    if (performance.now() > end) throw new Error(`${published} of ${ALL} published within ${SETUP_MS} ms`);
    await pause(20);
  }
}

/** Another process asks, this one: reading the reply does not count. */
async function read(
  host: Helper,
  busAddress: string,
  longest: (action: () => Promise<unknown>) => Promise<number>,
): Promise<{ readonly block: number; readonly inside: Pick<BenchFigure, 'value' | 'unit' | 'baseline'> }> {
  const client = await connectBus(busAddress);
  const call = {
    ...{ destination: SERVICE_NAME, path: ROOT_PATH },
    ...{ iface: Iface.objectManager, member: 'GetManagedObjects' },
  };
  const [objects] = await client.call(call);
  const blocks: number[] = [];
  const before = (await host.call('cpuMs')) as number;
  for (let i = 0; i < ROUNDS; i++) blocks.push(await longest(() => client.call(call)));
  const spent = ((await host.call('cpuMs')) as number) - before;
  client.close();
  const baseline = round(marshalWithLibrary(objects));
  return { block: median(blocks), inside: { value: round(spent / ROUNDS), unit: 'ms', baseline } };
}
