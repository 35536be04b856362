import { Reader, atLeast, exactly } from '../../base/reader';
import { packed, type ControlCommand } from '../codec';

export interface ResolveEndpointIdRequest {
  readonly eid: number;
}

export interface ResolveEndpointIdResponse {
  /** The bridge through which to send; the target itself when it is on the requester's bus. */
  readonly bridgeEid: number;
  /** Physical address to send to; its length is the medium's. */
  readonly address: Uint8Array;
}

export const resolveEndpointId: ControlCommand<ResolveEndpointIdRequest, ResolveEndpointIdResponse> = {
  code: 0x07,
  name: 'Resolve Endpoint ID',
  summary: 'Asks a bus owner or bridge for the physical address behind an EID.',
  encodeRequest: ({ eid }) => packed(eid),
  decodeRequest(data) {
    const reader = new Reader(data);
    return exactly(reader, { eid: reader.u8() });
  },
  encodeResponse: ({ bridgeEid, address }) => packed(bridgeEid, ...address),
  decodeResponse(data) {
    const reader = new Reader(data);
    return atLeast(reader, { bridgeEid: reader.u8(), address: reader.rest() });
  },
};
