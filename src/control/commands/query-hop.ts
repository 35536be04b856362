import { BASELINE_UNIT } from '../../base/ids';
import { Reader, atLeast, exactly } from '../../base/reader';
import { packed, u16, type ControlCommand } from '../codec';

export interface QueryHopRequest {
  readonly eid: number;
  /** Message type. */
  readonly type: number;
}

export interface QueryHopResponse {
  /** Next bridge; the responder or the target at the last hop; 0 = unknown (unverified). */
  readonly bridgeEid: number;
  readonly type: number;
  /** Largest transmission units in bytes, 64 + a multiple of 16; other values are rounded down. */
  readonly incomingUnit: number;
  readonly outgoingUnit: number;
}

/** On the wire: steps above the baseline unit (DSP0236 §12.17). */
const STEP = 16;

export const queryHop: ControlCommand<QueryHopRequest, QueryHopResponse> = {
  code: 0x0f,
  name: 'Query Hop',
  summary: 'Asks a bridge for the next hop towards an EID and the packet sizes on the way.',
  encodeRequest: ({ eid, type }) => packed(eid, type),
  decodeRequest(data) {
    const reader = new Reader(data);
    return exactly(reader, { eid: reader.u8(), type: reader.u8() });
  },
  encodeResponse: ({ bridgeEid, type, incomingUnit, outgoingUnit }) =>
    packed(bridgeEid, type, ...u16(steps(incomingUnit)), ...u16(steps(outgoingUnit))),
  decodeResponse(data) {
    const reader = new Reader(data);
    return atLeast(reader, {
      bridgeEid: reader.u8(),
      type: reader.u8(),
      incomingUnit: BASELINE_UNIT + STEP * reader.u16(),
      outgoingUnit: BASELINE_UNIT + STEP * reader.u16(),
    });
  },
};

function steps(unit: number): number {
  return Math.min(0xffff, Math.max(0, Math.floor((unit - BASELINE_UNIT) / STEP)));
}
