import { noRequestData, noResponseData, type ControlCommand, type NoData } from '../codec';

export const prepareForEndpointDiscovery: ControlCommand<NoData, NoData> = {
  code: 0x0b,
  name: 'Prepare for Endpoint Discovery',
  summary: 'Makes every endpoint of a bus forget that it was discovered.',
  ...noRequestData,
  ...noResponseData,
};
