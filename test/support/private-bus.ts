import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { busConfiguration } from '../../src/cli/demo-processes';

/** Tests connect many clients and send much at once. */
const LIMITS = [
  '<limit name="max_completed_connections">200</limit>',
  '<limit name="max_incomplete_connections">20</limit>',
  '<limit name="max_message_size">134217728</limit>',
];

export interface BusctlResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * A real dbus-daemon of our own: nothing of the machine's buses is touched, and nothing is left behind.
 * `await using bus = await PrivateBus.start()`, or `stop()` by hand.
 */
export class PrivateBus {
  private constructor(
    private readonly folder: string,
    private readonly daemon: ChildProcess,
  ) {}

  /** @param policy a bus configuration file whose rules come after "everything is allowed" */
  static async start(policy?: string): Promise<PrivateBus> {
    const folder = mkdtempSync(join(tmpdir(), `mctp-bus-${process.pid}-`));
    const configuration = join(folder, 'bus.conf');
    const included = policy === undefined ? [] : ['<include>policy.conf</include>'];
    if (policy !== undefined) writeFileSync(join(folder, 'policy.conf'), policy);
    writeFileSync(configuration, busConfiguration(join(folder, 'socket'), [...included, ...LIMITS]));
    const daemon = spawn('dbus-daemon', ['--nofork', '--print-address', `--config-file=${configuration}`], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const bus = new PrivateBus(folder, daemon);
    try {
      await firstOutput(daemon);
    } catch (error) {
      await bus.stop();
      throw error;
    }
    return bus;
  }

  /** As an environment variable gives it: `unix:path=...`. */
  get address(): string {
    return `unix:path=${join(this.folder, 'socket')}`;
  }

  /** As `connectBus` takes it. */
  get socketAddress(): string {
    return `unix:socket=${join(this.folder, 'socket')}`;
  }

  get pid(): number {
    return this.daemon.pid ?? 0;
  }

  /** Runs the real busctl on this bus. */
  busctl(...args: string[]): Promise<BusctlResult> {
    return new Promise((resolve) => {
      const all = [`--address=${this.address}`, '--no-pager', ...args];
      const env = { ...process.env, LC_ALL: 'C.UTF-8', SYSTEMD_COLORS: '0', COLUMNS: '1000' };
      execFile('busctl', all, { env, maxBuffer: 2 ** 28 }, (error, stdout, stderr) => {
        const status = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
        resolve({ status, stdout, stderr });
      });
    });
  }

  async stop(): Promise<void> {
    const { daemon } = this;
    if (daemon.exitCode === null && daemon.signalCode === null && daemon.pid !== undefined) {
      const gone = new Promise((resolve) => daemon.once('exit', resolve));
      daemon.kill('SIGKILL');
      await gone;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

/** The address line: from then on the daemon takes connections. What it complains about is shown only if it ends. */
function firstOutput(daemon: ChildProcess): Promise<void> {
  const complaints: string[] = [];
  daemon.stderr?.on('data', (chunk: Buffer) => complaints.push(chunk.toString()));
  return new Promise((resolve, reject) => {
    daemon.once('error', reject);
    daemon.once('exit', (status) => {
      reject(new Error(`dbus-daemon ended with ${String(status)}: ${complaints.join('')}`));
    });
    daemon.stdout?.once('data', () => resolve());
  });
}
