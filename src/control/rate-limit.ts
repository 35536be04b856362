import { Malformed, Reader, exactly } from '../base/reader';
import { u24, u32 } from './codec';

/** The burst and rate pair of Request TX Rate Limit and Update Rate Limit. */
export interface RateLimit {
  /** Packets. */
  readonly burst: number;
  /** Packets per second. */
  readonly rate: number;
}

/**
 * Bytes of the burst field: 4 in DMTF's protocol validator, 3 by analogy with Query Rate Limit. The width is
 * (unverified), so it can be chosen when encoding; a request is decoded by its length.
 */
export type BurstWidth = 3 | 4;

const RATE_BYTES = 4;

export function encodeRateLimit({ burst, rate }: RateLimit, width: BurstWidth): readonly number[] {
  return [...(width === 3 ? u24(burst) : u32(burst)), ...u32(rate)];
}

export function readRateLimit(reader: Reader, width: BurstWidth): RateLimit {
  return { burst: width === 3 ? reader.u24() : reader.u32(), rate: reader.u32() };
}

export function decodeRateLimit(data: Uint8Array): RateLimit | Malformed {
  const width = data.length - RATE_BYTES;
  if (width !== 3 && width !== 4) return new Malformed(`${data.length} bytes of rate limit`);
  const reader = new Reader(data);
  return exactly(reader, readRateLimit(reader, width));
}
