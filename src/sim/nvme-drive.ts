/** A simulated NVMe drive: what it is, how it is, how that changes, and how it misbehaves on NVMe-MI. */
export interface NvmeDriveProfile {
  /** Identify Controller; padded with spaces. At most 40, 20 and 8 characters. */
  readonly model: string;
  readonly serial: string;
  readonly firmware: string;
  /** PCI identifiers. */
  readonly vendor: number;
  readonly device: number;
  /** Controllers 0..n-1. */
  readonly controllers: number;
  /** Management ports in their order. */
  readonly ports: readonly NvmePortProfile[];
  readonly health: NvmeHealth;
  /** What becomes of the health, earliest first. */
  readonly changes: readonly NvmeHealthChange[];
  readonly vpd: Uint8Array;
  readonly faults: readonly NvmeFault[];
}

export interface NvmePortProfile {
  readonly kind: 'pcie' | 'smbus';
  /** Largest transmission unit in bytes. */
  readonly transmissionUnit: number;
}

export interface NvmeHealth {
  readonly functional: boolean;
  readonly temperatureCelsius: number;
  /** May exceed 100. */
  readonly percentageUsed: number;
  readonly sparePercent: number;
  readonly spareThresholdPercent: number;
  /** Bits of the SMART critical warning byte: 0 spare, 1 temperature, 2 reliability, 3 read only, 4 backup, 5 PMR. */
  readonly criticalWarning: number;
}

export interface NvmeHealthChange extends Partial<NvmeHealth> {
  /** Milliseconds since the simulation began. */
  readonly atMs: number;
}

export const NVME_FAULT_KINDS = [
  'silence',
  'late',
  'more-processing',
  'endless-more-processing',
  'bad-mic',
  'no-integrity-check',
  'wrong-slot',
  'wrong-type',
  'not-a-response',
  'short',
  'surplus',
  'status',
] as const;

/** One way of going wrong. The first that applies to a command and is not used up strikes. */
export interface NvmeFault {
  readonly kind: (typeof NVME_FAULT_KINDS)[number];
  /** Opcode and message type (1 MI, 2 Admin) that it strikes; `undefined` = every command but control primitives. */
  readonly command: { readonly type: number; readonly opcode: number } | undefined;
  /** So many times; `Infinity` = always. */
  readonly times: number;
  /** How long the command takes (`late`, `more-processing`), or the time between two answers of the endless one. */
  readonly ms: number;
  /** MPRT as announced, in units of 100 ms; `undefined` = what `ms` comes to. */
  readonly announced: number | undefined;
  /** "More processing required" comes in the full size of an Admin response, as some drives send it. */
  readonly fullSize: boolean;
  /** NVMe-MI status that is answered. */
  readonly status: number;
}

/** What changes about a drive while it runs. */
export interface NvmeDriveState {
  readonly profile: NvmeDriveProfile;
  /** By bit of the composite controller status: when it was last cleared, in milliseconds since the simulation began. */
  readonly clearedAtMs: Map<number, number>;
  /** By port: SMBus frequency code, transmission unit in use. */
  readonly frequencies: Map<number, number>;
  readonly units: Map<number, number>;
  /** By slot: the command it is busy with. */
  readonly running: [NvmeRun | undefined, NvmeRun | undefined];
  /** Both slots, between Pause and Resume. */
  paused: boolean;
  /** How often each fault has struck. */
  readonly strikes: Map<NvmeFault, number>;
}

export interface NvmeRun {
  aborted: boolean;
}

export function newDriveState(profile: NvmeDriveProfile): NvmeDriveState {
  return {
    profile,
    clearedAtMs: new Map(),
    frequencies: new Map(),
    units: new Map(),
    running: [undefined, undefined],
    paused: false,
    strikes: new Map(),
  };
}

/** The health at a time since the simulation began. */
export function healthAt(profile: NvmeDriveProfile, nowMs: number): NvmeHealth {
  const past = profile.changes.filter((change) => change.atMs <= nowMs);
  return past.reduce<NvmeHealth>((health, change) => ({ ...health, ...change }), profile.health);
}

/** Bits of the composite controller status, and when each was last set; -Infinity = never. */
function changeTimes({ changes }: NvmeDriveProfile, nowMs: number): readonly (readonly [number, number])[] {
  const last = (...keys: readonly (keyof NvmeHealth)[]): number =>
    Math.max(
      -Infinity,
      ...changes
        .filter((change) => change.atMs <= nowMs && keys.some((key) => change[key] !== undefined))
        .map((change) => change.atMs),
    );
  return [
    [0, 0], // RDY: it became ready when the simulation began.
    [9, last('temperatureCelsius')],
    [10, last('percentageUsed')],
    [11, last('sparePercent')],
    [12, last('criticalWarning')],
  ];
}

/** The composite controller status: what changed and was not cleared since. */
export function changedFlags({ profile, clearedAtMs }: NvmeDriveState, nowMs: number): number {
  return changeTimes(profile, nowMs)
    .filter(([bit, at]) => at > (clearedAtMs.get(bit) ?? -Infinity))
    .reduce((flags, [bit]) => flags | (1 << bit), 0);
}

export function clearFlags({ clearedAtMs }: NvmeDriveState, mask: number, nowMs: number): void {
  for (let bit = 0; bit < 16; bit++) if ((mask & (1 << bit)) !== 0) clearedAtMs.set(bit, nowMs);
}

/** An IPMI FRU common header with nothing behind it: version 1, checksum 0xff. */
const EMPTY_FRU = [0x01, 0, 0, 0, 0, 0, 0, 0xff];

export const HEALTHY: NvmeHealth = {
  functional: true,
  temperatureCelsius: 30,
  percentageUsed: 1,
  sparePercent: 100,
  spareThresholdPercent: 10,
  criticalWarning: 0,
};

export const PLAIN_DRIVE: NvmeDriveProfile = {
  model: 'Simulated NVMe drive',
  serial: 'SIM0000001',
  firmware: '1.0',
  vendor: 0x1de5,
  device: 0x0001,
  controllers: 1,
  ports: [
    { kind: 'pcie', transmissionUnit: 64 },
    { kind: 'smbus', transmissionUnit: 250 },
  ],
  health: HEALTHY,
  changes: [],
  vpd: Uint8Array.from(EMPTY_FRU),
  faults: [],
};
