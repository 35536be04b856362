import type { Assignment } from '../../scan/manager';
import { escapeControls } from './escape';
import type { Printer } from './printer';

/** The outcome of `setup`, `assign` and `learn`. */
export function printAssignment(printer: Printer, { eid, network, path, fresh }: Assignment): void {
  printer.result({ found: true, network, eid, path, new: fresh }, () => {
    const state = fresh ? printer.style('green', 'new') : 'known already';
    printer.lines([`${network}:${eid}  ${state}  ${escapeControls(path)}`]);
  });
}
