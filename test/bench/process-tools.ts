import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { within } from './deadline';

/** A child process that is not left behind: `await using program = Program.start(...)`. */
export class Program {
  private constructor(readonly child: ChildProcess) {}

  /** Runs a script with this Node; its output is dropped, but for errors when `BENCH_VERBOSE` is set. */
  static start(args: readonly string[], env: Readonly<Record<string, string>> = {}): Program {
    const stderr = process.env['BENCH_VERBOSE'] === undefined ? 'ignore' : 'inherit';
    return new Program(
      spawn(process.execPath, args, {
        stdio: ['ignore', 'ignore', stderr],
        env: { ...process.env, ...env },
      }),
    );
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Resolves when it has ended. */
  ended(): Promise<void> {
    if (!this.running) return Promise.resolve();
    return new Promise((resolve) => this.child.once('exit', () => resolve()));
  }

  /** SIGTERM, and SIGKILL for one that takes no notice. */
  async stop(): Promise<void> {
    await endChild(this.child);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

export async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  try {
    await within(3000, 'end of a child process', gone);
  } catch {
    // The bench must not leave it behind, whatever is wrong with it.
    child.kill('SIGKILL');
    await gone;
  }
}

/** Resident memory in MiB. */
export function residentMib(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}
