import { changedFlags, clearFlags, healthAt, type NvmeDriveState, type NvmePortProfile } from '../nvme-drive';

/** NVMe-MI commands (message type 1). Opcode, three reserved bytes, two dwords; status, three bytes, data. */

const SUCCESS = 0x00;
const INVALID_OPCODE = 0x03;
const INVALID_PARAMETER = 0x04;
const INVALID_COMMAND_SIZE = 0x05;
const INVALID_INPUT_DATA_SIZE = 0x06;

const READ_DATA_STRUCTURE = 0x00;
const SUBSYSTEM_HEALTH_POLL = 0x01;
const CONTROLLER_HEALTH_POLL = 0x02;
const CONFIGURATION_SET = 0x03;
const CONFIGURATION_GET = 0x04;
const VPD_READ = 0x05;

/** Opcode, reserved, dwords 0 and 1. */
const REQUEST_SIZE = 12;
const KELVIN_OF_ZERO_CELSIUS = 273;
const STRUCTURE_SIZE = 32;

interface Call {
  readonly dw0: number;
  readonly dw1: number;
  readonly drive: NvmeDriveState;
  readonly nowMs: number;
}

type Answer = readonly number[];

const COMMANDS: ReadonlyMap<number, (call: Call) => Answer> = new Map([
  [READ_DATA_STRUCTURE, readDataStructure],
  [SUBSYSTEM_HEALTH_POLL, subsystemHealth],
  [CONTROLLER_HEALTH_POLL, controllerHealth],
  [CONFIGURATION_SET, setConfiguration],
  [CONFIGURATION_GET, getConfiguration],
  [VPD_READ, readVpd],
]);

export function miCommand(body: Uint8Array, drive: NvmeDriveState, nowMs: number): Answer {
  if (body.length < REQUEST_SIZE) return failed(INVALID_COMMAND_SIZE);
  const opcode = body[0] ?? 0;
  if (body.length > REQUEST_SIZE) {
    return failed(opcode === READ_DATA_STRUCTURE ? INVALID_INPUT_DATA_SIZE : INVALID_COMMAND_SIZE);
  }
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const call = { dw0: view.getUint32(4, true), dw1: view.getUint32(8, true), drive, nowMs };
  return COMMANDS.get(opcode)?.(call) ?? failed(INVALID_OPCODE);
}

function failed(status: number): Answer {
  return [status, 0, 0, 0];
}

const word = (value: number): Answer => [value & 0xff, (value >>> 8) & 0xff];

/** The response header of Read NVMe-MI Data Structure tells the length of the data. */
function structure(data: Answer): Answer {
  return [SUCCESS, ...word(data.length), 0, ...data];
}

function padded(data: Answer): Answer {
  return [...data, ...Array.from({ length: STRUCTURE_SIZE - data.length }, () => 0)];
}

function readDataStructure({ dw0, drive }: Call): Answer {
  const controller = dw0 & 0xffff;
  const port = (dw0 >>> 16) & 0xff;
  const { profile } = drive;
  switch (dw0 >>> 24) {
    case 0:
      // Ports minus one, NVMe-MI 1.2.
      return structure(padded([profile.ports.length - 1, 1, 2, 0]));
    case 1: {
      const found = profile.ports[port];
      return found === undefined ? failed(INVALID_PARAMETER) : structure(portInformation(found, port));
    }
    case 2: {
      const ids = Array.from({ length: profile.controllers }, (_, id) => id).filter((id) => id >= controller);
      return structure([...word(ids.length), ...ids.flatMap(word)]);
    }
    case 3:
      if (controller >= profile.controllers) return failed(INVALID_PARAMETER);
      return structure(controllerInformation(controller, drive));
    case 4: {
      const supported = [...COMMANDS.keys()].flatMap((opcode) => [1, opcode]);
      return structure([...word(COMMANDS.size), ...supported]);
    }
    default:
      return failed(INVALID_PARAMETER);
  }
}

function portInformation({ kind, transmissionUnit }: NvmePortProfile, port: number): Answer {
  const head = [kind === 'pcie' ? 1 : 2, 0, ...word(transmissionUnit), 0, 0, 0, 0];
  // PCIe: 128 byte payloads, 2.5 to 16 GT/s, 16 GT/s now, 4 lanes of 4. SMBus: VPD at 0x53, up to 400 kHz, endpoint 0x1d.
  return padded([...head, ...(kind === 'pcie' ? [0, 0x0f, 4, 4, 4, port] : [0x53, 2, 0x1d, 2, 0])]);
}

function controllerInformation(controller: number, { profile }: NvmeDriveState): Answer {
  const routingId = 0x0100 + controller;
  const { vendor, device } = profile;
  // Port 0, reserved, routing ID valid.
  const head = [0, 0, 0, 0, 0, 1, ...word(routingId)];
  return padded([...head, ...word(vendor), ...word(device), ...word(vendor), ...word(device)]);
}

function subsystemHealth({ dw1, drive, nowMs }: Call): Answer {
  const health = healthAt(drive.profile, nowMs);
  const flags = changedFlags(drive, nowMs);
  if (dw1 >>> 31 === 1) clearFlags(drive, 0xffff, nowMs);
  // Functional, no reset needed, PCIe port 0 up.
  const status = (health.functional ? 0x20 : 0) | 0x18;
  const warnings = ~health.criticalWarning & 0x3f;
  const temperature = Math.max(-60, Math.min(127, health.temperatureCelsius)) & 0xff;
  const used = Math.min(255, health.percentageUsed);
  return [SUCCESS, 0, 0, 0, status, warnings, temperature, used, ...word(flags), 0, 0];
}

function controllerHealth({ dw0, dw1, drive, nowMs }: Call): Answer {
  const flags = changedFlags(drive, nowMs);
  const all = dw0 >>> 31 === 1;
  const first = dw0 & 0xffff;
  const most = ((dw0 >>> 16) & 0xff) + 1;
  const ids = Array.from({ length: drive.profile.controllers }, (_, id) => id)
    .filter((id) => id >= first && (all || flags !== 0))
    .slice(0, most);
  const health = healthAt(drive.profile, nowMs);
  if (dw1 >>> 31 === 1) clearFlags(drive, 0xffff, nowMs);
  const entry = (id: number): Answer => [
    ...word(id),
    // Ready, or failed.
    ...word(health.functional ? 0x0001 : 0x0002),
    ...word(health.temperatureCelsius + KELVIN_OF_ZERO_CELSIUS),
    Math.min(255, health.percentageUsed),
    health.sparePercent,
    health.criticalWarning,
    ...word(flags),
    ...[0, 0, 0, 0, 0],
  ];
  return [SUCCESS, 0, 0, ids.length, ...ids.flatMap(entry)];
}

const SMBUS_FREQUENCY = 1;
const HEALTH_STATUS_CHANGE = 2;
const TRANSMISSION_UNIT = 3;

function getConfiguration({ dw0, drive }: Call): Answer {
  const port = dw0 >>> 24;
  const kind = drive.profile.ports[port]?.kind;
  switch (dw0 & 0xff) {
    case SMBUS_FREQUENCY:
      return kind === 'smbus' ? [SUCCESS, drive.frequencies.get(port) ?? 1, 0, 0] : failed(INVALID_PARAMETER);
    case HEALTH_STATUS_CHANGE:
      return [SUCCESS, 0, 0, 0];
    case TRANSMISSION_UNIT:
      if (kind === undefined) return failed(INVALID_PARAMETER);
      return [SUCCESS, ...word(drive.units.get(port) ?? 64), 0];
    default:
      return failed(INVALID_PARAMETER);
  }
}

function setConfiguration({ dw0, dw1, drive, nowMs }: Call): Answer {
  const port = dw0 >>> 24;
  const profile = drive.profile.ports[port];
  switch (dw0 & 0xff) {
    case SMBUS_FREQUENCY: {
      const code = (dw0 >>> 8) & 0xf;
      if (profile?.kind !== 'smbus' || code < 1 || code > 3) return failed(INVALID_PARAMETER);
      drive.frequencies.set(port, code);
      break;
    }
    case HEALTH_STATUS_CHANGE:
      clearFlags(drive, dw1 & 0xffff, nowMs);
      break;
    case TRANSMISSION_UNIT: {
      const unit = dw1 & 0xffff;
      if (profile === undefined || unit < 64 || unit > profile.transmissionUnit)
        return failed(INVALID_PARAMETER);
      drive.units.set(port, unit);
      break;
    }
    default:
      return failed(INVALID_PARAMETER);
  }
  return [SUCCESS, 0, 0, 0];
}

/** Offset in dword 0, length in dword 1. */
function readVpd({ dw0, dw1, drive }: Call): Answer {
  const offset = dw0 & 0xffff;
  const length = dw1 & 0xffff;
  const { vpd } = drive.profile;
  if (offset + length > vpd.length) return failed(INVALID_PARAMETER);
  return [SUCCESS, 0, 0, 0, ...vpd.subarray(offset, offset + length)];
}
