import { formatAddress, formatRange } from './format';
import { localEidJson, neighbourJson, routeJson } from './json';
import type { Printer } from './printer';
import type { LocalEidRow, NeighbourRow, RouteRow } from './rows';
import type { Column } from './table';

/** Tables of our EIDs, of routes and of neighbours, and what has become of one entry. */

const NETWORK: Column = { title: 'NETWORK', right: true };
const EID: Column = { title: 'EID', right: true };
const LINK: Column = { title: 'LINK' };

export function printLocalEids(printer: Printer, rows: readonly LocalEidRow[]): void {
  printer.result(rows.map(localEidJson), () =>
    printer.table(
      [NETWORK, EID, LINK],
      rows.map(({ network, eid, link = '' }) => [network, eid, link]),
    ),
  );
}

const ROUTE_COLUMNS = [
  NETWORK,
  { title: 'EIDS' },
  LINK,
  { title: 'VIA', right: true },
  { title: 'MTU', right: true },
];

export function printRoutes(printer: Printer, rows: readonly RouteRow[]): void {
  printer.result(rows.map(routeJson), () =>
    printer.table(
      ROUTE_COLUMNS,
      rows.map(({ network, first, extent, link, gateway, mtu }) => [
        network,
        formatRange(first, extent),
        link,
        gateway === 0 ? '' : gateway,
        mtu === 0 ? '' : mtu,
      ]),
    ),
  );
}

export function printNeighbours(printer: Printer, rows: readonly NeighbourRow[]): void {
  printer.result(rows.map(neighbourJson), () =>
    printer.table(
      [NETWORK, EID, LINK, { title: 'ADDRESS' }],
      rows.map(({ network, eid, link, physicalAddress }) => [
        network,
        eid,
        link,
        formatAddress(physicalAddress),
      ]),
    ),
  );
}

/** `done`: `added` or `deleted`. */
export function printLocalEidDone(printer: Printer, row: LocalEidRow, done: string): void {
  printer.result(localEidJson(row), () => printer.lines([`network ${row.network}  ${row.eid}  ${done}`]));
}

export function printRouteDone(printer: Printer, row: RouteRow, done: string): void {
  printer.result(routeJson(row), () =>
    printer.lines([`network ${row.network}  ${formatRange(row.first, row.extent)}  ${done}`]),
  );
}

export function printNeighbourDone(printer: Printer, row: NeighbourRow, done: string): void {
  printer.result(neighbourJson(row), () => printer.lines([`network ${row.network}  ${row.eid}  ${done}`]));
}
