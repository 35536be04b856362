import { Reader, atLeast, exactly } from '../../base/reader';
import { packed, type ControlCommand } from '../codec';
import { UUID_LENGTH, uuidBytes, uuidText } from '../uuid';

export interface ResolveUuidRequest {
  /** 36 characters. */
  readonly uuid: string;
  /** 0 first. */
  readonly handle: number;
}

export interface ResolvedUuid {
  readonly eid: number;
  /** Physical transport binding and medium identifiers (DSP0239). */
  readonly binding: number;
  readonly medium: number;
  readonly address: Uint8Array;
}

export interface ResolveUuidResponse {
  /** 0xff = there is no more. */
  readonly nextHandle: number;
  readonly entries: readonly ResolvedUuid[];
}

export const resolveUuid: ControlCommand<ResolveUuidRequest, ResolveUuidResponse> = {
  code: 0x10,
  name: 'Resolve UUID',
  summary: 'Asks a bus owner or bridge under which EIDs a device is known.',
  encodeRequest: ({ uuid, handle }) => packed(...uuidBytes(uuid), handle),
  decodeRequest(data) {
    const reader = new Reader(data);
    return exactly(reader, { uuid: uuidText(reader.bytes(UUID_LENGTH)), handle: reader.u8() });
  },
  encodeResponse: ({ nextHandle, entries }) =>
    packed(
      nextHandle,
      entries.length,
      ...entries.flatMap(({ eid, binding, medium, address }) => [
        eid,
        binding,
        medium,
        address.length,
        ...address,
      ]),
    ),
  decodeResponse(data) {
    const reader = new Reader(data);
    const nextHandle = reader.u8();
    const entries = reader.list(reader.u8(), () => ({
      eid: reader.u8(),
      binding: reader.u8(),
      medium: reader.u8(),
      address: reader.bytes(reader.u8()),
    }));
    return atLeast(reader, { nextHandle, entries });
  },
};
