import { Reader, atLeast } from '../../base/reader';
import { packed, type ControlCommand } from '../codec';
import {
  decodeRateLimit,
  encodeRateLimit,
  readRateLimit,
  type BurstWidth,
  type RateLimit,
} from '../rate-limit';

/** @param burstWidth bytes of the burst field in what we send; see {@link BurstWidth} */
export function requestTxRateLimitOf(burstWidth: BurstWidth): ControlCommand<RateLimit, RateLimit> {
  return {
    code: 0x12,
    name: 'Request TX Rate Limit',
    summary: 'Asks an endpoint to send no faster than this.',
    encodeRequest: (limit) => packed(...encodeRateLimit(limit, burstWidth)),
    decodeRequest: decodeRateLimit,
    encodeResponse: (limit) => packed(...encodeRateLimit(limit, burstWidth)),
    decodeResponse(data) {
      const reader = new Reader(data);
      return atLeast(reader, readRateLimit(reader, burstWidth));
    },
  };
}

export const requestTxRateLimit = requestTxRateLimitOf(4);
