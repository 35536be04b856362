import type { Command } from 'commander';
import type { Assignment } from '../../scan/manager';
import { EMPTY } from '../../base/bytes';
import { printAssignment } from '../output/assignment';
import { formatAddress } from '../output/format';
import type { Session, VerbContext } from './context';
import { parseAddress, parseEndpoint } from './parse';

/** `mctpctl learn`: publish a device under the EID it has, found by its address or, behind a bridge, by its EID. */
export function register(program: Command, context: VerbContext): void {
  program
    .command('learn')
    .description('publish a device under the EID it has')
    .usage('[options] <link> [address]\n       mctpctl learn [options] <NET:EID>')
    .argument('<link>', 'name of the link, or NET:EID of an endpoint behind a bridge')
    .argument('[address]', 'physical address in hex (0x1d, 01:02), none on a serial link', parseAddress)
    .action((where: string, address: Uint8Array | undefined, _options: unknown, command: Command) =>
      context.withSession(command, async (session) => {
        const byEid = address === undefined && /^\d+:\d+$/.test(where);
        const learned = byEid
          ? await learnByEid(session, where)
          : await learnByAddress(session, where, address ?? EMPTY);
        // By address the daemon says "found", of a known device too (R-DBUS-18); by EID it says "new".
        if (learned !== undefined)
          printAssignment(session.printer, byEid ? learned : { ...learned, fresh: undefined });
        else printNothing(session, where, address ?? EMPTY);
      }),
    );
}

function learnByEid(session: Session, text: string): Promise<Assignment> {
  const { network = 0, eid } = parseEndpoint(text);
  const work = (): Promise<Assignment> => session.manager.learnByEid({ network, eid });
  return session.attempt(`asking ${text}`, { network, eid }, work);
}

function learnByAddress(
  session: Session,
  link: string,
  physicalAddress: Uint8Array,
): Promise<Assignment | undefined> {
  const device = { link, physicalAddress };
  const text = `asking ${formatAddress(physicalAddress)} on ${link}`;
  return session.attempt(text, device, () => session.manager.learn(device));
}

/** The device answered that it has no EID: an answer, not a failure (R-DBUS-18). */
function printNothing({ printer }: Session, link: string, address: Uint8Array): void {
  printer.result({ found: false, network: null, eid: null, path: null, new: false }, () =>
    printer.note(`the device has no EID yet; mctpctl setup ${link} ${formatAddress(address)} gives it one`),
  );
}
