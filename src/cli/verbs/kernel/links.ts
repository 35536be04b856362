import type { NetLink } from '../../../core/net';
import { Errno } from '../../../os/errno';
import type { Ack } from '../../../os/kernel-errors';
import type { LinkChange } from '../../../os/kernel-links';
import { CliError, usageError } from '../../output/failure';
import { linkJson } from '../../output/json';
import { linkFields, printLinks } from '../../output/link-table';
import type { LinkRow } from '../../output/rows';
import { unknownKernelLink } from '../missing';
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
  const before = kernelLink(await kernel.read(), name);
  const ack = await kernel.setLink(before.index, change);
  // Not what was asked for, but what has become of it.
  const state = await kernel.read();
  const after = state.links.find(({ index }) => index === before.index);
  try {
    checkChanged(ack, before, change);
  } catch (error) {
    // The kernel does one part after the other, and stops at the first that it refuses.
    throw after === undefined ? error : withDone(error, outcome(change, after, before));
  }
  if (after === undefined) throw unknownKernelLink(name, state.links);
  printer.result(linkJson(linkRow(after)), () => {
    printer.lines([[name, ...outcome(change, after)].join('  ')]);
  });
}

function checkChanged(ack: Ack, link: NetLink, { mtu }: LinkChange): void {
  // Only now: a device without a limit, such as lo, shows what it has at the moment as one.
  if (ack.errno === Errno.EINVAL && mtu !== undefined) checkMtu(link, mtu);
  const show = `mctpctl link show ${link.name} --kernel`;
  requireDone(ack, {
    what: 'cannot change the link',
    subject: { link: link.name },
    meanings: [[Errno.EOPNOTSUPP, 'this device cannot be changed that way', show]],
  });
}

/** The parts that were to change as they are now; with `before`, only those that have changed. */
function outcome(change: LinkChange, after: NetLink, before?: NetLink): readonly string[] {
  const texts = {
    network: `network ${after.network}`,
    mtu: `mtu ${after.mtu}`,
    up: after.up ? 'up' : 'down',
  };
  const parts = ['network', 'mtu', 'up'] as const;
  return parts
    .filter((part) => change[part] !== undefined && after[part] !== before?.[part])
    .map((part) => texts[part]);
}

function withDone(error: unknown, done: readonly string[]): unknown {
  if (!(error instanceof CliError) || done.length === 0) return error;
  const { message, tries, exitCode } = error;
  return new CliError(`${message}; done all the same: ${done.join(', ')}`, tries, exitCode, { cause: error });
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
