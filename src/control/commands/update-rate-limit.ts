import { noResponseData, packed, type ControlCommand, type NoData } from '../codec';
import { decodeRateLimit, encodeRateLimit, type BurstWidth, type RateLimit } from '../rate-limit';

/** @param burstWidth bytes of the burst field in what we send; see {@link BurstWidth} */
export function updateRateLimitOf(burstWidth: BurstWidth): ControlCommand<RateLimit, NoData> {
  return {
    code: 0x13,
    name: 'Update Rate Limit',
    summary: 'Tells an endpoint that its peer now receives no faster than this.',
    encodeRequest: (limit) => packed(...encodeRateLimit(limit, burstWidth)),
    decodeRequest: decodeRateLimit,
    ...noResponseData,
  };
}

export const updateRateLimit = updateRateLimitOf(4);
