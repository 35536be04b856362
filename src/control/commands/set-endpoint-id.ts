import { Reader, atLeast, exactly } from '../../base/reader';
import { packed, type ControlCommand } from '../codec';

/** Bits 1:0 of the first request byte (DSP0236 §12.3). */
export const SetEidOperation = { set: 0, force: 1, reset: 2, setDiscovered: 3 } as const;
/** Bits 5:4 of the status byte. 2 and 3 are reserved (R-DISC-45). */
export const EidAssignment = { accepted: 0, rejected: 1 } as const;
/** Bits 1:0 of the status byte. 3 is reserved; any value but `none` wants or holds a pool (R-DISC-46). */
export const PoolAllocation = { none: 0, required: 1, allocated: 2 } as const;

export interface SetEndpointIdRequest {
  /** {@link SetEidOperation}, 0..3. */
  readonly operation: number;
  /** Ignored for operations 2 and 3. */
  readonly eid: number;
}

export interface SetEndpointIdResponse {
  /** {@link EidAssignment}, 0..3. */
  readonly assignment: number;
  /** {@link PoolAllocation}, 0..3. */
  readonly allocation: number;
  /** In effect now, also after a rejection: the requester must use this one. */
  readonly eid: number;
  /** EIDs wanted or held; 0 without a pool. */
  readonly poolSize: number;
}

export const setEndpointId: ControlCommand<SetEndpointIdRequest, SetEndpointIdResponse> = {
  code: 0x01,
  name: 'Set Endpoint ID',
  summary: 'Gives an endpoint its EID; the answer says which one it has now and whether it wants a pool.',
  encodeRequest: ({ operation, eid }) => packed(operation & 0x03, eid),
  decodeRequest(data) {
    const reader = new Reader(data);
    return exactly(reader, { operation: reader.u8() & 0x03, eid: reader.u8() });
  },
  encodeResponse: ({ assignment, allocation, eid, poolSize }) =>
    packed(((assignment & 0x03) << 4) | (allocation & 0x03), eid, poolSize),
  decodeResponse(data) {
    const reader = new Reader(data);
    const status = reader.u8();
    return atLeast(reader, {
      assignment: (status >> 4) & 0x03,
      allocation: status & 0x03,
      eid: reader.u8(),
      poolSize: reader.u8(),
    });
  },
};
