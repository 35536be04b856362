import type { Command } from 'commander';
import { isMctpError, type MctpError } from '../../../base/errors';
import type { SerialLink } from '../../../kernel/serial-link';
import { Errno } from '../../../os/errno';
import { CliError } from '../../output/failure';
import { linkJson } from '../../output/json';
import type { VerbContext } from '../context';
import { interruption } from '../interruption';
import { parseSpeed } from '../parse';
import { linkRow } from './links';
import { notPermitted } from './refusal';
import { acceptKernel, withKernel, type KernelSession } from './with-kernel';

const DEFAULT_BAUD = 115_200;

/** `mctpctl link serial`: a tty as a link of the kernel, for as long as this runs. */
export function registerSerial(link: Command, context: VerbContext): void {
  acceptKernel(link.command('serial'))
    .description('make a serial line a link of the kernel, until Ctrl-C')
    .argument('<device>', 'its tty: /dev/ttyS1')
    .option('-s, --speed <BAUD>', 'speed of the line', parseSpeed, DEFAULT_BAUD)
    .action((path: string, { speed }: { readonly speed: number }, command: Command) => {
      // Before there is a link that an early signal would leave behind.
      const interrupted = interruption(context.io);
      return withKernel(context, command, async (session) => {
        const serial = await attach(session, path, speed);
        try {
          announce(session, serial, path);
          await Promise.race([interrupted, serial.gone.then(() => Promise.reject(hungUp(serial, path)))]);
        } finally {
          serial.detach();
        }
      });
    });
}

async function attach({ kernel }: KernelSession, path: string, baud: number): Promise<SerialLink> {
  try {
    return await kernel.attachSerial({ path, baud });
  } catch (error) {
    throw isMctpError(error) ? explain(error, path) : error;
  }
}

function announce({ printer }: KernelSession, { link }: SerialLink, path: string): void {
  printer.result({ ...linkJson(linkRow(link)), device: path }, () => printer.lines([link.name]));
  printer.note(`${link.name} is there while this runs; Ctrl-C removes it. What comes next:`);
  printer.note(`mctpctl link set ${link.name} --up`);
  printer.note(`mctpctl addr add 8 --link ${link.name}   (8 or another EID)`);
}

function hungUp({ link }: SerialLink, path: string): CliError {
  return new CliError(`${path} has hung up; ${link.name} is gone with its EIDs and routes`, [
    'the same command again, once the device is back',
  ]);
}

function explain(error: MctpError, path: string): CliError {
  const { errno } = error.context;
  if (errno === Errno.EPERM) return notPermitted(error.message);
  return new CliError(error.message, triesFor(error, path), undefined, { cause: error });
}

function triesFor({ code, context: { errno } }: MctpError, path: string): readonly string[] {
  if (code === 'configuration') return ['--speed with another number'];
  if (code === 'name-taken') return ['mctpctl link list --kernel', `sudo fuser ${path}   (who has it open?)`];
  if (code === 'internal' && errno === undefined) return ['the same command again'];
  switch (errno) {
    case Errno.EACCES:
      return ['sudo mctpctl ...'];
    case Errno.EBUSY:
      return [`sudo fuser ${path}   (who has it open?)`];
    case Errno.EINVAL:
      return [
        'sudo modprobe mctp-serial   (the module may not be loaded)',
        'a [[link]] with binding = "serial" in the configuration of the daemon: it needs no module',
      ];
    default:
      return ['a serial line such as /dev/ttyS1 or /dev/ttyUSB0; is it plugged in?'];
  }
}
