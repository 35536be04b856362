import type { Command } from 'commander';
import type { Clock } from '../../base/clock';
import type { Subscription } from '../../base/events';
import type { KernelAdmin } from '../../kernel/admin';
import type { BusCaller } from '../../scan/bus-caller';
import type { MakeVariant, Manager } from '../../scan/manager';
import type { Inventory } from '../../scan/records';
import type { Printer } from '../output/printer';
import type { Sink } from '../output/sink';
import type { Subject } from './subject';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface CliBus extends BusCaller {
  close(): void;
}

export interface BusChoice {
  readonly env: Environment;
  /** `--session` */
  readonly session: boolean;
  /** `--address` */
  readonly address: string | undefined;
}

/** Everything outside that a verb touches, so that a test can run the whole program in its own process. */
export interface CliIo {
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly env: Environment;
  readonly clock: Clock;
  readonly version: string;
  /**
   * The address of the bus to talk to: the one asked for, or the one of the environment (R-DBUS-2). Throws when it is
   * of a kind that cannot be used.
   */
  busAddress(options: BusChoice): string;
  connect(address: string): Promise<CliBus>;
  /** `undefined`: the kernel has no MCTP. Throws MctpError `not-supported` where the native helper is not built. */
  openKernel(): KernelAdmin | undefined;
  /** Absent where a plain `{signature, value}` will do. */
  readonly variant?: MakeVariant;
  /** Ctrl-C, instead of the end of the process, as long as subscribed. */
  onInterrupt(listener: () => void): Subscription;
}

/** Options every verb understands, before or after its name. */
export interface GlobalOptions {
  readonly session?: boolean;
  readonly address?: string;
  readonly json?: boolean;
  readonly color: boolean;
  /** Seconds. */
  readonly timeout: number;
  readonly verbose?: boolean;
}

/** A verb's connection to the daemon. */
export interface Session {
  readonly bus: BusCaller;
  readonly manager: Manager;
  readonly printer: Printer;
  /** Waits for `work`, showing `text` when it takes long; what fails is explained with `subject`. */
  attempt<T>(text: string, subject: Subject, work: () => Promise<T>): Promise<T>;
  /** Everything published. Objects that do not read are told of on standard error, the rest stands. */
  inventory(): Promise<Inventory>;
}

/** What a verb is given to work with. `command` is the last argument of a commander action. */
export interface VerbContext {
  readonly io: CliIo;
  /** For a verb that does not need the daemon. */
  printer(command: Command): Printer;
  /** Connects to the bus, runs `body`, and closes the connection whatever happens. */
  withSession(command: Command, body: (session: Session) => Promise<void>): Promise<void>;
}

export type RegisterVerb = (program: Command, context: VerbContext) => void;

/** A verb whose module is costly to load: registered in full only when its name is on the command line. */
export interface LazyVerb {
  readonly name: string;
  readonly description: string;
  load(): { readonly register: RegisterVerb };
}

/** One line in `table.ts` per file. */
export type Verb = RegisterVerb | LazyVerb;
