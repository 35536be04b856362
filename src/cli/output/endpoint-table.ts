import type { EndpointRecord } from '../../scan/records';
import { formatTypes, placeText, stateCell } from './format';
import type { Printer } from './printer';
import type { Cell, Column } from './table';

const COLUMNS: readonly Column[] = [
  { title: 'NETWORK', right: true },
  { title: 'EID', right: true },
  { title: 'TYPES' },
  { title: 'UUID' },
  { title: 'STATE' },
  { title: 'LINK' },
  { title: 'ADDRESS' },
];

/** The table of `list` and `scan`. */
export function printEndpoints(printer: Printer, endpoints: readonly EndpointRecord[]): void {
  printer.table(COLUMNS, endpoints.map(endpointRow));
}

function endpointRow(endpoint: EndpointRecord): readonly Cell[] {
  return [
    endpoint.network,
    endpoint.eid,
    formatTypes(endpoint.types),
    endpoint.uuid ?? '',
    stateCell(endpoint),
    endpoint.link ?? '',
    placeText(endpoint),
  ];
}
