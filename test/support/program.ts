import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { eventually, within } from './within';

const DIST = join(__dirname, '..', '..', 'dist', 'src', 'cli');

export interface ProgramOptions {
  /** Added to an environment without any D-Bus variable; `undefined` takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** A command that becomes the program: `setpriv --bounding-set=-all`. */
  readonly through?: readonly string[];
  /** Close our end of its stderr at once. */
  readonly deafStderr?: boolean;
  /** Run as this user, and as the group of the same number, with no rights beyond that. */
  readonly uid?: number;
}

export interface ProgramEnd {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** One of the compiled programs, running: `await using daemon = Program.start('mctp-endpointd', [...])`. */
export class Program implements AsyncDisposable {
  /** Resolves when the process is gone and its output is complete. */
  readonly ended: Promise<ProgramEnd>;
  private out = '';
  private err = '';
  private gone = false;

  private constructor(private readonly child: ChildProcess) {
    this.collect(child.stdout, (text) => (this.out += text));
    this.collect(child.stderr, (text) => (this.err += text));
    this.ended = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (status, signal) => {
        this.gone = true;
        resolve({ status, signal, stdout: this.out, stderr: this.err });
      });
    });
  }

  static start(name: string, args: readonly string[], options: ProgramOptions = {}): Program {
    const { through = [] } = options;
    const [command, ...rest] = [...through, process.execPath];
    const child = spawn(command, [...rest, join(DIST, `${name}.js`), ...args], {
      env: { ...plainEnvironment(), MCTP_SOCKET_SUFFIX: freshSuffix(), ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
    });
    if (options.deafStderr === true) child.stderr.destroy();
    return new Program(child);
  }

  /** Starts it and waits for its end. */
  static async run(name: string, args: readonly string[], options: ProgramOptions = {}): Promise<ProgramEnd> {
    await using program = Program.start(name, args, options);
    return await within(`the end of ${name} ${args.join(' ')}`, program.ended);
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get stderr(): string {
    return this.err;
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Resolves when stderr holds the text; rejects when the process ends without it. */
  async says(text: string | RegExp): Promise<void> {
    await eventually(`${String(text)} on stderr`, () => {
      if (typeof text === 'string' ? this.err.includes(text) : text.test(this.err)) return true;
      if (this.gone) throw new Error(`ended without ${String(text)}:\n${this.err}`);
      return false;
    });
  }

  /** Asks it to stop and waits until it has. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<ProgramEnd> {
    this.kill(signal);
    return await within(`the end after ${signal}`, this.ended);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.gone) this.kill('SIGKILL');
    await this.ended;
  }

  private collect(stream: Readable | null, add: (text: string) => void): void {
    stream?.setEncoding('utf8').on('data', add);
  }
}

/** Whatever bus or supervisor the tests run under must not be felt. */
function plainEnvironment(): NodeJS.ProcessEnv {
  const hidden = /^(DBUS_|NOTIFY_SOCKET$|LISTEN_|XDG_RUNTIME_DIR$|JOURNAL_STREAM$)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !hidden.test(name)));
}

let serial = 0;

/** Tests that run at the same time do not take each other's socket names. */
function freshSuffix(): string {
  return `-test-${process.pid}-${serial++}`;
}
