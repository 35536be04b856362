import { Reader, atLeast } from '../../base/reader';
import { noRequestData, type ControlCommand, type NoData } from '../codec';
import { UUID_LENGTH, uuidBytes, uuidText } from '../uuid';

export interface GetNetworkIdResponse {
  /** UUID of the network, 36 lower-case characters. */
  readonly networkId: string;
}

export const getNetworkId: ControlCommand<NoData, GetNetworkIdResponse> = {
  code: 0x0e,
  name: 'Get Network ID',
  summary: 'Asks for the UUID of the MCTP network.',
  ...noRequestData,
  encodeResponse: ({ networkId }) => uuidBytes(networkId),
  decodeResponse(data) {
    const reader = new Reader(data);
    return atLeast(reader, { networkId: uuidText(reader.bytes(UUID_LENGTH)) });
  },
};
