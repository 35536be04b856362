import type { Command } from 'commander';
import { changes } from '../../scan/changes';
import type { EndpointFilter } from '../../scan/inventory';
import { matches } from '../../scan/inventory';
import { printEndpoints } from '../output/endpoint-table';
import { endpointJson } from '../output/json';
import { printEvent } from '../output/event-line';
import type { Session, VerbContext } from './context';
import { explain } from './explain';
import { parseNetwork, parseType } from './parse';

interface ScanOptions {
  readonly type?: number;
  readonly network?: number;
  readonly watch?: boolean;
}

/** `mctpctl scan`: the endpoints of a message type, as a client of that type finds them; once, or as they change. */
export function register(program: Command, context: VerbContext): void {
  program
    .command('scan')
    .description('endpoints that support a message type')
    .option('-t, --type <TYPE>', 'message type by name (nvme-mi) or number', parseType)
    .option('-n, --network <N>', 'only this network', parseNetwork)
    .option('-w, --watch', 'go on and tell of changes, until interrupted')
    .action(({ type: messageType, network, watch }: ScanOptions, command: Command) =>
      context.withSession(command, (session) => {
        const filter = { messageType, network };
        return watch === true ? watchScan(session, filter, context) : scanOnce(session, filter);
      }),
    );
}

async function scanOnce(session: Session, filter: EndpointFilter): Promise<void> {
  const { endpoints } = await session.inventory();
  const found = endpoints.filter((each) => matches(each, filter));
  session.printer.result(found.map(endpointJson), () => {
    if (found.length > 0) printEndpoints(session.printer, found);
    else session.printer.note('no endpoint fits; `mctpctl list` shows all');
  });
}

/** Ctrl-C is the ordinary end of a watch, so the exit status is 0. */
async function watchScan(session: Session, filter: EndpointFilter, { io }: VerbContext): Promise<void> {
  const stop = new AbortController();
  const interrupt = io.onInterrupt(() => stop.abort());
  try {
    for await (const event of changes(session.bus, { filter, signal: stop.signal })) {
      printEvent(session.printer, event, new Date(io.clock.wallTime()));
    }
  } catch (error) {
    throw explain(error);
  } finally {
    interrupt.unsubscribe();
  }
}
