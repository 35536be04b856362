import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeError } from '../base/errors';

/** A bus of one's own: everybody on this machine's account may do everything. @param more further elements */
export function busConfiguration(socket: string, more: readonly string[] = []): string {
  return `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path=${socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
${more.map((each) => `  ${each}\n`).join('')}</busconfig>
`;
}

/** A process of the demo; its output goes to a file, which is shown when it ends by itself. */
export class DemoProcess {
  private readonly ended: Promise<string>;

  private constructor(
    readonly name: string,
    private readonly child: ChildProcess,
    private readonly logFile: string,
  ) {
    this.ended = new Promise((resolve) => {
      child.once('error', (error) => resolve(describeError(error)));
      child.once('exit', (code, signal) => resolve(signal === null ? `exit status ${code ?? '?'}` : signal));
    });
  }

  static start(
    name: string,
    argv: readonly string[],
    options: { folder: string; env: NodeJS.ProcessEnv },
  ): DemoProcess {
    const [command = '', ...args] = argv;
    const logFile = join(options.folder, `${name}.log`);
    const log = openSync(logFile, 'a');
    try {
      const child = spawn(command, args, { env: options.env, stdio: ['ignore', log, log] });
      return new DemoProcess(name, child, logFile);
    } finally {
      closeSync(log);
    }
  }

  /** Rejects when the process ends before it was asked to, with what it last said. */
  async unexpectedEnd(): Promise<never> {
    const how = await this.ended;
    const last = readFileSync(this.logFile, 'utf8').trimEnd().split('\n').slice(-10).join('\n');
    throw new Error(`${this.name} ended (${how}):\n${last}`);
  }

  async stop(): Promise<void> {
    this.child.kill('SIGTERM');
    await this.ended;
  }
}

/** @returns the process and the address to give to clients */
export function startBus(folder: string): { readonly process: DemoProcess; readonly address: string } {
  const socket = join(folder, 'bus');
  const configuration = join(folder, 'bus.conf');
  writeFileSync(configuration, busConfiguration(socket));
  const argv = ['dbus-daemon', '--nofork', `--config-file=${configuration}`];
  return {
    process: DemoProcess.start('dbus-daemon', argv, { folder, env: process.env }),
    address: `unix:path=${socket}`,
  };
}

/** Socket names are those of the whole machine: the demo gets along with an installed daemon, and with another demo. */
export function daemonEnvironment(address: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    DBUS_SYSTEM_BUS_ADDRESS: address,
    MCTP_SOCKET_SUFFIX: `-demo-${process.pid}`,
  };
}

/** One of our own programs, with its output where the demo's goes. Resolves to its exit status. */
export function runProgram(script: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'inherit', 'inherit'] });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
