import { byteAt } from '../base/bytes';
import { Reader } from '../base/reader';
import type { NvmeStatus, ParameterLocation } from './errors';
import {
  HEADER_SIZE,
  MIC_SIZE,
  NvmeMiType,
  RESPONSE_FLAG,
  TYPE_BYTE,
  hasValidMic,
  type RequestHeader,
} from './message';
import { NvmeMiStatus } from './status';

/** What a message that came back under our tag is to the request that waits. */
export type Verdict =
  /** Status 0; the body from the status byte on, at least 4 bytes. */
  | { readonly kind: 'answer'; readonly body: Uint8Array }
  | { readonly kind: 'refused'; readonly status: number; readonly parameter: ParameterLocation | undefined }
  /** The final answer comes later, under the same tag; this long it may take. */
  | { readonly kind: 'more-processing'; readonly ms: number }
  | { readonly kind: 'bad'; readonly reason: string };

/** Status and three bytes that depend on the command. */
const STATUS_SIZE = 4;
/** MPRT, the time of "more processing required", counts in these. */
const PROCESSING_UNIT_MS = 100;
/** The usual size of "more processing required" without MIC, and the one of drives that send the whole Admin header. */
const MORE_PROCESSING_SIZES = { any: 8, admin: 20 };

/**
 * Judges a message from its type byte to the MIC, in the order that others check in, so that their logs and ours name
 * the same fault. Unlike libnvme we compare the NMIMT too, and the type byte that really came.
 */
export function judgeResponse(message: Uint8Array, request: RequestHeader): Verdict {
  if (message.length < HEADER_SIZE + STATUS_SIZE + MIC_SIZE)
    return bad(`${message.length} bytes are too short`);
  if (!hasValidMic(message)) return bad('the message integrity check is wrong');
  if (byteAt(message, 0) !== TYPE_BYTE) return bad('the integrity check bit is missing');
  const parameters = byteAt(message, 1);
  if ((parameters & RESPONSE_FLAG) === 0) return bad('it is no response');
  if ((parameters & 1) !== request.slot) return bad(`it is for slot ${parameters & 1}`);
  const type = (parameters >> 3) & 0xf;
  if (type !== request.type) return bad(`it has NVMe-MI message type ${type} instead of ${request.type}`);
  return judgeStatus(message.subarray(0, message.length - MIC_SIZE), request);
}

function judgeStatus(message: Uint8Array, request: RequestHeader): Verdict {
  const body = message.subarray(HEADER_SIZE);
  const status = byteAt(body, 0);
  const reader = new Reader(body.subarray(1), 'little-endian');
  const first = reader.u8();
  const word = reader.u16();
  if (status === NvmeMiStatus.success) return { kind: 'answer', body };
  if (status === NvmeMiStatus.moreProcessingRequired && isMoreProcessing(message.length, request)) {
    return { kind: 'more-processing', ms: word * PROCESSING_UNIT_MS };
  }
  // Where the location stands is unverified; endpoints that leave it 0 are common.
  const parameter = status === NvmeMiStatus.invalidParameter ? { byte: word, bit: first & 7 } : undefined;
  return { kind: 'refused', status, parameter };
}

function isMoreProcessing(length: number, { type }: RequestHeader): boolean {
  return (
    length === MORE_PROCESSING_SIZES.any ||
    (type === NvmeMiType.admin && length === MORE_PROCESSING_SIZES.admin)
  );
}

function bad(reason: string): Verdict {
  return { kind: 'bad', reason };
}

/** SC in bits 7..0, SCT in 10..8, DNR in 14. @param field as it stands above the phase tag of completion dword 3 */
export function nvmeStatus(field: number): NvmeStatus {
  return {
    statusCode: field & 0xff,
    statusCodeType: (field >> 8) & 7,
    doNotRetry: (field & 0x4000) !== 0,
  };
}
