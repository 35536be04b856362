import type { EndpointRecord } from '../../scan/records';
import type { WatchEvent } from '../../scan/changes';
import { escapeControls } from './escape';
import { formatTypes, placeText } from './format';
import { endpointJson } from './json';
import type { Printer } from './printer';
import type { Colour } from './style';

const COLOURS: Readonly<Record<'added' | 'changed' | 'removed', Colour>> = {
  added: 'green',
  changed: 'yellow',
  removed: 'red',
};

/** One line of `scan --watch`: text with the time of day, or one JSON value. */
export function printEvent(printer: Printer, event: WatchEvent, time: Date): void {
  if (event.kind === 'problem') {
    printer.note(`skipped ${event.problem.path}: ${event.problem.reason}`);
  } else if (printer.json) {
    printer.jsonLine({ time: time.toISOString(), ...eventJson(event) });
  } else if (event.kind === 'daemon') {
    if (!event.running) printer.note('the daemon is not running; waiting for it');
  } else {
    const word = printer.style(COLOURS[event.kind], event.kind.padEnd(7));
    printer.lines([`${time.toTimeString().slice(0, 8)}  ${word}  ${endpointText(event.endpoint)}`]);
  }
}

function eventJson(event: Exclude<WatchEvent, { kind: 'problem' }>) {
  if (event.kind === 'daemon') return { event: 'daemon', running: event.running };
  return { event: event.kind, endpoint: endpointJson(event.endpoint) };
}

function endpointText(endpoint: EndpointRecord): string {
  const parts = [
    `${endpoint.network}:${endpoint.eid}`,
    formatTypes(endpoint.types),
    endpoint.connectivity.toLowerCase(),
    endpoint.uuid ?? '',
    endpoint.link ?? '',
    placeText(endpoint),
  ];
  return escapeControls(parts.filter((part) => part !== '').join('  '));
}
