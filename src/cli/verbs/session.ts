import { isBusFailureOf } from '../../scan/bus-caller';
import type { BusCall, BusCaller } from '../../scan/bus-caller';
import { Manager } from '../../scan/manager';
import type { Inventory } from '../../scan/records';
import { readInventory } from '../../scan/inventory';
import type { CliError } from '../output/failure';
import type { Printer } from '../output/printer';
import { withProgress } from '../output/progress';
import type { CliIo, GlobalOptions, Session } from './context';
import { explain } from './explain';
import type { Subject } from './subject';
import { notBusOwner, unknownEndpoint, unknownLink, unknownNetwork } from './missing';

/** The connection with its manners: progress while waiting, advice when something fails. */
export class BusSession implements Session {
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

  async attempt<T>(text: string, subject: Subject, work: () => Promise<T>): Promise<T> {
    try {
      return await withProgress({ sink: this.io.stderr, clock: this.io.clock, text }, work());
    } catch (error) {
      throw await this.explainFor(error, subject);
    }
  }

  async inventory(): Promise<Inventory> {
    const read = (): Promise<Inventory> => readInventory(this.bus, this.timeoutMs);
    const inventory = await this.attempt('reading the objects of the daemon', {}, read);
    for (const { path, reason } of inventory.problems) this.printer.note(`skipped ${path}: ${reason}`);
    return inventory;
  }

  private get timeoutMs(): number {
    return this.options.timeout * 1000;
  }

  /** That something is not there is found out only now that a call has failed; then tell what is. */
  private async explainFor(error: unknown, subject: Subject): Promise<CliError> {
    if (!isBusFailureOf(error, 'UnknownObject', 'UnknownMethod', 'UnknownInterface')) {
      return explain(error, subject);
    }
    try {
      const inventory = await readInventory(this.bus, this.timeoutMs);
      return missingSubject(inventory, subject) ?? explain(error, subject);
    } catch (second) {
      return explain(second, subject);
    }
  }
}

function missingSubject(inventory: Inventory, subject: Subject): CliError | undefined {
  const { endpoints, links, networks } = inventory;
  const { link, network, eid, physicalAddress } = subject;
  if (link !== undefined) {
    const found = links.find((each) => each.name === link);
    if (found === undefined) return unknownLink(link, links);
    // Only the calls of a bus owner have a physical address.
    return physicalAddress !== undefined && !found.busOwner ? notBusOwner(link) : undefined;
  }
  if (network === undefined) return undefined;
  if (!networks.some((each) => each.network === network)) return unknownNetwork(network, networks);
  const known = endpoints.some((each) => each.network === network && each.eid === eid);
  return eid === undefined || known ? undefined : unknownEndpoint({ network, eid }, endpoints);
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
