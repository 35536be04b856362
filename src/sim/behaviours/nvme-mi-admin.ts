import { healthAt, type NvmeDriveState } from '../nvme-drive';

/** NVMe Admin commands in NVMe-MI messages (message type 2): 68 bytes of request, the completion and data back. */

const SUCCESS = 0x00;
const INVALID_OPCODE = 0x03;
const INVALID_PARAMETER = 0x04;
const INVALID_COMMAND_SIZE = 0x05;

const GET_LOG_PAGE = 0x02;
const IDENTIFY = 0x06;
const GET_FEATURES = 0x0a;

/** NVMe status field: status code, its type from bit 8 on, and "do not retry". */
const INVALID_FIELD = 0x02;
const INVALID_LOG_PAGE = 0x0109;
const DO_NOT_RETRY = 0x4000;
/** The phase tag is set as on a real completion queue; nobody may look at it. */
const PHASE = 0x0001_0000;

const REQUEST_SIZE = 64;
const MOST_DATA = 4096;
const SMART_SIZE = 512;
/** Size of a made-up vendor log (LID 0xc0): longer than one message, and no multiple of one. */
const VENDOR_LOG_SIZE = 10_000;

interface Call {
  readonly controller: number;
  readonly offset: number;
  readonly length: number;
  /** Of the submission queue entry. */
  readonly dw: (index: number) => number;
  readonly drive: NvmeDriveState;
  readonly nowMs: number;
}

/** Status field, completion dword 0, and data before offset and length are applied. */
interface Completion {
  readonly status?: number;
  readonly result?: number;
  readonly data?: Uint8Array;
}

const COMMANDS: ReadonlyMap<number, (call: Call) => Completion> = new Map([
  [GET_LOG_PAGE, getLogPage],
  [IDENTIFY, identify],
  [GET_FEATURES, getFeatures],
]);

export function adminCommand(body: Uint8Array, drive: NvmeDriveState, nowMs: number): readonly number[] {
  const command = COMMANDS.get(body[0] ?? 0);
  if (command === undefined) return [INVALID_OPCODE, 0, 0, 0];
  if (body.length !== REQUEST_SIZE) return [INVALID_COMMAND_SIZE, 0, 0, 0];
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const call: Call = {
    controller: view.getUint16(2, true),
    offset: view.getUint32(24, true),
    length: view.getUint32(28, true),
    // Offset and length stand where dwords 6 and 7 would be, so each dword is in its own place.
    dw: (index) => view.getUint32(index * 4, true),
    drive,
    nowMs,
  };
  const isWrong =
    call.controller >= drive.profile.controllers ||
    call.offset % 4 !== 0 ||
    call.length % 4 !== 0 ||
    call.length > MOST_DATA;
  if (isWrong) return [INVALID_PARAMETER, 0, 0, 0];
  const completion = command(call);
  // A command that returns data and room for none.
  if (completion.data !== undefined && call.length === 0) return [INVALID_PARAMETER, 0, 0, 0];
  return answer(completion, call);
}

function answer({ status = 0, result = 0, data }: Completion, { offset, length }: Call): readonly number[] {
  const dw3 = status * 0x2_0000 + PHASE;
  const returned = status === 0 && data !== undefined ? data.subarray(offset, offset + length) : [];
  return [SUCCESS, 0, 0, 0, ...dword(result), ...dword(0), ...dword(dw3), ...returned];
}

const dword = (value: number): readonly number[] => [0, 8, 16, 24].map((shift) => (value >>> shift) & 0xff);

function identify({ dw, controller, drive }: Call): Completion {
  const data = new Uint8Array(4096);
  const view = new DataView(data.buffer);
  const { profile } = drive;
  switch (dw(10) & 0xff) {
    case 0x01:
      view.setUint16(0, profile.vendor, true);
      view.setUint16(2, profile.vendor, true);
      data.set(text(profile.serial, 20), 4);
      data.set(text(profile.model, 40), 24);
      data.set(text(profile.firmware, 8), 64);
      view.setUint16(78, controller, true);
      return { data };
    case 0x02:
      // One active namespace.
      view.setUint32(0, 1, true);
      return { data };
    case 0x13:
      view.setUint16(0, profile.controllers, true);
      for (let id = 0; id < profile.controllers; id++) view.setUint16(2 + 2 * id, id, true);
      return { data };
    default:
      return { status: INVALID_FIELD | DO_NOT_RETRY };
  }
}

function text(value: string, length: number): Uint8Array {
  return Uint8Array.from(Buffer.from(value.padEnd(length, ' ').slice(0, length), 'latin1'));
}

function getLogPage({ dw, drive, nowMs }: Call): Completion {
  const log = logPage(dw(10) & 0xff, drive, nowMs);
  if (log === undefined) return { status: INVALID_LOG_PAGE | DO_NOT_RETRY };
  const dwords = (dw(10) >>> 16) + (dw(11) & 0xffff) * 0x1_0000 + 1;
  const from = dw(12) + dw(13) * 2 ** 32;
  return { data: log.subarray(from, from + dwords * 4) };
}

function logPage(id: number, drive: NvmeDriveState, nowMs: number): Uint8Array | undefined {
  switch (id) {
    case 0x02:
      return smartLog(drive, nowMs);
    case 0xc0:
      return Uint8Array.from({ length: VENDOR_LOG_SIZE }, (_, index) => (index ^ (index >> 8)) & 0xff);
    default:
      return undefined;
  }
}

function smartLog({ profile }: NvmeDriveState, nowMs: number): Uint8Array {
  const health = healthAt(profile, nowMs);
  const data = new Uint8Array(SMART_SIZE);
  const kelvin = health.temperatureCelsius + 273;
  const { criticalWarning, sparePercent, spareThresholdPercent, percentageUsed } = health;
  data.set([criticalWarning, kelvin & 0xff, kelvin >> 8, sparePercent, spareThresholdPercent]);
  data[5] = Math.min(255, percentageUsed);
  return data;
}

/** Power Management, and Temperature Threshold in kelvin. */
const FEATURES: ReadonlyMap<number, number> = new Map([
  [0x02, 0],
  [0x04, 343],
]);

function getFeatures({ dw }: Call): Completion {
  const result = FEATURES.get(dw(10) & 0xff);
  return result === undefined ? { status: INVALID_FIELD | DO_NOT_RETRY } : { result };
}
