import { Reader, atLeast, exactly, packed, type ControlCommand } from '../codec';

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

/**
 * A version entry for people: `f1 f3 f1 00` is `1.3.1`, `f1 f0 ff 00` is `1.0`, `10 f2 f3 61` is `10.2.3a`.
 * BCD; high nibble 0xf: one digit; update 0xff: none; alpha 0: none.
 */
export function versionText(version: Uint8Array): string {
  const [major = 0, minor = 0, update = 0xff, alpha = 0] = version;
  const tail = update === 0xff ? '' : `.${digits(update)}`;
  return `${digits(major)}.${digits(minor)}${tail}${alpha === 0 ? '' : String.fromCharCode(alpha)}`;
}

function digits(bcd: number): string {
  const high = bcd >> 4;
  return high === 0xf ? (bcd & 0x0f).toString(16) : bcd.toString(16).padStart(2, '0');
}
