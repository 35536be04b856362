import type { Command } from 'commander';
import { isBusFailureOf } from '../../scan/bus-caller';
import type { LinkRole } from '../../scan/manager';
import type { LinkRecord } from '../../scan/records';
import { formatAddress, formatRole } from '../output/format';
import { linkJson } from '../output/json';
import type { Printer } from '../output/printer';
import type { Cell, Column } from '../output/table';
import type { Session, VerbContext } from './context';
import { refuseUnknownCommands } from './default-command';
import { findLink } from './lookup';
import { parseRole } from './parse';

/** Counters worth a line even at zero. The drop reasons are many, and those that never happened say nothing. */
const TRAFFIC = /^[RT]x/;

/** `mctpctl link`: the links, one of them with its counters, and its role. */
export function register(program: Command, context: VerbContext): void {
  const link = program.command('link').description('links: list, show one with its counters, set a role');
  const standard = link
    .command('list', { isDefault: true })
    .description('all links as a table')
    .action((_options: unknown, command: Command) => context.withSession(command, list));
  refuseUnknownCommands(link, standard);
  link
    .command('show')
    .description('everything about one link, with its counters')
    .argument('<link>', 'name of the link')
    .action((name: string, _options: unknown, command: Command) =>
      context.withSession(command, (session) => show(session, name)),
    );
  link
    .command('role')
    .description('set the role of a link whose role is unknown')
    .argument('<link>', 'name of the link')
    .argument('<role>', 'bus-owner, endpoint or unknown', parseRole)
    .action((name: string, role: LinkRole, _options: unknown, command: Command) =>
      context.withSession(command, (session) => setRole(session, name, role)),
    );
}

const COLUMNS: readonly Column[] = [
  { title: 'NAME' },
  { title: 'NETWORK', right: true },
  { title: 'ROLE' },
  { title: 'BINDING' },
  { title: 'ADDRESS' },
  { title: 'MTU' },
  { title: 'STATE' },
];

async function list(session: Session): Promise<void> {
  const { links } = await session.inventory();
  session.printer.result(links.map(linkJson), () => {
    if (links.length === 0) session.printer.note('no links; the configuration of the daemon defines them');
    else session.printer.table(COLUMNS, links.map(row));
    warnWithoutDetails(session.printer, links);
  });
}

function row(link: LinkRecord): readonly Cell[] {
  const { details } = link;
  return [
    link.name,
    link.network,
    formatRole(link),
    details?.binding ?? '',
    details === undefined ? '' : formatAddress(details.physicalAddress),
    details === undefined ? '' : `${details.minMtu}-${details.maxMtu}`,
    stateCell(link),
  ];
}

function stateCell({ details }: LinkRecord): Cell {
  if (details === undefined) return '';
  return details.up ? { text: 'up', colour: 'green' } : { text: 'down', colour: 'yellow' };
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
    session.printer.lines([session.printer.style('bold', 'link')]);
    session.printer.fields(fields(link, counters));
    warnWithoutDetails(session.printer, [link]);
  });
}

function fields(link: LinkRecord, counters: ReadonlyMap<string, number> | undefined) {
  const { details } = link;
  const more: readonly (readonly [string, Cell])[] =
    details === undefined
      ? []
      : [
          ['state', stateCell(link)],
          ['binding', `${details.binding} (${details.backend} stack, index ${details.index})`],
          ['address', formatAddress(details.physicalAddress)],
          ['mtu', `${details.minMtu}-${details.maxMtu}`],
        ];
  return [
    ['name', link.name] as const,
    ['path', link.path] as const,
    ['network', link.network] as const,
    ['role', formatRole(link)] as const,
    ...more,
    ...[...(counters ?? [])].filter(([counter, count]) => count > 0 || TRAFFIC.test(counter)),
  ];
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
