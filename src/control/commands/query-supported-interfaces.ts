import { Reader, atLeast } from '../../base/reader';
import { noRequestData, packed, type ControlCommand, type NoData } from '../codec';

export interface SupportedInterface {
  /** Physical transport binding identifier of DSP0239 (unverified). */
  readonly type: number;
  readonly eid: number;
}

export interface QuerySupportedInterfacesResponse {
  readonly interfaces: readonly SupportedInterface[];
}

export const querySupportedInterfaces: ControlCommand<NoData, QuerySupportedInterfacesResponse> = {
  code: 0x14,
  name: 'Query Supported Interfaces',
  summary: 'Asks on which media a device can be reached, and under which EID on each.',
  ...noRequestData,
  encodeResponse: ({ interfaces }) =>
    packed(interfaces.length, ...interfaces.flatMap(({ type, eid }) => [type, eid])),
  decodeResponse(data) {
    const reader = new Reader(data);
    const interfaces = reader.list(reader.u8(), () => ({ type: reader.u8(), eid: reader.u8() }));
    return atLeast(reader, { interfaces });
  },
};
