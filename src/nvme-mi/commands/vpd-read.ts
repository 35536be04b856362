import { checked, sized, type MiCommand } from '../command';

export interface VpdReadRequest {
  readonly offset: number;
  /** At most 4096. */
  readonly length: number;
}

/** Bytes of the vital product data, in the format of IPMI FRU. Where offset and length stand is unverified. */
export const vpdRead: MiCommand<VpdReadRequest, Uint8Array> = {
  opcode: 0x05,
  name: 'VPD Read',
  summary: 'Reads vital product data; optional, many drives do not have it.',
  encodeRequest: ({ offset, length }) => ({
    dw0: checked('offset', offset, 16),
    dw1: checked('length', length, 16),
  }),
  decodeResponse: ({ data }, { length }) => sized(data, length, () => Uint8Array.from(data)),
};
