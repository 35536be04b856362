import type { NetLink } from '../../../core/net';
import { Errno } from '../../../os/errno';
import type { LinkChange } from '../../../os/kernel-links';
import { usageError } from '../../output/failure';
import { linkJson } from '../../output/json';
import { linkFields, printLinks } from '../../output/link-table';
import type { LinkRow } from '../../output/rows';
import { requireDone } from './refusal';
import { kernelLink, type KernelSession } from './with-kernel';

/** Links of the kernel: list, show one, change one. */

export async function listLinks({ kernel, printer }: KernelSession): Promise<void> {
  const { links } = await kernel.read();
  printLinks(printer, links.map(linkRow), 'the kernel has no MCTP links');
}

export async function showLink({ kernel, printer }: KernelSession, name: string): Promise<void> {
  const link = linkRow(kernelLink(await kernel.read(), name));
  printer.result(linkJson(link), () => {
    printer.lines([printer.style('bold', 'link')]);
    printer.fields(linkFields(link));
  });
}

export async function setLink(session: KernelSession, name: string, change: LinkChange): Promise<void> {
  const { kernel, printer } = session;
  const { index, ...link } = kernelLink(await kernel.read(), name);
  const ack = await kernel.setLink(index, change);
  // Only now: a device without a limit, such as lo, shows what it has at the moment as one.
  if (ack.errno === Errno.EINVAL && change.mtu !== undefined) checkMtu(link, change.mtu);
  requireDone(ack, {
    what: 'cannot change the link',
    subject: { link: name },
    meanings: [
      [Errno.EOPNOTSUPP, 'this device cannot be changed that way', `mctpctl link show ${name} --kernel`],
    ],
  });
  // Not what was asked for, but what has become of it.
  const after = kernelLink(await kernel.read(), name);
  printer.result(linkJson(linkRow(after)), () => {
    const { up, network, mtu } = change;
    const parts = [
      ...(network === undefined ? [] : [`network ${after.network}`]),
      ...(mtu === undefined ? [] : [`mtu ${after.mtu}`]),
      ...(up === undefined ? [] : [after.up ? 'up' : 'down']),
    ];
    printer.lines([[name, ...parts].join('  ')]);
  });
}

/** A route has no limits of its own in Linux 6.1, which then loses what is too long for the device. */
export function checkMtu({ name, minMtu, maxMtu }: Omit<NetLink, 'index'>, mtu: number): void {
  if (mtu >= minMtu && mtu <= maxMtu) return;
  throw usageError(
    minMtu === maxMtu
      ? `the MTU of ${name} is always ${minMtu}`
      : `the MTU of ${name} is ${minMtu} to ${maxMtu}`,
    `mctpctl link show ${name} --kernel`,
  );
}

export function linkRow(link: NetLink): LinkRow {
  const { name, network, index, backend, binding, address, minMtu, maxMtu, up, mtu, localEids } = link;
  const details = { index, backend, binding, physicalAddress: address, minMtu, maxMtu, up };
  return { name, network, details, kernel: { mtu, localEids } };
}
