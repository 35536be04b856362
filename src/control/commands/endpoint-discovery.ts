import { noRequestData, noResponseData, type ControlCommand, type NoData } from '../codec';

export const endpointDiscovery: ControlCommand<NoData, NoData> = {
  code: 0x0c,
  name: 'Endpoint Discovery',
  summary: 'Answered by the endpoints of a bus that are not discovered yet, and by no others.',
  ...noRequestData,
  ...noResponseData,
};
