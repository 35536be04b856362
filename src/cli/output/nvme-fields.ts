import { toHex } from '../../base/bytes';
import { describeCause } from '../../base/errors';
import type { ControllerIdentity } from '../../nvme-mi/commands/identify';
import type { PortInformation } from '../../nvme-mi/commands/read-port-information';
import type { CompositeTemperature, CriticalWarning } from '../../nvme-mi/health-flags';
import type { ControllerReport, ControllerVitals, SubsystemReport } from '../../nvme-mi/subsystem-report';
import type { EndpointRecord } from '../../scan/records';
import type { Printer } from './printer';
import type { Cell } from './table';

type Field = readonly [string, Cell];

const WARNINGS: Readonly<Record<keyof CriticalWarning, string>> = {
  spare: 'spare is low',
  temperature: 'temperature out of range',
  reliability: 'reliability degraded',
  readOnly: 'media are read only',
  memoryBackup: 'memory backup failed',
  persistentMemory: 'persistent memory unreliable',
};

const LINE_BYTES = 16;

export function printFields(printer: Printer, record: EndpointRecord, fields: readonly Field[]): void {
  printer.lines([printer.style('bold', `drive ${record.network}:${record.eid}`)]);
  printer.fields(fields);
}

export function infoFields({ subsystem, ports, controllers, problems }: SubsystemReport): readonly Field[] {
  return [
    ['NVMe-MI', `${subsystem.majorVersion}.${subsystem.minorVersion}`],
    ...ports.map((port, index): Field => [`port ${index}`, port === undefined ? '' : portText(port)]),
    ...controllers.map((each): Field => [`controller ${each.id}`, controllerText(each)]),
    ...problems.map(({ what, error }): Field => [what, { text: describeCause(error), colour: 'yellow' }]),
  ];
}

export function healthFields(report: SubsystemReport): readonly Field[] {
  const { health, controllers, problems } = report;
  return [
    ['state', stateOf(report)],
    ['temperature', temperatureText(health?.temperature)],
    ['used', percentText(health?.percentageUsed)],
    ...controllers.map((each): Field => [`controller ${each.id}`, vitalsText(each.health)]),
    ...problems.map(({ what, error }): Field => [what, { text: describeCause(error), colour: 'yellow' }]),
  ];
}

export function identityFields(identity: ControllerIdentity): readonly Field[] {
  return [
    ['model', identity.model],
    ['serial', identity.serialNumber],
    ['firmware', identity.firmware],
    ['vendor', hex16(identity.vendorId)],
    ['subsystem vendor', hex16(identity.subsystemVendorId)],
  ];
}

/** Offset, and 16 bytes in a line. */
export function logLines(data: Uint8Array): readonly string[] {
  return Array.from({ length: Math.ceil(data.length / LINE_BYTES) }, (_, line) => {
    const at = line * LINE_BYTES;
    const bytes = Array.from(data.subarray(at, at + LINE_BYTES), (byte) => toHex(Uint8Array.of(byte)));
    return `${at.toString(16).padStart(4, '0')}  ${bytes.join(' ')}`;
  });
}

/** `good`, or what is wrong. */
export function stateOf({ health }: SubsystemReport): Cell {
  if (health === undefined) return '';
  const wrong = [
    ...(health.driveFunctional ? [] : ['not functional']),
    ...(health.resetRequired ? ['reset required'] : []),
    ...(health.sanitizeFailure ? ['sanitize failed'] : []),
    ...warningTexts(health.warning),
  ];
  return wrong.length === 0 ? { text: 'good', colour: 'green' } : { text: wrong.join(', '), colour: 'red' };
}

/** `41 C`, or why there is none. */
export function temperatureText(temperature: CompositeTemperature | undefined): string {
  if (temperature === undefined) return '';
  const { celsius, note } = temperature;
  if (celsius === undefined) return note.replace('-', ' ');
  return note === 'exact' ? `${celsius} C` : `${celsius} C ${note.replace('-', ' ')}`;
}

export function percentText(percent: number | undefined): string {
  if (percent === undefined) return '';
  return percent === 255 ? '255 % or more' : `${percent} %`;
}

function warningTexts(warning: CriticalWarning): string[] {
  return Object.entries(WARNINGS).flatMap(([key, text]) =>
    warning[key as keyof CriticalWarning] ? [text] : [],
  );
}

function portText(port: PortInformation): string {
  const unit = `unit ${port.transmissionUnitBytes}`;
  if (port.kind === 'pcie') {
    const link = port.lanes === 0 ? 'link down' : `${port.speedGtps} GT/s x${port.lanes}`;
    return `pcie, ${link}, ${unit}`;
  }
  if (port.kind === 'smbus') {
    return `smbus, address 0x${toHex(Uint8Array.of(port.endpointAddress))}, ${port.endpointFrequencyKHz ?? '?'} kHz, ${unit}`;
  }
  return `${port.kind}, ${unit}`;
}

function controllerText({ identity, information }: ControllerReport): string {
  const { routingId } = information ?? {};
  const label = identity === undefined ? [] : [identity.model, identity.serialNumber, identity.firmware];
  const place =
    routingId === undefined
      ? []
      : [`pci ${toHex(Uint8Array.of(routingId.bus))}:${routingId.device}.${routingId.function}`];
  return [...label, ...place].join(', ');
}

function vitalsText(vitals: ControllerVitals | undefined): string {
  if (vitals === undefined) return '';
  const { temperatureCelsius, percentageUsed, sparePercent, warning } = vitals;
  const numbers = [
    `${temperatureCelsius} C`,
    `${percentText(percentageUsed)} used`,
    `${sparePercent} % spare`,
  ];
  return [...numbers, ...warningTexts(warning)].join(', ');
}

function hex16(value: number): string {
  return `0x${value.toString(16).padStart(4, '0')}`;
}
