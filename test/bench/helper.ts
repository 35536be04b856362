import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { within } from './deadline';
import { endChild } from './process-tools';

interface Request {
  readonly id: number;
  readonly command: string;
  readonly argument: unknown;
}

interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}

/** Longest time any command of a helper may take, in milliseconds. */
const PATIENCE_MS = 15_000;

/**
 * A part of the bench that runs in a process of its own, so that its work does not count as somebody else's: takes
 * commands over Node's channel, answers each.
 */
export class Helper {
  private readonly waiting = new Map<number, (answer: Answer) => void>();
  private id = 0;

  private constructor(
    private readonly name: string,
    private readonly child: ChildProcess,
  ) {
    child.on('message', (message) => {
      const answer = message as Answer;
      this.waiting.get(answer.id)?.(answer);
      this.waiting.delete(answer.id);
    });
    child.on('exit', (status) => this.ended(status));
  }

  /** @param name module of this folder that calls {@link serveCommands} */
  static start(name: string): Helper {
    const stderr = process.env['BENCH_VERBOSE'] === undefined ? 'ignore' : 'inherit';
    return new Helper(name, fork(join(__dirname, name), { stdio: ['ignore', 'ignore', stderr, 'ipc'] }));
  }

  /** @throws Error what the command threw, or that the helper ended or took too long */
  async call(command: string, argument: unknown = {}): Promise<unknown> {
    const id = this.id++;
    const answered = new Promise<Answer>((resolve) => this.waiting.set(id, resolve));
    this.child.send({ id, command, argument } satisfies Request);
    const { error, result } = await within(PATIENCE_MS, `${this.name} ${command}`, answered);
    if (error !== undefined) throw new Error(`${this.name} ${command}: ${error}`);
    return result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await endChild(this.child);
  }

  private ended(status: number | null): void {
    for (const [id, resolve] of this.waiting) {
      resolve({ id, error: `ended with status ${String(status)}; BENCH_VERBOSE=1 shows why` });
    }
    this.waiting.clear();
  }
}

type Commands = Readonly<Record<string, (argument: never) => Promise<unknown>>>;

/** The other side: what the helper can do. It ends when its parent does. */
export function serveCommands(commands: Commands): void {
  process.on('message', (message) => {
    const { id, command, argument } = message as Request;
    const run = commands[command];
    const result = run === undefined ? Promise.reject(new Error('unknown')) : run(argument as never);
    result.then(
      (value) => process.send?.({ id, result: value } satisfies Answer),
      (error: unknown) => process.send?.({ id, error: String(error) } satisfies Answer),
    );
  });
  process.on('disconnect', () => process.exit(0));
}
