import { Errno } from '../../../os/errno';
import { printLocalEidDone, printLocalEids } from '../../output/path-tables';
import { requireDone } from './refusal';
import { inNetwork, kernelLink, type KernelSession } from './with-kernel';

/** Our EIDs on links of the kernel. */

export interface LocalEid {
  readonly eid: number;
  /** Its name. */
  readonly link: string;
}

const LIST = 'mctpctl addr list --kernel';

export async function listAddresses({ kernel, printer }: KernelSession, wanted?: number): Promise<void> {
  const state = await kernel.read();
  const rows = state.links.flatMap(({ name, network, localEids }) =>
    localEids.map((eid) => ({ network, eid, link: name })),
  );
  printLocalEids(printer, inNetwork(state, rows, wanted));
}

export async function addAddress({ kernel, printer }: KernelSession, { eid, link }: LocalEid): Promise<void> {
  const { index, network } = kernelLink(await kernel.read(), link);
  requireDone(await kernel.addAddress({ link: index, eid }), {
    what: 'cannot add the EID',
    subject: { link, eid },
    meanings: [[Errno.EEXIST, 'the link has this EID already', LIST]],
  });
  printLocalEidDone(printer, { network, eid, link }, 'added');
}

export async function deleteAddress(
  { kernel, printer }: KernelSession,
  { eid, link }: LocalEid,
): Promise<void> {
  const { index, network } = kernelLink(await kernel.read(), link);
  requireDone(await kernel.deleteAddress({ link: index, eid }), {
    what: 'cannot delete the EID',
    subject: { link, eid },
    meanings: [[Errno.ENOENT, 'the link does not have this EID', LIST]],
  });
  printLocalEidDone(printer, { network, eid, link }, 'deleted');
}
