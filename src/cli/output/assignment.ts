import type { Assignment } from '../../scan/manager';
import { escapeControls } from './escape';
import type { Printer } from './printer';

/** `fresh` is undefined where the daemon does not tell. */
type Outcome = Omit<Assignment, 'fresh'> & { readonly fresh: boolean | undefined };

/** The outcome of `setup`, `assign` and `learn`. */
export function printAssignment(printer: Printer, { eid, network, path, fresh }: Outcome): void {
  printer.result({ found: true, network, eid, path, new: fresh ?? null }, () => {
    const known = fresh === undefined ? 'published' : 'known already';
    const state = fresh === true ? printer.style('green', 'new') : known;
    printer.lines([`${network}:${eid}  ${state}  ${escapeControls(path)}`]);
  });
}
