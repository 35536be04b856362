import { Reader, atLeast } from '../../base/reader';
import { noRequestData, type ControlCommand, type NoData } from '../codec';
import { UUID_LENGTH, uuidBytes, uuidText } from '../uuid';

export interface GetEndpointUuidResponse {
  /** 36 lower-case characters. All zeros occurs in the field and recognises nobody (R-DISC-93). */
  readonly uuid: string;
}

export const getEndpointUuid: ControlCommand<NoData, GetEndpointUuidResponse> = {
  code: 0x03,
  name: 'Get Endpoint UUID',
  summary: 'Asks for the UUID by which a device is recognised on every bus and after a reset.',
  ...noRequestData,
  encodeResponse: ({ uuid }) => uuidBytes(uuid),
  decodeResponse(data) {
    const reader = new Reader(data);
    return atLeast(reader, { uuid: uuidText(reader.bytes(UUID_LENGTH)) });
  },
};
