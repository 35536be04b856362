import {
  PLAIN_DRIVE,
  type NvmeDriveProfile,
  type NvmeFault,
  type NvmeHealth,
  type NvmePortProfile,
} from './nvme-drive';

/** A drive as a scenario file writes it, checked by the schema in `scenario.ts`; what is absent is as in a plain drive. */
export interface RawDrive extends RawHealth {
  readonly model?: string | undefined;
  readonly serial?: string | undefined;
  readonly firmware?: string | undefined;
  readonly vendor?: number | undefined;
  readonly device?: number | undefined;
  readonly controllers?: number | undefined;
  readonly port?:
    readonly { readonly kind: NvmePortProfile['kind']; readonly transmission_unit: number }[] | undefined;
  readonly vpd?: string | undefined;
  readonly change: readonly (RawHealth & { readonly at_ms: number })[];
  readonly fault: readonly RawFault[];
}

interface RawHealth {
  readonly functional?: boolean | undefined;
  readonly temperature_celsius?: number | undefined;
  readonly percentage_used?: number | undefined;
  readonly spare_percent?: number | undefined;
  readonly spare_threshold_percent?: number | undefined;
  readonly warnings?: readonly Warning[] | undefined;
}

interface RawFault {
  readonly kind: NvmeFault['kind'];
  readonly command?: string | undefined;
  readonly times?: number | undefined;
  readonly ms: number;
  readonly announced?: number | undefined;
  readonly full_size: boolean;
  readonly status: number;
}

/** Bits 0..5 of the SMART critical warning byte. */
export const NVME_WARNINGS = [
  'spare',
  'temperature',
  'reliability',
  'read-only',
  'memory-backup',
  'persistent-memory',
] as const;
type Warning = (typeof NVME_WARNINGS)[number];

/** Names a scenario uses for the commands that can go wrong: NVMe-MI message type and opcode. */
export const NVME_COMMANDS: Readonly<Record<string, NonNullable<NvmeFault['command']>>> = {
  'read-data-structure': { type: 1, opcode: 0x00 },
  'subsystem-health-poll': { type: 1, opcode: 0x01 },
  'controller-health-poll': { type: 1, opcode: 0x02 },
  'configuration-set': { type: 1, opcode: 0x03 },
  'configuration-get': { type: 1, opcode: 0x04 },
  'vpd-read': { type: 1, opcode: 0x05 },
  'get-log-page': { type: 2, opcode: 0x02 },
  identify: { type: 2, opcode: 0x06 },
  'get-features': { type: 2, opcode: 0x0a },
};

/** @param index of several drives with one entry the n-th: its serial number says so */
export function driveFrom(raw: RawDrive, index: number): NvmeDriveProfile {
  const { model, serial = PLAIN_DRIVE.serial, firmware, vendor, device, controllers, port, vpd } = raw;
  return {
    ...PLAIN_DRIVE,
    ...given({ model, firmware, vendor, device, controllers }),
    serial: index === 0 ? serial : `${serial}-${index}`,
    ...given({
      ports: port?.map((each) => ({ kind: each.kind, transmissionUnit: each.transmission_unit })),
      vpd: vpd === undefined ? undefined : Uint8Array.from(Buffer.from(vpd, 'hex')),
    }),
    health: { ...PLAIN_DRIVE.health, ...healthFrom(raw) },
    changes: raw.change
      .map((each) => ({ ...healthFrom(each), atMs: each.at_ms }))
      .sort((a, b) => a.atMs - b.atMs),
    faults: raw.fault.map(faultFrom),
  };
}

function healthFrom(raw: RawHealth): Partial<NvmeHealth> {
  return given({
    functional: raw.functional,
    temperatureCelsius: raw.temperature_celsius,
    percentageUsed: raw.percentage_used,
    sparePercent: raw.spare_percent,
    spareThresholdPercent: raw.spare_threshold_percent,
    criticalWarning: raw.warnings?.reduce((bits, each) => bits | (1 << NVME_WARNINGS.indexOf(each)), 0),
  });
}

function faultFrom({ command, times = Infinity, full_size: fullSize, ...rest }: RawFault): NvmeFault {
  return {
    ...rest,
    announced: rest.announced,
    command: command === undefined ? undefined : NVME_COMMANDS[command],
    times,
    fullSize,
  };
}

/** Only the keys that have a value, so that defaults spread before it stay. */
function given<T extends object>(values: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [Key in keyof T]?: Exclude<T[Key], undefined> };
}
