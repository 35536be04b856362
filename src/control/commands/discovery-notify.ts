import { noRequestData, noResponseData, type ControlCommand, type NoData } from '../codec';

export const discoveryNotify: ControlCommand<NoData, NoData> = {
  code: 0x0d,
  name: 'Discovery Notify',
  summary: 'Tells the bus owner that an endpoint is new or was reset.',
  ...noRequestData,
  ...noResponseData,
};
