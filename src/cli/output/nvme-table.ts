import type { SubsystemReport } from '../../nvme-mi/subsystem-report';
import type { EndpointRecord } from '../../scan/records';
import { percentText, stateOf, temperatureText } from './nvme-fields';
import type { Printer } from './printer';
import type { Column } from './table';

/** A drive, and what it told or why it did not. */
export interface DriveRow {
  readonly record: EndpointRecord;
  readonly report: SubsystemReport | undefined;
  readonly failure: string | undefined;
}

const COLUMNS: readonly Column[] = [
  { title: 'NETWORK', right: true },
  { title: 'EID', right: true },
  { title: 'MODEL' },
  { title: 'SERIAL' },
  { title: 'FIRMWARE' },
  { title: 'TEMP', right: true },
  { title: 'USED', right: true },
  { title: 'STATE' },
];

/** The table of `nvme list`. */
export function printDrives(printer: Printer, rows: readonly DriveRow[]): void {
  printer.table(
    COLUMNS,
    rows.map(({ record, report }) => {
      const identity = report?.controllers[0]?.identity;
      return [
        record.network,
        record.eid,
        identity?.model ?? '',
        identity?.serialNumber ?? '',
        identity?.firmware ?? '',
        temperatureText(report?.health?.temperature),
        percentText(report?.health?.percentageUsed),
        report === undefined ? { text: 'no answer', colour: 'red' } : stateOf(report),
      ];
    }),
  );
}
