import type { Command } from 'commander';
import { printLocalEids } from '../output/path-tables';
import type { Session, VerbContext } from './context';
import { refuseUnknownCommands } from './default-command';
import { addAddress, deleteAddress, listAddresses } from './kernel/addresses';
import { acceptKernel, KERNEL_OPTION, withEither, withKernel } from './kernel/with-kernel';
import { unknownNetwork } from './missing';
import { parseEid, parseNetwork } from './parse';

interface ListOptions {
  readonly network?: number;
}

interface ChangeOptions {
  readonly link: string;
}

/** `mctpctl addr`: our own EIDs. */
export function register(program: Command, context: VerbContext): void {
  const addr = program.command('addr').description('our own EIDs: list; on links of the kernel: add, del');
  const standard = addr
    .command('list', { isDefault: true })
    .description('our own EIDs as a table')
    .option('-n, --network <N>', 'only this network', parseNetwork)
    .option(...KERNEL_OPTION)
    .action(({ network }: ListOptions, command: Command) =>
      withEither(context, command, {
        daemon: (session) => list(session, network),
        kernel: (session) => listAddresses(session, network),
      }),
    );
  refuseUnknownCommands(addr, standard);
  change(addr.command('add'), 'give a link of the kernel an EID; a running daemon follows').action(
    (eid: number, { link }: ChangeOptions, command: Command) =>
      withKernel(context, command, (session) => addAddress(session, { eid, link })),
  );
  change(addr.command('del'), 'take an EID from a link of the kernel; a running daemon follows').action(
    (eid: number, { link }: ChangeOptions, command: Command) =>
      withKernel(context, command, (session) => deleteAddress(session, { eid, link })),
  );
}

function change(command: Command, description: string): Command {
  command.description(description).argument('<eid>', 'an EID, 8 to 254', parseEid);
  return acceptKernel(command).requiredOption('-l, --link <LINK>', 'on this link of the kernel');
}

async function list(session: Session, wanted: number | undefined): Promise<void> {
  const { networks } = await session.inventory();
  const asked = networks.filter(({ network }) => wanted === undefined || network === wanted);
  if (asked.length === 0 && wanted !== undefined) throw unknownNetwork(wanted, networks);
  const rows = asked.flatMap(({ network, localEids }) => localEids.map((eid) => ({ network, eid })));
  printLocalEids(session.printer, rows);
}
