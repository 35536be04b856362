import type { Command } from 'commander';
import { isBusFailureOf } from '../../scan/bus-caller';
import type { LinkRole } from '../../scan/manager';
import type { LinkRecord } from '../../scan/records';
import { formatRole } from '../output/format';
import { linkJson } from '../output/json';
import { linkFields, printLinks } from '../output/link-table';
import type { Printer } from '../output/printer';
import type { Session, VerbContext } from './context';
import { refuseUnknownCommands } from './default-command';
import { listLinks, showLink } from './kernel/links';
import { registerSerial } from './kernel/serial';
import { registerSet } from './kernel/set';
import { KERNEL_OPTION, withEither } from './kernel/with-kernel';
import { findLink } from './lookup';
import { parseRole } from './parse';

/** Counters worth a line even at zero. The drop reasons are many, and those that never happened say nothing. */
const TRAFFIC = /^[RT]x/;

/** `mctpctl link`: the links, one of them with its counters, its role; those of the kernel can be changed and made. */
export function register(program: Command, context: VerbContext): void {
  const link = program.command('link').description('links: list, show, role; of the kernel: set, serial');
  const standard = link
    .command('list', { isDefault: true })
    .description('all links as a table')
    .option(...KERNEL_OPTION)
    .action((_options: unknown, command: Command) =>
      withEither(context, command, { daemon: list, kernel: listLinks }),
    );
  refuseUnknownCommands(link, standard);
  link
    .command('show')
    .description('everything about one link, with its counters')
    .argument('<link>', 'name of the link')
    .option(...KERNEL_OPTION)
    .action((name: string, _options: unknown, command: Command) =>
      withEither(context, command, {
        daemon: (session) => show(session, name),
        kernel: (session) => showLink(session, name),
      }),
    );
  link
    .command('role')
    .description('set the role of a link whose role is unknown')
    .argument('<link>', 'name of the link')
    .argument('<role>', 'bus-owner, endpoint or unknown', parseRole)
    .action((name: string, role: LinkRole, _options: unknown, command: Command) =>
      context.withSession(command, (session) => setRole(session, name, role)),
    );
  registerSet(link, context);
  registerSerial(link, context);
}

async function list(session: Session): Promise<void> {
  const { links } = await session.inventory();
  printLinks(session.printer, links, 'no links; the configuration of the daemon defines them');
  if (!session.printer.json) warnWithoutDetails(session.printer, links);
}

/** A foreign daemon knows roles and networks only (R-DBUS-50). */
function warnWithoutDetails(printer: Printer, links: readonly LinkRecord[]): void {
  if (links.some((link) => link.details === undefined)) {
    printer.note('this daemon tells no more about its links (org.mctp_endpoint_manager.Link1 is missing)');
  }
}

async function show(session: Session, name: string): Promise<void> {
  const link = findLink(await session.inventory(), name);
  const counters = link.details === undefined ? undefined : await readCounters(session, name);
  const value = {
    ...linkJson(link),
    counters: counters === undefined ? null : Object.fromEntries(counters),
  };
  session.printer.result(value, () => {
    const traffic = [...(counters ?? [])].filter(([counter, count]) => count > 0 || TRAFFIC.test(counter));
    session.printer.lines([session.printer.style('bold', 'link')]);
    session.printer.fields([...linkFields(link), ...traffic]);
    warnWithoutDetails(session.printer, [link]);
  });
}

/** The counters are a method, so they take more rights than the rest; the rest is worth showing without them. */
function readCounters(session: Session, link: string): Promise<ReadonlyMap<string, number> | undefined> {
  return session.attempt('reading the counters', { link }, async () => {
    try {
      return await session.manager.counters(link);
    } catch (error) {
      if (!isBusFailureOf(error, 'AccessDenied')) throw error;
      session.printer.note('no counters: they take root or the group mctp-admin');
      return undefined;
    }
  });
}

async function setRole(session: Session, link: string, role: LinkRole): Promise<void> {
  await session.attempt(`setting the role of ${link}`, { link }, () => session.manager.setRole(link, role));
  session.printer.result({ link, role }, () => {
    const words = formatRole({ role });
    session.printer.lines([`${link}  role ${words}`]);
  });
}
