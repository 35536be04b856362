import { Reader, atLeast, exactly } from '../../base/reader';
import { noRequestData, packed, type ControlCommand, type NoData } from '../codec';

export interface GetMessageTypesResponse {
  /** As received: with or without 0, any order, duplicates kept (DSP0236 §12.7). */
  readonly types: readonly number[];
}

export const getMessageTypeSupport: ControlCommand<NoData, GetMessageTypesResponse> = {
  code: 0x05,
  name: 'Get Message Type Support',
  summary: 'Asks which message types an endpoint understands.',
  ...noRequestData,
  encodeResponse: ({ types }) => packed(types.length, ...types),
  decodeResponse(data, options = {}) {
    const reader = new Reader(data);
    const value = { types: reader.list(reader.u8(), (each) => each.u8()) };
    // Exactly the counted bytes, or the count is not to be trusted (R-DISC-40); PCIe VDM devices pad.
    return options.allowTrailing === true ? atLeast(reader, value) : exactly(reader, value);
  },
};
