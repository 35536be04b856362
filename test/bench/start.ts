import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SERVICE_NAME } from '../../src/base/bus-names';
import { connectBus, type BusConnection } from '../../src/bus/connection';
import { loadNative } from '../../src/os/native-module';
import { openPty } from '../../src/os/pty';
import { PrivateBus } from '../support/private-bus';
import { within } from './deadline';
import type { BenchFigure } from './figure';
import { Program } from './process-tools';
import { median, round } from './statistics';

const RUNS = 9;
const PROGRAM = join(__dirname, '../../src/cli/mctp-endpointd.js');

/** The program, from the moment it is spawned until the bus tells that it owns its name; one serial link. */
export async function benchStart(): Promise<BenchFigure[]> {
  const folder = mkdtempSync(join(tmpdir(), `mctp-bench-${process.pid}-`));
  const pty = openPty({ ops: loadNative() });
  await using bus = await PrivateBus.start();
  const connection = await connectBus(bus.socketAddress);
  try {
    const file = join(folder, 'mctp-endpointd.toml');
    writeFileSync(
      file,
      `[[link]]\nname = "serial0"\nbinding = "serial"\npath = "${pty.slavePath}"\neid = 8\n`,
    );
    const [ours, bare]: [number[], number[]] = [[], []];
    for (let i = 0; i < RUNS; i++) {
      ours.push(await untilNameOwned(connection, file, bus.address));
      bare.push(await untilEnded(['-e', '0']));
    }
    const name = 'daemon start until the bus name is owned, one serial link';
    return [{ name, value: round(median(ours)), unit: 'ms', baseline: round(median(bare)), goal: '<= 350' }];
  } finally {
    connection.close();
    pty.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function untilNameOwned(connection: BusConnection, file: string, address: string): Promise<number> {
  let owned = (): void => undefined;
  const isOwned = new Promise<void>((resolve) => {
    owned = resolve;
  });
  const match = { sender: 'org.freedesktop.DBus', member: 'NameOwnerChanged', arg0: SERVICE_NAME };
  const subscription = await connection.onSignal(match, ({ body }) => {
    if (body[2] !== '') owned();
  });
  const began = performance.now();
  await using daemon = Program.start([PROGRAM, '-c', file], { DBUS_SYSTEM_BUS_ADDRESS: address });
  try {
    await within(10_000, 'start of the daemon', Promise.race([isOwned, endedEarly(daemon)]));
    return performance.now() - began;
  } finally {
    subscription.unsubscribe();
  }
}

async function endedEarly(daemon: Program): Promise<never> {
  await daemon.ended();
  throw new Error('the daemon ended before it owned its name; BENCH_VERBOSE=1 shows why');
}

async function untilEnded(args: readonly string[]): Promise<number> {
  const began = performance.now();
  await using node = Program.start(args);
  await within(10_000, 'a bare node', node.ended());
  return performance.now() - began;
}
