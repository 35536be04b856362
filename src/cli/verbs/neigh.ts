import type { Command } from 'commander';
import { EMPTY } from '../../base/bytes';
import type { Neighbour } from '../../scan/manager';
import { printNeighbours } from '../output/path-tables';
import type { NeighbourRow } from '../output/rows';
import type { Session, VerbContext } from './context';
import { refuseUnknownCommands } from './default-command';
import { addNeighbour, deleteNeighbour, listNeighbours } from './kernel/neighbours';
import { acceptKernel, KERNEL_OPTION, UNNOTICED, withEither, withKernel } from './kernel/with-kernel';
import { routedNetworks } from './lookup';
import { parseAddress, parseEid, parseNetwork } from './parse';

interface ListOptions {
  readonly network?: number;
}

interface ChangeOptions {
  readonly link: string;
  readonly lladdr?: Uint8Array;
}

/** `mctpctl neigh`: which physical address belongs to which EID (R-DBUS-53). */
export function register(program: Command, context: VerbContext): void {
  const neigh = program.command('neigh').description('neighbours: list; on links of the kernel: add, del');
  const standard = neigh
    .command('list', { isDefault: true })
    .description('physical addresses of the EIDs as a table')
    .option('-n, --network <N>', 'only this network', parseNetwork)
    .option(...KERNEL_OPTION)
    .action(({ network }: ListOptions, command: Command) =>
      withEither(context, command, {
        daemon: (session) => list(session, network),
        kernel: (session) => listNeighbours(session, network),
      }),
    );
  refuseUnknownCommands(neigh, standard);
  change(neigh.command('add'), 'tell the kernel the physical address of an EID')
    .option(
      '-a, --lladdr <ADDRESS>',
      'physical address in hex (0x1d, 01:02); none on a serial link',
      parseAddress,
    )
    .action((eid: number, { link, lladdr = EMPTY }: ChangeOptions, command: Command) =>
      withKernel(context, command, (session) =>
        addNeighbour(session, { eid, link, physicalAddress: lladdr }),
      ),
    );
  change(neigh.command('del'), 'have the kernel forget the physical address of an EID').action(
    (eid: number, { link }: ChangeOptions, command: Command) =>
      withKernel(context, command, (session) => deleteNeighbour(session, { eid, link })),
  );
}

function change(command: Command, description: string): Command {
  command.description(`${description}. ${UNNOTICED}`).argument('<eid>', 'an EID, 8 to 254', parseEid);
  return acceptKernel(command).requiredOption('-l, --link <LINK>', 'on this link of the kernel');
}

async function list(session: Session, wanted: number | undefined): Promise<void> {
  const networks = routedNetworks(await session.inventory(), wanted);
  const rows: NeighbourRow[] = [];
  for (const network of networks) {
    const read = (): Promise<readonly Neighbour[]> => session.manager.neighbours(network);
    const found = await session.attempt('reading the neighbours', { network }, read);
    const sorted = [...found].sort((a, b) => a.eid - b.eid);
    rows.push(...sorted.map((neighbour) => ({ ...neighbour, network })));
  }
  printNeighbours(session.printer, rows);
}
