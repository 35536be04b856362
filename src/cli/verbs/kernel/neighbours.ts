import { Errno } from '../../../os/errno';
import { usageError } from '../../output/failure';
import { formatAddress } from '../../output/format';
import { printNeighbourDone, printNeighbours } from '../../output/path-tables';
import { requireDone } from './refusal';
import { inNetwork, kernelLink, type KernelSession } from './with-kernel';

/** Physical addresses that the kernel has for EIDs. */

export interface KernelNeighbour {
  readonly eid: number;
  /** Its name. */
  readonly link: string;
  readonly physicalAddress: Uint8Array;
}

const LIST = 'mctpctl neigh list --kernel';

export async function listNeighbours({ kernel, printer }: KernelSession, wanted?: number): Promise<void> {
  const state = await kernel.read();
  const rows = state.neighbours.flatMap(({ link, eid, address }) => {
    const found = state.links.find(({ index }) => index === link);
    return found === undefined
      ? []
      : [{ network: found.network, eid, link: found.name, physicalAddress: address }];
  });
  const sorted = rows.sort((a, b) => a.network - b.network || a.eid - b.eid);
  printNeighbours(printer, inNetwork(state, sorted, wanted));
}

export async function addNeighbour(
  { kernel, printer }: KernelSession,
  { eid, link, physicalAddress }: KernelNeighbour,
): Promise<void> {
  const { index, network, address } = kernelLink(await kernel.read(), link);
  if (physicalAddress.length !== address.length) {
    throw usageError(
      `a physical address of ${link} has ${lengthText(address)}, not ${physicalAddress.length}`,
      address.length === 0 ? '--lladdr none' : `--lladdr in the form of its own, ${formatAddress(address)}`,
    );
  }
  requireDone(await kernel.addNeighbour({ link: index, eid, address: physicalAddress }), {
    what: 'cannot add the neighbour',
    subject: { link, eid, physicalAddress },
    meanings: [
      [Errno.EEXIST, 'there is one for this EID already', LIST, 'mctpctl neigh del, then add again'],
    ],
  });
  printNeighbourDone(printer, { network, eid, link, physicalAddress }, 'added');
}

export async function deleteNeighbour(
  { kernel, printer }: KernelSession,
  { eid, link }: Omit<KernelNeighbour, 'physicalAddress'>,
): Promise<void> {
  const state = await kernel.read();
  const { index, network } = kernelLink(state, link);
  const physicalAddress =
    state.neighbours.find((each) => each.link === index && each.eid === eid)?.address ?? new Uint8Array(0);
  requireDone(await kernel.deleteNeighbour({ link: index, eid }), {
    what: 'cannot delete the neighbour',
    subject: { link, eid },
    meanings: [[Errno.ENOENT, 'there is none for this EID', LIST]],
  });
  printNeighbourDone(printer, { network, eid, link, physicalAddress }, 'deleted');
}

function lengthText({ length }: Uint8Array): string {
  return length === 1 ? '1 byte' : `${length} bytes`;
}
