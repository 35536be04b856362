import { Reader, atLeast, exactly } from '../../base/reader';
import { packed, type ControlCommand } from '../codec';

/** Asks for the base specification instead of a message type. */
export const BASE_SPECIFICATION = 0xff;
export const VERSION_LENGTH = 4;

export interface GetVersionRequest {
  /** 0x00..0x7f, or {@link BASE_SPECIFICATION}. */
  readonly type: number;
}

export interface GetVersionResponse {
  /** Entries of 4 bytes as on the wire: major, minor, update, alpha (DSP0236 §12.6.1). */
  readonly versions: readonly Uint8Array[];
}

export const getMctpVersionSupport: ControlCommand<GetVersionRequest, GetVersionResponse> = {
  code: 0x04,
  name: 'Get MCTP Version Support',
  summary: 'Asks which versions of the base specification or of a message type are supported.',
  encodeRequest: ({ type }) => packed(type),
  decodeRequest(data) {
    const reader = new Reader(data);
    return exactly(reader, { type: reader.u8() });
  },
  encodeResponse: ({ versions }) =>
    packed(versions.length, ...versions.flatMap((version) => [...version.subarray(0, VERSION_LENGTH)])),
  decodeResponse(data) {
    const reader = new Reader(data);
    return atLeast(reader, { versions: reader.list(reader.u8(), (each) => each.bytes(VERSION_LENGTH)) });
  },
};
