import { crc32c } from '../../base/crc';
import { MessageType } from '../../base/ids';
import type { NvmeDriveState, NvmeFault, NvmeRun } from '../nvme-drive';
import type { Behaviour, DeviceState, Reaction, TimedAnswer } from './behaviour';
import { adminCommand } from './nvme-mi-admin';
import { miCommand } from './nvme-mi-commands';
import { controlPrimitive } from './nvme-mi-primitives';

/**
 * A drive's NVMe-MI responder, written byte by byte and, as the control responder, on purpose without our own codecs. It
 * does what `nvme-mi-dev` does where the standard leaves a choice, and whatever the faults of its profile ask for.
 */

const INTEGRITY_CHECK = 0x80;
const RESPONSE = 0x80;
const MORE_PROCESSING = 0x01;
const INVALID_OPCODE = 0x03;
const MIC_LENGTH = 4;

/** NVMe-MI message types. */
const CONTROL_PRIMITIVE = 0;
const MI = 1;
const ADMIN = 2;

/** A request as the commands see it. */
interface Call {
  /** NVMe-MI message type. */
  readonly type: number;
  readonly slot: 0 | 1;
  /** Between the header and the MIC. */
  readonly body: Uint8Array;
}

export const nvmeMi: Behaviour = (message, device) => {
  const [first = 0, parameters = 0] = message;
  const { drive } = device;
  if (drive === undefined || (first & 0x7f) !== MessageType.nvmeMi) return undefined;
  if ((first & INTEGRITY_CHECK) === 0 || message.length < 4 + MIC_LENGTH || !hasGoodMic(message))
    return 'silence';
  if ((parameters & RESPONSE) !== 0) return 'silence';
  const call: Call = {
    type: (parameters >> 3) & 0xf,
    slot: (parameters & 1) === 0 ? 0 : 1,
    body: message.subarray(4, -MIC_LENGTH),
  };
  if (call.type === CONTROL_PRIMITIVE) return sealed(call, controlPrimitive(call, drive));
  // One command at a time: what comes while the slot is busy is lost.
  if (drive.running[call.slot] !== undefined) return 'silence';
  return misbehave(takeFault(call, drive), call, device, drive);
};

function hasGoodMic(message: Uint8Array): boolean {
  const end = message.length - MIC_LENGTH;
  const crc = crc32c(message.subarray(0, end));
  return micBytes(crc).every((byte, index) => message[end + index] === byte);
}

/** Least significant byte first, right after the data. */
function micBytes(crc: number): number[] {
  return [crc & 0xff, (crc >>> 8) & 0xff, (crc >>> 16) & 0xff, crc >>> 24];
}

/** A response, from the type byte to the MIC. */
function sealed({ type, slot }: Pick<Call, 'type' | 'slot'>, body: readonly number[]): Uint8Array {
  return withMic([INTEGRITY_CHECK | MessageType.nvmeMi, RESPONSE | (type << 3) | slot, 0, 0, ...body]);
}

function withMic(bytes: readonly number[]): Uint8Array {
  return Uint8Array.from([...bytes, ...micBytes(crc32c(Uint8Array.from(bytes)))]);
}

/** Status, three bytes, and what follows. */
function bodyOf(call: Call, device: DeviceState, drive: NvmeDriveState): readonly number[] {
  if (call.type === MI) return miCommand(call.body, drive, device.now());
  if (call.type === ADMIN) return adminCommand(call.body, drive, device.now());
  return [INVALID_OPCODE, 0, 0, 0];
}

function takeFault(call: Call, drive: NvmeDriveState): NvmeFault | undefined {
  const fault = drive.profile.faults.find((each) => {
    const { command, times } = each;
    const isMeant = command === undefined || (command.type === call.type && command.opcode === call.body[0]);
    return isMeant && (drive.strikes.get(each) ?? 0) < times;
  });
  if (fault !== undefined) drive.strikes.set(fault, (drive.strikes.get(fault) ?? 0) + 1);
  return fault;
}

function misbehave(
  fault: NvmeFault | undefined,
  call: Call,
  device: DeviceState,
  drive: NvmeDriveState,
): Reaction {
  const answer = (): Uint8Array => sealed(call, bodyOf(call, device, drive));
  if (fault === undefined) return answer();
  switch (fault.kind) {
    case 'silence':
      return 'silence';
    case 'status':
      return sealed(call, [fault.status, 0, 0, 0]);
    case 'late':
      return lasting(call, drive, [{ afterMs: fault.ms, message: answer }]);
    case 'more-processing':
      return lasting(call, drive, [
        { afterMs: 0, message: () => moreProcessing(call, fault) },
        { afterMs: fault.ms, message: answer },
      ]);
    case 'endless-more-processing':
      return lasting(call, drive, endless({ afterMs: fault.ms, message: () => moreProcessing(call, fault) }));
    default:
      return SPOILERS[fault.kind](answer());
  }
}

/** MPRT in units of 100 ms in the last two bytes of the header; that of an Admin response may have its full size. */
function moreProcessing(call: Call, { announced, ms, fullSize }: NvmeFault): Uint8Array {
  const mprt = announced ?? Math.ceil(ms / 100);
  const completion = fullSize && call.type === ADMIN ? Array.from({ length: 12 }, () => 0) : [];
  return sealed(call, [MORE_PROCESSING, 0, mprt & 0xff, mprt >> 8, ...completion]);
}

function* endless(answer: TimedAnswer): Generator<TimedAnswer> {
  for (;;) yield answer;
}

/** Keeps the slot busy until the last of the answers is out; Abort ends it early. */
function* lasting(call: Call, drive: NvmeDriveState, answers: Iterable<TimedAnswer>): Generator<TimedAnswer> {
  const run: NvmeRun = { aborted: false };
  drive.running[call.slot] = run;
  for (const answer of answers) {
    yield { afterMs: answer.afterMs, message: () => (run.aborted ? undefined : answer.message()) };
  }
  drive.running[call.slot] = undefined;
}

type Spoiler = Exclude<
  NvmeFault['kind'],
  'silence' | 'status' | 'late' | 'more-processing' | 'endless-more-processing'
>;

const SPOILERS: Readonly<Record<Spoiler, (answer: Uint8Array) => Uint8Array>> = {
  'bad-mic': (answer) => Uint8Array.from([...answer.slice(0, -1), (answer.at(-1) ?? 0) ^ 0x01]),
  'no-integrity-check': (answer) => changed(answer, 0, INTEGRITY_CHECK),
  'wrong-slot': (answer) => changed(answer, 1, 0x01),
  // MI for Admin and the other way round.
  'wrong-type': (answer) => changed(answer, 1, (MI ^ ADMIN) << 3),
  'not-a-response': (answer) => changed(answer, 1, RESPONSE),
  short: (answer) => withMic([...answer.slice(0, 7)]),
  surplus: (answer) => withMic([...answer.slice(0, -MIC_LENGTH), 0xde, 0xad, 0xbe, 0xef]),
};

/** With bits of one byte turned over, and a MIC that is right again. */
function changed(answer: Uint8Array, offset: number, bits: number): Uint8Array {
  const bytes = [...answer.slice(0, -MIC_LENGTH)];
  return withMic(bytes.map((byte, index) => (index === offset ? byte ^ bits : byte)));
}
