import { MessageType, isEndpointEid } from '../../base/ids';
import { vendorSetBytes } from '../vendor-set';
import type { Behaviour, DeviceState } from './behaviour';

/**
 * A device's control responder, written byte by byte from DSP0236 §12 and on purpose without our own codecs: a mistake
 * made there must not be cancelled by the same mistake here.
 */

const SUCCESS = 0x00;
const ERROR_INVALID_DATA = 0x02;
const ERROR_INVALID_LENGTH = 0x03;
const ERROR_UNSUPPORTED_CMD = 0x05;
const TYPE_NOT_SUPPORTED = 0x80;
/** Entries of 7 bytes that fit into the 64 of a control message, behind the 6 in front of them. */
const ROUTING_ENTRIES = 8;

/** Completion code and the bytes after it; only the code when it is not success. */
type Answer = readonly number[];

interface Command {
  /** Bytes after the command code. */
  readonly requestLength: number;
  readonly answer: (data: Uint8Array, device: DeviceState) => Answer;
}

const COMMANDS: ReadonlyMap<number, Command> = new Map([
  [0x01, { requestLength: 2, answer: setEndpointId }],
  [0x02, { requestLength: 0, answer: getEndpointId }],
  [0x03, { requestLength: 0, answer: getEndpointUuid }],
  [0x04, { requestLength: 1, answer: getVersionSupport }],
  [0x05, { requestLength: 0, answer: getMessageTypes }],
  [0x06, { requestLength: 1, answer: getVendorDefined }],
  [0x08, { requestLength: 3, answer: allocateEndpointIds }],
  [0x0a, { requestLength: 1, answer: getRoutingTable }],
]);

export const control: Behaviour = (request, device) => {
  const [type, flags, code] = request;
  if (type !== MessageType.control) return undefined;
  // Only requests are answered: Rq set, D clear, all three header bytes there (DSP0236 §12.1).
  if (flags === undefined || code === undefined || (flags & 0xc0) !== 0x80) return 'silence';
  if (device.profile.silentTo.has(code)) return 'silence';
  const answer = answerTo(code, request.subarray(3), device);
  return Uint8Array.from([MessageType.control, flags & 0x1f, code, ...answer]);
};

function answerTo(code: number, data: Uint8Array, device: DeviceState): Answer {
  const refusal = device.profile.refuses.get(code);
  if (refusal !== undefined) return [refusal];
  const command = COMMANDS.get(code);
  if (command === undefined) return [ERROR_UNSUPPORTED_CMD];
  if (data.length !== command.requestLength) return [ERROR_INVALID_LENGTH];
  return command.answer(data, device);
}

function setEndpointId(data: Uint8Array, device: DeviceState): Answer {
  const [operation = 0, eid = 0] = data;
  // Set and force are alike for a device on one bus; it has neither a static EID nor a Discovered flag.
  if ((operation & 3) > 1 || !isEndpointEid(eid)) return [ERROR_INVALID_DATA];
  const { answersEid, poolSize } = device.profile;
  device.eid = answersEid === 0 ? eid : answersEid;
  const assignment = device.eid === eid ? 0x00 : 0x10;
  return [SUCCESS, assignment | (poolSize > 0 ? 0x01 : 0x00), device.eid, poolSize];
}

function getEndpointId(_data: Uint8Array, device: DeviceState): Answer {
  return [SUCCESS, device.eid, device.profile.poolSize > 0 ? 0x10 : 0x00, 0x00];
}

function getEndpointUuid(_data: Uint8Array, device: DeviceState): Answer {
  const { uuid } = device.profile;
  return uuid === undefined ? [ERROR_UNSUPPORTED_CMD] : [SUCCESS, ...uuid];
}

/** 1.3.1 for the base and control; 1.0 for every other type the device has. */
function getVersionSupport(data: Uint8Array, device: DeviceState): Answer {
  const [type = 0] = data;
  if (type === 0xff || type === MessageType.control) return [SUCCESS, 1, 0xf1, 0xf3, 0xf1, 0x00];
  if (!device.profile.types.includes(type)) return [TYPE_NOT_SUPPORTED];
  return [SUCCESS, 1, 0xf1, 0xf0, 0xff, 0x00];
}

function getMessageTypes(_data: Uint8Array, device: DeviceState): Answer {
  return [SUCCESS, device.profile.types.length, ...device.profile.types];
}

function getVendorDefined(data: Uint8Array, device: DeviceState): Answer {
  const [selector = 0] = data;
  const sets = device.profile.vendorSets;
  const set = sets[selector];
  if (set === undefined) return [ERROR_INVALID_DATA];
  const next = selector + 1 < sets.length ? selector + 1 : 0xff;
  return [SUCCESS, next, ...vendorSetBytes(set)];
}

/** Accepted once; later ones are told the pool in force (DSP0236 §12.10). Only a bridge knows the command. */
function allocateEndpointIds(data: Uint8Array, device: DeviceState): Answer {
  const [operation = 0, size = 0, start = 0] = data;
  if (device.profile.poolSize === 0) return [ERROR_UNSUPPORTED_CMD];
  const { pool } = device;
  switch (operation & 3) {
    case 0:
      if (pool !== undefined) return [SUCCESS, 0x01, pool.size, pool.start];
      break;
    case 1:
      break;
    case 2:
      return [SUCCESS, 0x00, pool?.size ?? 0, pool?.start ?? 0];
    default:
      return [ERROR_INVALID_DATA];
  }
  const fits = size > 0 && isEndpointEid(start) && isEndpointEid(start + size - 1);
  if (!fits) return [ERROR_INVALID_DATA];
  device.pool = { size, start };
  return [SUCCESS, 0x00, size, start];
}

/**
 * One entry for each device behind a bridge (DSP0236 §12.12): one EID, a simple endpoint, dynamic, its port number;
 * binding and medium unspecified; the port once more as a physical address of one byte. The handle counts entries.
 */
function getRoutingTable([handle = 0]: Uint8Array, device: DeviceState): Answer {
  if (device.profile.poolSize === 0) return [ERROR_UNSUPPORTED_CMD];
  const entries = device.downstream.flatMap((eid, port) =>
    eid === 0 ? [] : [[1, eid, port & 0x1f, 0, 0, 1, port]],
  );
  if (handle > 0 && handle >= entries.length) return [ERROR_INVALID_DATA];
  const told = entries.slice(handle, handle + ROUTING_ENTRIES);
  const next = handle + told.length;
  return [SUCCESS, next < entries.length ? next : 0xff, told.length, ...told.flat()];
}
