/** What a control command is to the rest of the program, and the small tools its codec is written with. */

/** Received bytes that are not what they should be: a value, never a throw (design decision D-12). */
export class Malformed {
  constructor(readonly reason: string) {}
}

export function isMalformed(value: unknown): value is Malformed {
  return value instanceof Malformed;
}

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

/**
 * Reads big-endian fields in order. Reading past the end gives zeros and sets {@link short}, so a codec reads all its
 * fields and asks once at the end.
 */
export class Reader {
  private offset = 0;
  short = false;

  constructor(private readonly data: Uint8Array) {}

  get remaining(): number {
    return this.data.length - this.offset;
  }

  u8(): number {
    return this.number(1);
  }

  u16(): number {
    return this.number(2);
  }

  u24(): number {
    return this.number(3);
  }

  u32(): number {
    return this.number(4);
  }

  /** A copy of the next `length` bytes; empty when there are fewer. */
  bytes(length: number): Uint8Array {
    if (!this.has(length)) return new Uint8Array(0);
    this.offset += length;
    return this.data.slice(this.offset - length, this.offset);
  }

  rest(): Uint8Array {
    return this.bytes(this.remaining);
  }

  /** `count` items, or fewer when the data ends first: the work is bounded by the bytes that came. */
  list<T>(count: number, item: (reader: Reader) => T): T[] {
    const items: T[] = [];
    for (let i = 0; i < count && !this.short; i++) items.push(item(this));
    return items;
  }

  private number(size: number): number {
    if (!this.has(size)) return 0;
    let value = 0;
    for (let i = 0; i < size; i++) value = value * 256 + (this.data[this.offset + i] ?? 0);
    this.offset += size;
    return value;
  }

  private has(size: number): boolean {
    if (this.remaining < size) this.short = true;
    return !this.short;
  }
}

/** `value` if the reader was not asked for more than it had. */
export function atLeast<T>(reader: Reader, value: T): T | Malformed {
  return reader.short ? new Malformed('too short') : value;
}

/** `value` if the reader was asked for all it had and no more. */
export function exactly<T>(reader: Reader, value: T): T | Malformed {
  if (reader.short) return new Malformed('too short');
  return reader.remaining > 0 ? new Malformed(`${reader.remaining} bytes too long`) : value;
}

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
