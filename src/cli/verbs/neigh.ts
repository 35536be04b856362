import type { Command } from 'commander';
import type { Neighbour } from '../../scan/manager';
import { formatAddress } from '../output/format';
import { neighbourJson } from '../output/json';
import type { Column } from '../output/table';
import type { Session, VerbContext } from './context';
import { routedNetworks } from './lookup';
import { parseNetwork } from './parse';

/** `mctpctl neigh`: which physical address belongs to which EID (R-DBUS-53). */
export function register(program: Command, context: VerbContext): void {
  program
    .command('neigh')
    .description('neighbours: list')
    .command('list', { isDefault: true })
    .description('physical addresses of the EIDs as a table')
    .option('-n, --network <N>', 'only this network', parseNetwork)
    .action((options: { network?: number }, command: Command) =>
      context.withSession(command, (session) => list(session, options.network)),
    );
}

const COLUMNS: readonly Column[] = [
  { title: 'NETWORK', right: true },
  { title: 'EID', right: true },
  { title: 'LINK' },
  { title: 'ADDRESS' },
];

async function list(session: Session, wanted: number | undefined): Promise<void> {
  const networks = routedNetworks(await session.inventory(), wanted);
  const rows: (Neighbour & { readonly network: number })[] = [];
  for (const network of networks) {
    const read = (): Promise<readonly Neighbour[]> => session.manager.neighbours(network);
    const found = await session.attempt('reading the neighbours', { network }, read);
    const sorted = [...found].sort((a, b) => a.eid - b.eid);
    rows.push(...sorted.map((neighbour) => ({ ...neighbour, network })));
  }
  session.printer.result(
    rows.map((each) => neighbourJson(each.network, each)),
    () =>
      session.printer.table(
        COLUMNS,
        rows.map((each) => [each.network, each.eid, each.link, formatAddress(each.physicalAddress)]),
      ),
  );
}
