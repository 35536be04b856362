#!/usr/bin/env node
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { reachableAddress } from '../bus/address';
import { connectBus, type BusConnection } from '../bus/connection';
import { systemClock } from '../base/clock';
import { SERVICE_NAME, linkPath } from '../base/bus-names';
import { describeError } from '../base/errors';
import { packageRoot } from '../files/package-root';
import { scan } from '../scan/scan';
import type { Simulation } from '../sim/simulation';
import { DemoProcess, daemonEnvironment, runProgram, startBus } from './demo-processes';
import { linkSnippets, readScenario, startSimulation } from './verbs/sim';

/** How long the slowest part, discovery with a late starter and a dead device in it, may take. */
const PATIENCE_MS = 30_000;
const POLL_MS = 100;
/** The quickest there is: what sits behind the bridge is the last to be found. */
const BRIDGE_POLL_MS = 2500;

/**
 * The whole product on one machine without any hardware: simulated devices on pseudo terminals and on a socket bus, a
 * private message bus, the daemon as it would be installed, and the command line client looking at it.
 */
class Demo {
  private readonly folder = mkdtempSync(join(tmpdir(), `mctp-demo-${process.pid}-`));
  private readonly processes: DemoProcess[] = [];
  private simulation: Simulation | undefined;
  private connection: BusConnection | undefined;
  private address = '';

  /** Resolves when every device that can be found is found. */
  async start(): Promise<void> {
    const bus = startBus(this.folder);
    this.processes.push(bus.process);
    this.address = bus.address;
    this.simulation = await startSimulation(readScenario(join(packageRoot(), 'config', 'sim-demo.toml')), {
      clock: systemClock,
    });
    const configuration = join(this.folder, 'mctp-endpointd.toml');
    const settings = ['state = false', '[bus-owner]', `endpoint_poll_ms = ${BRIDGE_POLL_MS}`];
    writeFileSync(configuration, [...settings, ...linkSnippets(this.simulation.buses)].join('\n'));
    const connection = await this.retry('the message bus', () => connectBus(reachableAddress(this.address)));
    this.connection = connection;
    const daemon = DemoProcess.start(
      'mctp-endpointd',
      [process.execPath, join(__dirname, 'mctp-endpointd.js'), '-c', configuration],
      { folder: this.folder, env: daemonEnvironment(this.address) },
    );
    this.processes.push(daemon);
    await Promise.race([this.discovered(connection), daemon.unexpectedEnd()]);
  }

  async show(): Promise<void> {
    say('\nWhat the daemon publishes (mctpctl tree):\n');
    await this.mctpctl('tree');
    say('\nThe NVMe-MI endpoints (mctpctl scan --type nvme-mi):\n');
    await this.mctpctl('scan', '--type', 'nvme-mi');
    say('\nThe health of the drives (mctpctl nvme list):\n');
    await this.mctpctl('nvme', 'list');
  }

  /** Lines to paste into another terminal. */
  advise(): void {
    const busctl = `busctl --address=${this.address}`;
    const serial = this.simulation?.buses.find((bus) => bus.kind === 'pty')?.name ?? 'serial0';
    const link = linkPath(serial);
    say(`
It stays up until Ctrl-C. In another terminal:

  ${busctl} tree ${SERVICE_NAME}
  ${busctl} introspect ${SERVICE_NAME} ${link}
  ${busctl} call ${SERVICE_NAME} ${link} au.com.codeconstruct.MCTP.BusOwner1 SetupEndpoint ay 0
  node ${join(__dirname, 'mctpctl.js')} --address ${this.address} list
  tail -f ${join(this.folder, 'mctp-endpointd.log')}
`);
  }

  async stop(): Promise<void> {
    this.connection?.close();
    // The daemon before the bus it says good-bye on.
    for (const each of [...this.processes].reverse()) await each.stop();
    await this.simulation?.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async mctpctl(...args: string[]): Promise<void> {
    const status = await runProgram(join(__dirname, 'mctpctl.js'), ['--address', this.address, ...args]);
    if (status !== 0) throw new Error(`mctpctl ${args.join(' ')} ended with status ${status}`);
  }

  private async discovered(connection: BusConnection): Promise<void> {
    const onBuses = (this.simulation?.buses ?? []).flatMap((bus) => bus.devices);
    const devices = onBuses.flatMap(({ profile }) => [profile, ...profile.downstream]);
    const expected = devices.filter(({ silent }) => !silent).length;
    await this.retry(`${expected} endpoints`, async () => {
      const found = await scan({ bus: connection });
      if (found.length < expected) throw new Error(`${found.length} of ${expected} endpoints so far`);
    });
    say(`Found ${expected} of ${devices.length} devices; the others are dead on purpose.`);
  }

  private async retry<T>(what: string, attempt: () => Promise<T>): Promise<T> {
    const deadline = systemClock.now() + PATIENCE_MS;
    for (;;) {
      try {
        return await attempt();
      } catch (cause) {
        if (systemClock.now() >= deadline) throw new Error(`waited in vain for ${what}`, { cause });
        await systemClock.sleep(POLL_MS);
      }
    }
  }
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

async function main(argv: string[]): Promise<number> {
  const { values } = parseArgs({ args: argv, options: { keep: { type: 'boolean', default: false } } });
  // For good: npm hands Ctrl-C on to us, who had it from the terminal already, and the clean-up must survive that.
  const interrupted = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve());
  });
  const demo = new Demo();
  try {
    const shown = demo.start().then(() => demo.show());
    const isShown = await Promise.race([shown.then(() => true), interrupted.then(() => false)]);
    if (isShown && values.keep) {
      demo.advise();
      await interrupted;
    }
    return 0;
  } finally {
    await demo.stop();
  }
}

main(process.argv.slice(2)).then(
  (status) => process.exit(status),
  (error: unknown) => {
    process.stderr.write(`demo: ${describeError(error)}\n`);
    process.exit(1);
  },
);
