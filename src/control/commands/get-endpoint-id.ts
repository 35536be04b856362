import { Reader, atLeast } from '../../base/reader';
import { noRequestData, packed, type ControlCommand, type NoData } from '../codec';

/** Bits 5:4 of the type byte (DSP0236 §12.4). 2 and 3 are reserved and no bridges (R-DISC-51). */
export const EndpointType = { simple: 0, bridge: 1 } as const;
/** Bits 1:0 of the type byte. */
export const EidType = { dynamic: 0, staticSupported: 1, staticInEffect: 2, staticOther: 3 } as const;

export interface GetEndpointIdResponse {
  /** 0 = none assigned. As received: the caller judges reserved values. */
  readonly eid: number;
  /** {@link EndpointType}, 0..3. */
  readonly endpointType: number;
  /** {@link EidType}, 0..3. */
  readonly eidType: number;
  /** SMBus/I2C: bit 0 = fairness arbitration; 0 for others. */
  readonly mediumSpecific: number;
}

export const getEndpointId: ControlCommand<NoData, GetEndpointIdResponse> = {
  code: 0x02,
  name: 'Get Endpoint ID',
  summary: 'Asks whether somebody is there, its EID, and whether it is a bridge.',
  ...noRequestData,
  encodeResponse: ({ eid, endpointType, eidType, mediumSpecific }) =>
    packed(eid, ((endpointType & 0x03) << 4) | (eidType & 0x03), mediumSpecific),
  decodeResponse(data) {
    const reader = new Reader(data);
    const eid = reader.u8();
    const type = reader.u8();
    return atLeast(reader, {
      eid,
      endpointType: (type >> 4) & 0x03,
      eidType: type & 0x03,
      mediumSpecific: reader.u8(),
    });
  },
};
