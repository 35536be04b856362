import type { Malformed } from '../base/reader';
import { Reader, exactly } from '../base/reader';

/** What a control command is to the rest of the program, and the small tools its codec is written with. */

export interface DecodeOptions {
  /**
   * Tolerate bytes behind the end where the length must be exact otherwise: PCIe VDM devices pad (R-DISC-40, 41).
   */
  readonly allowTrailing?: boolean;
}

/**
 * One control command of DSP0236 §12: both directions of both messages, so that a requester, a responder and the
 * simulator share it. `Data` is what follows the command code (request) or the completion code 0x00 (response).
 */
export interface ControlCommand<Req, Res> {
  readonly code: number;
  /** As DSP0236 writes it: `Get Endpoint ID`. */
  readonly name: string;
  /** One sentence for people. */
  readonly summary: string;
  /** @throws RangeError for a value that has no encoding: a defect of the caller */
  encodeRequest(request: Req): Uint8Array;
  /** The length must be exact: a responder answers 0x03 to {@link Malformed} (R-DISC-131). */
  decodeRequest(data: Uint8Array): Req | Malformed;
  /** @throws RangeError for a value that has no encoding: a defect of the caller */
  encodeResponse(response: Res): Uint8Array;
  /** Longer data is accepted except where a rule says exact (R-DISC-14). */
  decodeResponse(data: Uint8Array, options?: DecodeOptions): Res | Malformed;
}

/** Of commands whose request or response carries nothing. */
export type NoData = Readonly<Record<string, never>>;

/** The request half of a command without request data. */
export const noRequestData = {
  encodeRequest: (): Uint8Array => new Uint8Array(0),
  decodeRequest: (data: Uint8Array): NoData | Malformed => exactly(new Reader(data), {}),
};

/** The response half of a command that answers with the completion code only. */
export const noResponseData = {
  encodeResponse: (): Uint8Array => new Uint8Array(0),
  decodeResponse: (): NoData => ({}),
};

export function u16(value: number): readonly number[] {
  return [(value >>> 8) & 0xff, value & 0xff];
}

export function u24(value: number): readonly number[] {
  return [(value >>> 16) & 0xff, ...u16(value)];
}

export function u32(value: number): readonly number[] {
  return [...u16(value >>> 16), ...u16(value)];
}

/** The bytes of numbers that must each fit one. @throws RangeError */
export function packed(...values: readonly number[]): Uint8Array {
  for (const value of values) {
    if (!Number.isInteger(value) || value < 0 || value > 0xff) throw new RangeError(`${value} is no byte`);
  }
  return Uint8Array.from(values);
}
