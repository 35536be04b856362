import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Iface, ROOT_PATH, SERVICE_NAME } from '../../src/base/bus-names';
import { connectBus } from '../../src/bus/connection';
import { PrivateBus } from '../support/private-bus';
import { pause, until } from './deadline';
import type { BenchFigure } from './figure';
import { Program, residentMib } from './process-tools';
import { simConfiguration, simScenario } from './sim-link';
import { round } from './statistics';

const DEVICES = 200;
const IDLE_MS = 5000;
/** MiB: loading the program makes V8 grow the space of young objects to 3 x 16 MiB, which it then keeps. */
const SMALL_NURSERY = '--max-semi-space-size=4';
const CLI = join(__dirname, '../../src/cli');

/** The program with many devices that another process simulates, found without a call; when it has come to rest. */
export async function benchMemory(): Promise<BenchFigure[]> {
  const folder = mkdtempSync(join(tmpdir(), `mctp-bench-${process.pid}-`));
  try {
    const socket = join(folder, 'bus0.socket');
    const scenario = join(folder, 'scenario.toml');
    const config = join(folder, 'mctp-endpointd.toml');
    const link = { name: 'bus0', socket, network: 1, devices: DEVICES };
    writeFileSync(scenario, simScenario(link));
    writeFileSync(config, simConfiguration(link));
    await using simulator = Program.start([join(CLI, 'mctpctl.js'), 'sim', scenario]);
    await until(10_000, 'the simulator', () => existsSync(socket) && simulator.running);
    const name = `resident memory with ${DEVICES} endpoints`;
    const rest = { unit: 'MiB', baseline: round(await residentOfBareNode()), goal: '<= 95' };
    const value = round(await residentAfterDiscovery(config));
    const small = round(await residentAfterDiscovery(config, { NODE_OPTIONS: SMALL_NURSERY }));
    return [
      { name, value, ...rest },
      { name: `${name}, NODE_OPTIONS=${SMALL_NURSERY}`, value: small, ...rest },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function residentAfterDiscovery(
  config: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<number> {
  await using bus = await PrivateBus.start();
  const connection = await connectBus(bus.socketAddress);
  try {
    const seen = { endpoints: 0 };
    const match = {
      sender: SERVICE_NAME,
      path: ROOT_PATH,
      iface: Iface.objectManager,
      member: 'InterfacesAdded',
    };
    await connection.onSignal(match, ({ body }) => {
      if (/\/endpoints\/\d+$/.test(String(body[0]))) seen.endpoints++;
    });
    const env = { ...environment, DBUS_SYSTEM_BUS_ADDRESS: bus.address };
    await using daemon = Program.start([join(CLI, 'mctp-endpointd.js'), '-c', config], env);
    // Those found, not our own: that one is published before anybody can hear of it under the bus name.
    await until(20_000, `discovery of ${DEVICES} devices`, () => seen.endpoints >= DEVICES);
    await pause(IDLE_MS);
    return residentMib(daemon.pid);
  } finally {
    connection.close();
  }
}

async function residentOfBareNode(): Promise<number> {
  await using node = Program.start(['-e', 'setInterval(() => undefined, 1000)']);
  await pause(1000);
  return residentMib(node.pid);
}
