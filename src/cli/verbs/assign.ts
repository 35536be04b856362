import type { Command } from 'commander';
import type { Assignment, DeviceAddress } from '../../scan/manager';
import { printAssignment } from '../output/assignment';
import { formatAddress } from '../output/format';
import { usageError } from '../output/failure';
import type { Session, VerbContext } from './context';
import { parseAddress, parseEid, parsePoolSize } from './parse';

interface AssignOptions {
  readonly eid?: number;
  readonly pool?: number;
}

/** `mctpctl assign`: give a device an EID, a free one or a chosen one. */
export function register(program: Command, context: VerbContext): void {
  program
    .command('assign')
    .description('assign an EID to a device')
    .argument('<link>', 'name of the link')
    .argument('<address>', 'physical address in hex (0x1d, 01:02), none on a serial link', parseAddress)
    .option('-e, --eid <N>', 'this EID instead of a free one', parseEid)
    .option(
      '-p, --pool <N>',
      'with --eid, for a bridge: this many EIDs for the devices behind it',
      parsePoolSize,
    )
    .action((link: string, physicalAddress: Uint8Array, options: AssignOptions, command: Command) => {
      if (options.pool !== undefined && options.eid === undefined) {
        throw usageError('--pool goes with --eid', 'mctpctl assign LINK ADDRESS --eid N --pool SIZE');
      }
      return context.withSession(command, async (session) => {
        const device = { link, physicalAddress };
        const text = `assigning an EID to ${formatAddress(physicalAddress)} on ${link}`;
        const subject = { ...device, eid: options.eid };
        printAssignment(
          session.printer,
          await session.attempt(text, subject, () => assign(session, device, options)),
        );
      });
    });
}

function assign(
  { manager }: Session,
  device: DeviceAddress,
  { eid, pool }: AssignOptions,
): Promise<Assignment> {
  if (eid === undefined) return manager.assign(device);
  return pool === undefined ? manager.assignStatic(device, eid) : manager.assignBridge(device, eid, pool);
}
