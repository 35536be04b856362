import { run } from '../../src/cli/verbs/program';
import type { CliIo } from '../../src/cli/verbs/context';
import { TestClock } from '../support/test-clock';
import { KernelAdmin } from '../../src/kernel/admin';
import { FakeKernel, type FakeKernelOptions } from '../support/fake-kernel/fake-kernel';
import { FakeTtys, type TtyRights } from '../support/fake-kernel/ttys';
import { FakeBus } from '../scan/fake-bus';
import { recordedObjects } from '../scan/recorded';
import { Emitter } from '../../src/base/events';
import { seededRandom } from '../../src/base/random';

export interface CliRun {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** The program with everything outside of it in the hands of the test. */
export class CliHarness {
  readonly clock = new TestClock();
  private readonly random = seededRandom(1);
  readonly addresses: string[] = [];
  readonly interrupts = new Emitter<undefined>();
  out = '';
  err = '';
  isTerminal = false;
  env: Record<string, string> = {};
  /** Set: the bus cannot be reached. */
  connectError: Error | undefined;

  /** Without MCTP, unless {@link useKernel} says otherwise. */
  kernel = new FakeKernel({ clock: this.clock, hasMctp: false });
  ttys = new FakeTtys(this.kernel);

  openKernel = (): KernelAdmin | undefined => KernelAdmin.open(this.ttys.ops, this.clock, this.random);

  constructor(readonly bus = new FakeBus(recordedObjects())) {}

  useKernel(options: Partial<FakeKernelOptions> = {}, rights: TtyRights = {}): FakeKernel {
    this.kernel = new FakeKernel({ clock: this.clock, ...options });
    this.ttys = new FakeTtys(this.kernel, rights);
    return this.kernel;
  }

  async run(...argv: string[]): Promise<CliRun> {
    this.out = '';
    this.err = '';
    const code = await run(argv, this.io());
    return { code, out: this.out, err: this.err };
  }

  io(): CliIo {
    return {
      stdout: {
        isTerminal: this.isTerminal,
        write: (text) => {
          this.out += text;
        },
      },
      stderr: {
        isTerminal: this.isTerminal,
        write: (text) => {
          this.err += text;
        },
      },
      env: this.env,
      clock: this.clock,
      version: '1.2.3',
      busAddress: ({ session, address }) => address ?? (session ? 'unix:path=/session' : 'unix:path=/system'),
      connect: (address) => {
        this.addresses.push(address);
        return this.connectError === undefined
          ? Promise.resolve(this.bus)
          : Promise.reject(this.connectError);
      },
      openKernel: () => this.openKernel(),
      onInterrupt: (listener) => this.interrupts.on(listener),
    };
  }
}

/** Lines without the last newline. */
export function lines(text: string): string[] {
  return text.replace(/\n$/, '').split('\n');
}
