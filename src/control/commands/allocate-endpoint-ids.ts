import { Reader, atLeast, exactly } from '../../base/reader';
import { packed, type ControlCommand } from '../codec';

/** Bits 1:0 of the first request byte (DSP0236 §12.10); 3 is reserved. */
export const AllocateOperation = { allocate: 0, force: 1, getInformation: 2 } as const;
/** Bits 1:0 of the status byte. */
export const AllocateStatus = { accepted: 0, rejected: 1 } as const;

export interface AllocateEndpointIdsRequest {
  /** {@link AllocateOperation}, 0..3. */
  readonly operation: number;
  /** Number of EIDs; ignored, like `first`, when only information is asked for. */
  readonly size: number;
  readonly first: number;
}

export interface AllocateEndpointIdsResponse {
  /** {@link AllocateStatus}, 0..3. */
  readonly status: number;
  /** The pool in force, after a rejection the earlier one. */
  readonly size: number;
  readonly first: number;
}

export const allocateEndpointIds: ControlCommand<AllocateEndpointIdsRequest, AllocateEndpointIdsResponse> = {
  code: 0x08,
  name: 'Allocate Endpoint IDs',
  summary: 'Hands a bridge the range of EIDs it assigns on its own buses.',
  encodeRequest: ({ operation, size, first }) => packed(operation & 0x03, size, first),
  decodeRequest(data) {
    const reader = new Reader(data);
    return exactly(reader, { operation: reader.u8() & 0x03, size: reader.u8(), first: reader.u8() });
  },
  encodeResponse: ({ status, size, first }) => packed(status & 0x03, size, first),
  decodeResponse(data) {
    const reader = new Reader(data);
    return atLeast(reader, { status: reader.u8() & 0x03, size: reader.u8(), first: reader.u8() });
  },
};
