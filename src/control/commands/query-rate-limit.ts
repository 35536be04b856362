import { Reader, atLeast } from '../../base/reader';
import { noRequestData, packed, u24, u32, type ControlCommand, type NoData } from '../codec';

/** Rates in packets per second, bursts in packets. */
export interface QueryRateLimitResponse {
  readonly receiveBufferBytes: number;
  readonly maxReceiveRate: number;
  readonly maxTransmitRate: number;
  readonly minTransmitRate: number;
  readonly maxBurst: number;
  readonly burst: number;
  readonly transmitRate: number;
  readonly transmitLimiting: boolean;
  /** The limit applies to non-requested messages only. */
  readonly unrequestedOnly: boolean;
}

export const queryRateLimit: ControlCommand<NoData, QueryRateLimitResponse> = {
  code: 0x11,
  name: 'Query Rate Limit',
  summary: 'Asks how fast an endpoint receives and sends.',
  ...noRequestData,
  encodeResponse: (limit) =>
    packed(
      ...u32(limit.receiveBufferBytes),
      ...u32(limit.maxReceiveRate),
      ...u32(limit.maxTransmitRate),
      ...u32(limit.minTransmitRate),
      ...u24(limit.maxBurst),
      ...u24(limit.burst),
      ...u32(limit.transmitRate),
      (limit.transmitLimiting ? 0x01 : 0) | (limit.unrequestedOnly ? 0x02 : 0),
    ),
  decodeResponse(data) {
    const reader = new Reader(data);
    const limits = {
      receiveBufferBytes: reader.u32(),
      maxReceiveRate: reader.u32(),
      maxTransmitRate: reader.u32(),
      minTransmitRate: reader.u32(),
      maxBurst: reader.u24(),
      burst: reader.u24(),
      transmitRate: reader.u32(),
    };
    const flags = reader.u8();
    return atLeast(reader, {
      ...limits,
      transmitLimiting: (flags & 0x01) !== 0,
      unrequestedOnly: (flags & 0x02) !== 0,
    });
  },
};
