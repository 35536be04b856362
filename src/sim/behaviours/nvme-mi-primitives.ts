import type { NvmeDriveState } from '../nvme-drive';

/** Control primitives (NVMe-MI 4.2.1): opcode, tag, two bytes of parameter; status, tag, two bytes of answer. */

const SUCCESS = 0x00;
const INVALID_OPCODE = 0x03;
const INVALID_SIZE = 0x05;

const PAUSE = 0;
const RESUME = 1;
const ABORT = 2;
const GET_STATE = 3;
const REPLAY = 4;

/** Abort: nothing was running; it was ended half-way. */
const NOTHING_TO_ABORT = 0;
const PARTLY_DONE = 2;
/** Get State: what the slot does. */
const IDLE = 0;
const PROCESSING = 2;
const PAUSED = 1 << 15;

export function controlPrimitive(
  { slot, body }: { readonly slot: 0 | 1; readonly body: Uint8Array },
  drive: NvmeDriveState,
): readonly number[] {
  const [opcode, tag = 0] = body;
  if (body.length !== 4) return [INVALID_SIZE, 0, 0, 0];
  const result = resultOf(opcode, slot, drive);
  return result === undefined ? [INVALID_OPCODE, 0, 0, 0] : [SUCCESS, tag, result & 0xff, result >> 8];
}

function resultOf(opcode: number | undefined, slot: 0 | 1, drive: NvmeDriveState): number | undefined {
  switch (opcode) {
    case PAUSE:
      drive.paused = true;
      return 0x03;
    case RESUME:
      drive.paused = false;
      return 0;
    case ABORT: {
      const run = drive.running[slot];
      if (run === undefined) return NOTHING_TO_ABORT;
      run.aborted = true;
      drive.running[slot] = undefined;
      return PARTLY_DONE;
    }
    case GET_STATE:
      return (drive.running[slot] === undefined ? IDLE : PROCESSING) | (drive.paused ? PAUSED : 0);
    case REPLAY:
      // Nothing is kept to send again.
      return 0;
    default:
      return undefined;
  }
}
