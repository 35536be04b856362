import type { Command } from 'commander';
import { EMPTY } from '../../base/bytes';
import { printAssignment } from '../output/assignment';
import { formatAddress } from '../output/format';
import type { VerbContext } from './context';
import { parseAddress } from './parse';

/** `mctpctl setup`: make a device usable; keeps its EID if that fits. */
export function register(program: Command, context: VerbContext): void {
  program
    .command('setup')
    .description('make a device usable: keep its EID if that fits, else assign one')
    .argument('<link>', 'name of the link')
    .argument('[address]', 'physical address in hex (0x1d, 01:02), none on a serial link', parseAddress)
    .action((link: string, address: Uint8Array | undefined, _options: unknown, command: Command) =>
      context.withSession(command, async (session) => {
        const physicalAddress = address ?? EMPTY;
        const device = { link, physicalAddress };
        const text = `setting up ${formatAddress(physicalAddress)} on ${link}`;
        const setup = await session.attempt(text, device, () => session.manager.setup(device));
        printAssignment(session.printer, setup);
      }),
    );
}
