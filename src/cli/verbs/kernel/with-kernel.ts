import { Option, type Command } from 'commander';
import { isMctpError } from '../../../base/errors';
import type { NetLink } from '../../../core/net';
import type { KernelAdmin, KernelState } from '../../../kernel/admin';
import { CliError, ExitCode } from '../../output/failure';
import type { Printer } from '../../output/printer';
import type { CliIo, Session, VerbContext } from '../context';
import { unknownKernelLink, unknownKernelNetwork } from '../missing';

/** A verb's way to the kernel itself, without the daemon. */
export interface KernelSession {
  readonly kernel: KernelAdmin;
  readonly printer: Printer;
}

/** What `-k` does, said where it is an option. */
export const KERNEL_OPTION = [
  '-k, --kernel',
  'ask the kernel itself: its own links, no daemon needed',
] as const;

/** Said where something is changed that the kernel tells nobody of. */
export const UNNOTICED = 'A running daemon does not notice: the kernel tells of no routes and neighbours.';

/** For a verb that can do nothing but ask the kernel: the option is taken, since it is what others need. */
export function acceptKernel(command: Command): Command {
  return command.addOption(new Option(...KERNEL_OPTION).hideHelp());
}

/** Runs `body` on the kernel, and closes what was opened whatever happens. */
export async function withKernel(
  context: VerbContext,
  command: Command,
  body: (session: KernelSession) => Promise<void>,
): Promise<void> {
  const kernel = openKernel(context.io);
  try {
    await body({ kernel, printer: context.printer(command) });
  } finally {
    kernel.close();
  }
}

function openKernel(io: CliIo): KernelAdmin {
  let kernel: KernelAdmin | undefined;
  try {
    kernel = io.openKernel();
  } catch (error) {
    // The native helper is missing: the message says how to get it, and advice about a daemon would mislead.
    if (isMctpError(error, 'not-supported'))
      throw new CliError(error.message, [], undefined, { cause: error });
    throw error;
  }
  if (kernel !== undefined) return kernel;
  throw new CliError('this kernel has no MCTP (no socket family AF_MCTP)', [
    'sudo modprobe mctp   (the module may not be loaded)',
    'mctpctl link list    (user-space links, which need none; by the daemon)',
  ]);
}

/** A verb that asks the daemon, and with `--kernel` the kernel. */
export async function withEither(
  context: VerbContext,
  command: Command,
  either: {
    readonly daemon: (session: Session) => Promise<void>;
    readonly kernel: (session: KernelSession) => Promise<void>;
  },
): Promise<void> {
  if (command.opts<{ readonly kernel?: boolean }>().kernel === true) {
    await withKernel(context, command, either.kernel);
    return;
  }
  try {
    await context.withSession(command, either.daemon);
  } catch (error) {
    throw adviseKernel(error);
  }
}

function adviseKernel(error: unknown): unknown {
  if (!(error instanceof CliError) || error.exitCode !== ExitCode.unreachable) return error;
  const tries = [...error.tries, '--kernel   (links of the kernel, without the daemon)'];
  return new CliError(error.message, tries, error.exitCode, { cause: error });
}

export function kernelLink({ links }: KernelState, name: string): NetLink {
  const found = links.find((link) => link.name === name);
  if (found === undefined) throw unknownKernelLink(name, links);
  return found;
}

/** Rows of the network asked for, or all. */
export function inNetwork<T extends { readonly network: number }>(
  { links }: KernelState,
  rows: readonly T[],
  wanted: number | undefined,
): readonly T[] {
  if (wanted === undefined) return rows;
  if (!links.some(({ network }) => network === wanted)) throw unknownKernelNetwork(wanted, links);
  return rows.filter(({ network }) => network === wanted);
}
