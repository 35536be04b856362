import { Malformed, type Reader } from '../base/reader';

/** What commands are to the requester: how a request is encoded, and what a successful response means. */

interface Described {
  readonly opcode: number;
  /** As the standard writes it. */
  readonly name: string;
  /** One sentence for people. */
  readonly summary: string;
}

/** Of commands whose request carries nothing. */
export type NoParameters = Readonly<Record<string, never>>;

export interface MiRequest {
  /** NVMe management dwords; 0 unless given. */
  readonly dw0?: number;
  readonly dw1?: number;
}

export interface MiAnswer {
  /** NVMe management response: the three bytes behind the status. */
  readonly management: Uint8Array;
  readonly data: Uint8Array;
}

/** A command of the management endpoint itself (NMIMT 1). */
export interface MiCommand<Req, Res> extends Described {
  /** @throws RangeError for a value that has no encoding: a defect of the caller */
  encodeRequest(request: Req): MiRequest;
  decodeResponse(answer: MiAnswer, request: Req): Res | Malformed;
}

export interface AdminRequest {
  /** Namespace; default 0. */
  readonly nsid?: number;
  /** Submission queue entry dwords 10 to 15; 0 unless given. */
  readonly dwords?: readonly number[];
  /** Part of the data that is wanted, in bytes; multiples of 4, at most 4096 at once. Default none. */
  readonly offset?: number;
  readonly length?: number;
}

export interface AdminAnswer {
  /** Completion dwords 0 and 1. */
  readonly result: readonly [number, number];
  readonly data: Uint8Array;
}

/** A command of an NVMe controller behind the endpoint (NMIMT 2). */
export interface AdminCommand<Req, Res> extends Described {
  /** @throws RangeError for a value that has no encoding: a defect of the caller */
  encodeRequest(request: Req): AdminRequest;
  decodeResponse(answer: AdminAnswer, request: Req): Res | Malformed;
}

/** `value` if all that the reader was made for came, and nothing else: structures have a fixed size. */
export function sized<Value>(data: Uint8Array, size: number, value: () => Value): Value | Malformed {
  return data.length === size ? value() : new Malformed(`${data.length} bytes of data instead of ${size}`);
}

/** As many items as are said to be there, but no more than came. */
export function counted<Item>(reader: Reader, size: number, item: (reader: Reader) => Item): Item[] {
  const count = reader.u16();
  return reader.list(Math.min(count, Math.floor(reader.remaining / size)), item);
}

/** @throws RangeError unless it is an integer of `bits` bits */
export function checked(what: string, value: number, bits: number): number {
  if (Number.isInteger(value) && value >= 0 && value < 2 ** bits) return value;
  throw new RangeError(`${what} ${value} is not in 0..${2 ** bits - 1}`);
}
