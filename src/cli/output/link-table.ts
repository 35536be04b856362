import { formatAddress, formatRole } from './format';
import { linkJson } from './json';
import type { Printer } from './printer';
import type { LinkRow } from './rows';
import type { Cell, Column } from './table';

const COLUMNS: readonly Column[] = [
  { title: 'NAME' },
  { title: 'NETWORK', right: true },
  { title: 'ROLE' },
  { title: 'BINDING' },
  { title: 'ADDRESS' },
  { title: 'MTU' },
  { title: 'STATE' },
];

/** `none`: what to say when there is no link. */
export function printLinks(printer: Printer, links: readonly LinkRow[], none: string): void {
  printer.result(links.map(linkJson), () => {
    if (links.length === 0) printer.note(none);
    else printer.table(COLUMNS, links.map(row));
  });
}

function row(link: LinkRow): readonly Cell[] {
  const { details } = link;
  return [
    link.name,
    link.network,
    link.role === undefined ? '' : formatRole({ role: link.role }),
    details?.binding ?? '',
    details === undefined ? '' : formatAddress(details.physicalAddress),
    details === undefined ? '' : `${details.minMtu}-${details.maxMtu}`,
    stateCell(link),
  ];
}

export type Field = readonly [label: string, cell: Cell];

export function linkFields(link: LinkRow): readonly Field[] {
  const { details, path, role, kernel } = link;
  return [
    ['name', link.name],
    ...(path === undefined ? [] : [['path', path] as const]),
    ['network', link.network],
    ...(role === undefined ? [] : [['role', formatRole({ role })] as const]),
    ...(details === undefined
      ? []
      : ([
          ['state', stateCell(link)],
          ['binding', `${details.binding} (${details.backend} stack, index ${details.index})`],
          ['address', formatAddress(details.physicalAddress)],
          ['mtu', mtuText(link)],
        ] as const)),
    ...(kernel === undefined ? [] : [['eids', kernel.localEids.join(', ')] as const]),
  ];
}

/** `68-254`, and before it what it is at the moment, where that is known. */
function mtuText({ details, kernel }: LinkRow): string {
  if (details === undefined) return '';
  const range = `${details.minMtu}-${details.maxMtu}`;
  return kernel === undefined ? range : `${kernel.mtu} (${range})`;
}

function stateCell({ details }: LinkRow): Cell {
  if (details === undefined) return '';
  return details.up ? { text: 'up', colour: 'green' } : { text: 'down', colour: 'yellow' };
}
