import { isBusFailureOf } from '../../scan/bus-caller';
import type { BusCall, BusCaller } from '../../scan/bus-caller';
import { Manager } from '../../scan/manager';
import type { Inventory } from '../../scan/records';
import { readInventory } from '../../scan/scan';
import { CliError, ExitCode } from '../output/failure';
import type { Printer } from '../output/printer';
import { withProgress } from '../output/progress';
import type { CliIo, GlobalOptions } from './context';
import { explain } from './explain';
import type { Subject } from './explain';

/** A verb's connection to the daemon, with its manners: progress while waiting, advice when it fails. */
export class Session {
  readonly manager: Manager;
  readonly bus: BusCaller;

  constructor(
    bus: BusCaller,
    private readonly io: CliIo,
    readonly printer: Printer,
    private readonly options: GlobalOptions,
  ) {
    this.bus = options.verbose === true ? traced(bus, io, printer) : bus;
    this.manager = new Manager(this.bus, {
      timeoutMs: this.timeoutMs,
      ...(io.variant === undefined ? {} : { variant: io.variant }),
    });
  }

  /** Waits for `work`, showing `text` when it takes long; what fails is explained with `subject`. */
  async attempt<T>(text: string, subject: Subject, work: () => Promise<T>): Promise<T> {
    try {
      return await withProgress({ sink: this.io.stderr, clock: this.io.clock, text }, work());
    } catch (error) {
      throw await this.explainFor(error, subject);
    }
  }

  /** Everything published. Objects that do not read are told of on standard error, the rest stands. */
  async inventory(): Promise<Inventory> {
    const read = (): Promise<Inventory> => readInventory(this.bus, this.timeoutMs);
    const inventory = await this.attempt('reading the objects of the daemon', {}, read);
    for (const { path, reason } of inventory.problems) this.printer.note(`skipped ${path}: ${reason}`);
    return inventory;
  }

  private get timeoutMs(): number {
    return this.options.timeout * 1000;
  }

  /** A link that is not there, or whose role is wrong, is found out only now that something has failed. */
  private async explainFor(error: unknown, subject: Subject): Promise<CliError> {
    const { link } = subject;
    if (link === undefined || !isBusFailureOf(error, 'UnknownObject', 'UnknownMethod', 'UnknownInterface')) {
      return explain(error, subject);
    }
    try {
      const { links } = await readInventory(this.bus, this.timeoutMs);
      const found = links.find((each) => each.name === link);
      if (found === undefined)
        return unknownLink(
          link,
          links.map((each) => each.name),
        );
      const isBusOwnerCall = subject.physicalAddress !== undefined;
      return isBusOwnerCall && !found.busOwner ? notBusOwner(link) : explain(error, subject);
    } catch (second) {
      return explain(second, subject);
    }
  }
}

export function unknownLink(link: string, links: readonly string[]): CliError {
  const there = links.length === 0 ? 'the daemon has no links' : `the links are: ${links.join(', ')}`;
  return new CliError(`there is no link ${link}; ${there}`, ['mctpctl link list'], ExitCode.failed);
}

function notBusOwner(link: string): CliError {
  const message = `we are not the bus owner of link ${link}, so devices on it cannot be set up from here`;
  return new CliError(message, [
    `mctpctl link role ${link} bus-owner   (possible while its role is unknown)`,
    'role = "bus-owner" for the link in the configuration of the daemon',
  ]);
}

/** `-v`: each call with its time and outcome on standard error. */
function traced(bus: BusCaller, io: CliIo, printer: Printer): BusCaller {
  const call = async (request: BusCall): Promise<readonly unknown[]> => {
    const start = io.clock.now();
    const say = (outcome: string): void => {
      const ms = (io.clock.now() - start).toFixed(1);
      printer.note(`${request.iface}.${request.member} on ${request.path}: ${outcome} after ${ms} ms`);
    };
    try {
      const reply = await bus.call(request);
      say('answered');
      return reply;
    } catch (error) {
      say(error instanceof Error ? error.message : String(error));
      throw error;
    }
  };
  return {
    call,
    onSignal: (match, listener) => bus.onSignal(match, listener),
    onClose: (listener) => bus.onClose(listener),
  };
}
