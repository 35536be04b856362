import { z } from 'zod';
import { MctpError } from '../base/errors';
import { MESSAGE_TYPE_NAMES, isEndpointEid } from '../base/ids';
import { NVME_FAULT_KINDS } from './nvme-drive';
import { NVME_COMMANDS, NVME_WARNINGS, driveFrom } from './nvme-scenario';
import { PLAIN_DEVICE, type DeviceProfile } from './profile';

/**
 * A scenario: buses, the devices on them, what is wrong with both. Scenario files are TOML (`config/sim-*.toml`); this
 * turns the parsed document into a checked value. Durations are milliseconds, probabilities 0..1 for each packet.
 */
export interface Scenario {
  readonly buses: readonly ScenarioBus[];
}

export interface ScenarioBus {
  /** Suggested link name, 1..15 bytes. */
  readonly name: string;
  /** `pty`: a serial line, one device. `sim`: a unix-socket bus. `loopback`: inside one process. */
  readonly kind: 'pty' | 'sim' | 'loopback';
  /** Path of the socket of a `sim` bus; absent = chosen when it starts. */
  readonly socket: string | undefined;
  readonly faults: ScenarioFaults;
  readonly devices: readonly DeviceProfile[];
}

export interface ScenarioFaults {
  readonly loss: number;
  readonly duplicate: number;
  readonly reorder: number;
  readonly corrupt: number;
  readonly delayMs: number;
  readonly seed: number;
}

/** Names a scenario uses for control commands (DSP0236 table 12). */
const COMMAND_CODES: Readonly<Record<string, number>> = {
  'set-endpoint-id': 0x01,
  'get-endpoint-id': 0x02,
  'get-endpoint-uuid': 0x03,
  'get-version-support': 0x04,
  'get-message-types': 0x05,
  'get-vendor-defined': 0x06,
  'allocate-endpoint-ids': 0x08,
  'get-routing-table': 0x0a,
};

const MAX_DEVICES = 246;
const byte = z.number().int().min(0).max(255);
const word = z.number().int().min(0).max(0xffff);
const milliseconds = z.number().int().min(0).max(3_600_000);
const probability = z.number().min(0).max(1);
const command = z.enum(Object.keys(COMMAND_CODES));
const typeCodes = new Map([...MESSAGE_TYPE_NAMES].map(([code, name]) => [name, code]));
const messageType = z.union([z.number().int().min(0).max(0x7f), z.enum([...typeCodes.keys()])]);
const optionalEid = z.number().refine((eid) => eid === 0 || isEndpointEid(eid), 'expected 0 or 8..254');

const latin = (length: number) =>
  z.string().regex(new RegExp(`^[ -~]{0,${length}}$`), `expected up to ${length} printable ASCII characters`);

const uuid = z
  .string()
  .regex(
    /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
    'expected a UUID such as 595a522d-77c5-4628-8400-37bfb41b710d',
  );

const vendorSet = z.strictObject({
  format: z.enum(['pci', 'iana']),
  vendor: z.number().int().min(0).max(0xffffffff),
  subtype: word.default(0),
});

/** The health of a drive; every key may stand in a change as well. */
const nvmeHealth = z.strictObject({
  functional: z.boolean().optional(),
  temperature_celsius: z.number().int().min(-60).max(127).optional(),
  percentage_used: byte.optional(),
  spare_percent: byte.optional(),
  spare_threshold_percent: byte.optional(),
  warnings: z.array(z.enum(NVME_WARNINGS)).optional(),
});

const nvmeFault = z.strictObject({
  kind: z.enum(NVME_FAULT_KINDS),
  /** Absent: every command. */
  command: z.enum(Object.keys(NVME_COMMANDS)).optional(),
  /** Absent: always. */
  times: z.number().int().min(1).optional(),
  /** Of `late` and the two of more processing. */
  ms: milliseconds.min(1).default(1000),
  /** MPRT in units of 100 ms; absent: what `ms` comes to. */
  announced: word.optional(),
  full_size: z.boolean().default(false),
  /** NVMe-MI status of `status`; 1 is "more processing required", which has a kind of its own. */
  status: byte.min(2).default(2),
});

const nvme = z.strictObject({
  ...nvmeHealth.shape,
  model: latin(40).optional(),
  serial: latin(20).optional(),
  firmware: latin(8).optional(),
  vendor: word.optional(),
  device: word.optional(),
  controllers: z.number().int().min(1).max(254).optional(),
  port: z
    .array(z.strictObject({ kind: z.enum(['pcie', 'smbus']), transmission_unit: word.min(64).default(64) }))
    .min(1)
    .max(8)
    .optional(),
  /** Bytes of the VPD in hex. */
  vpd: z
    .string()
    .regex(/^([0-9a-f]{2}){0,4096}$/i, 'expected hex of up to 4096 bytes')
    .optional(),
  change: z
    .array(z.strictObject({ ...nvmeHealth.shape, at_ms: milliseconds }))
    .max(1000)
    .default([]),
  fault: z.array(nvmeFault).max(100).default([]),
});

/** The keys of every device, wherever it sits. */
const terminus = z.strictObject({
  name: z.string().min(1).max(40).optional(),
  /** So many devices with consecutive UUIDs, and addresses or ports, and EIDs where `eid` is given. */
  count: z.number().int().min(1).max(MAX_DEVICES).default(1),
  uuid: uuid.optional(),
  types: z.array(messageType).max(60).default([0]),
  vendor_types: z.array(vendorSet).max(254).default([]),
  nvme: nvme.optional(),
  /** Answers requests of these types with the same bytes; never control. */
  echo: z.array(messageType).max(60).default([]),
  silent: z.boolean().default(false),
  ready_after_ms: milliseconds.default(0),
  latency_ms: milliseconds.default(0),
  silent_to: z.array(command).default([]),
  refuses: z.partialRecord(command, byte.min(1)).default({}),
});

const device = z
  .strictObject({
    ...terminus.shape,
    address: byte.optional(),
    eid: optionalEid.default(0),
    answers_eid: optionalEid.default(0),
    /** Absent: as many as there are devices behind it. */
    pool_size: byte.optional(),
    /** What sits behind a bridge, on consecutive ports; the bridge gives these their EIDs. */
    downstream: z.array(terminus).max(MAX_DEVICES).default([]),
    downstream_ready_ms: milliseconds.default(0),
  })
  .refine(({ count, downstream }) => count === 1 || downstream.length === 0, {
    path: ['count'],
    message: 'expected 1 where there are devices behind the device',
  });

const faults = z.strictObject({
  loss: probability.default(0),
  duplicate: probability.default(0),
  reorder: probability.default(0),
  corrupt: probability.default(0),
  delay_ms: milliseconds.default(0),
  seed: z.number().int().min(0).max(0xffffffff).default(1),
});

const bus = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9_.-]{1,15}$/, 'expected 1..15 of A-Z a-z 0-9 _ . -'),
  kind: z.enum(['pty', 'sim', 'loopback']),
  socket: z.string().startsWith('/', 'expected an absolute path').optional(),
  faults: faults.prefault({}),
  device: z.array(device).max(MAX_DEVICES).default([]),
});

const document = z.strictObject({ bus: z.array(bus).min(1, 'expected at least one [[bus]]') });

/**
 * @param source file name for messages
 * @throws MctpError `configuration` that names every key at fault
 */
export function parseScenario(value: unknown, source: string): Scenario {
  const parsed = document.safeParse(value);
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `${source}: ${keyPath(issue.path)}: ${issue.message}`);
    throw new MctpError('configuration', lines.join('\n'));
  }
  const buses = parsed.data.bus.map((each) => toBus(each, source));
  refuseTwice(
    buses.map((each) => each.name),
    (name) => `${source}: bus.name: "${name}" is used twice, expected a name of its own`,
  );
  return { buses };
}

function toBus(raw: z.output<typeof bus>, source: string): ScenarioBus {
  const devices = raw.device.flatMap((each) => toDevices(each, raw, source));
  if (raw.kind === 'pty' && devices.length !== 1) {
    throw new MctpError(
      'configuration',
      `${source}: bus "${raw.name}": found ${devices.length} devices, expected exactly one on a pty`,
    );
  }
  refuseTwice(
    devices.map((each) => String(each.address[0])),
    (address) =>
      `${source}: bus "${raw.name}": address ${address} is used twice, expected one device at an address`,
  );
  const { delay_ms: delayMs, ...rest } = raw.faults;
  return { name: raw.name, kind: raw.kind, socket: raw.socket, faults: { ...rest, delayMs }, devices };
}

function toDevices(
  raw: z.output<typeof device>,
  { name: busName, kind }: { name: string; kind: ScenarioBus['kind'] },
  source: string,
): DeviceProfile[] {
  const where = `${source}: bus "${busName}": device.address`;
  if ((raw.address === undefined) !== (kind === 'pty')) {
    throw new MctpError(
      'configuration',
      kind === 'pty' ? `${where}: a serial line has no addresses, leave it out` : `${where}: expected 0..255`,
    );
  }
  if ((raw.address ?? 0) + raw.count - 1 > 255) {
    throw new MctpError(
      'configuration',
      `${where}: ${raw.count} devices from ${raw.address} on go beyond 255`,
    );
  }
  return Array.from({ length: raw.count }, (_, index) => toProfile(raw, index, busName));
}

function toProfile(raw: z.output<typeof device>, index: number, busName: string): DeviceProfile {
  const address = raw.address === undefined ? undefined : raw.address + index;
  const place = address === undefined ? busName : `${busName}-${address.toString(16).padStart(2, '0')}`;
  const downstream = raw.downstream
    .flatMap((each) => Array.from({ length: each.count }, (_, at) => ({ each, at })))
    .map(({ each, at }, port) => toTerminus(each, at, `${raw.name ?? place}-port${port}`));
  return {
    ...toTerminus(raw, index, place),
    address: address === undefined ? new Uint8Array(0) : Uint8Array.of(address),
    eid: raw.eid === 0 ? 0 : raw.eid + index,
    answersEid: raw.answers_eid,
    poolSize: raw.pool_size ?? downstream.length,
    downstream,
    downstreamReadyMs: raw.downstream_ready_ms,
  };
}

function typeNumber(type: number | string): number {
  return typeof type === 'number' ? type : (typeCodes.get(type) ?? 0);
}

/** @param index of several devices the n-th; @param place its name if it has none of its own */
function toTerminus(raw: z.output<typeof terminus>, index: number, place: string): DeviceProfile {
  const numberedName = raw.count > 1 && raw.name !== undefined ? `${raw.name}-${index}` : raw.name;
  return {
    ...PLAIN_DEVICE,
    name: numberedName ?? place,
    uuid:
      raw.uuid === undefined ? undefined : numbered(Buffer.from(raw.uuid.replaceAll('-', ''), 'hex'), index),
    types: raw.types.map(typeNumber),
    echo: raw.echo.map(typeNumber),
    vendorSets: raw.vendor_types,
    nvme: raw.nvme === undefined ? undefined : driveFrom(raw.nvme, index),
    silent: raw.silent,
    readyAfterMs: raw.ready_after_ms,
    latencyMs: raw.latency_ms,
    silentTo: new Set(raw.silent_to.map((each) => COMMAND_CODES[each] ?? 0)),
    refuses: new Map(
      Object.entries(raw.refuses).map(([name, code]) => [COMMAND_CODES[name] ?? 0, code ?? 1]),
    ),
  };
}

/** The UUID of the n-th of several devices: its last two bytes count on. */
function numbered(base: Buffer, index: number): Uint8Array {
  const uuidBytes = Uint8Array.from(base);
  const tail = (base.readUInt16BE(14) + index) & 0xffff;
  uuidBytes[14] = tail >> 8;
  uuidBytes[15] = tail & 0xff;
  return uuidBytes;
}

function refuseTwice(values: readonly string[], message: (value: string) => string): void {
  const twice = values.find((value, index) => values.indexOf(value) !== index);
  if (twice !== undefined) throw new MctpError('configuration', message(twice));
}

function keyPath(path: readonly PropertyKey[]): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');
}
