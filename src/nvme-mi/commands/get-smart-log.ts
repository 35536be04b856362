import { Reader } from '../../base/reader';
import { sized, type AdminCommand, type NoParameters } from '../command';
import { criticalWarning, type CriticalWarning } from '../health-flags';
import { getLogPage } from './get-log-page';

export interface SmartLog {
  readonly warning: CriticalWarning;
  readonly temperatureKelvin: number;
  readonly sparePercent: number;
  readonly spareThresholdPercent: number;
  /** May exceed 100, 255 = that or more. */
  readonly percentageUsed: number;
}

const REQUEST = { log: 0x02, length: 512 } as const;

/** The SMART / Health Information log of the whole controller; reading it leaves every event as it is. */
export const getSmartLog: AdminCommand<NoParameters, SmartLog> = {
  opcode: getLogPage.opcode,
  name: 'Get Log Page (SMART / health information)',
  summary: 'Tells temperature, wear, spare and warnings of a controller.',
  encodeRequest: () => getLogPage.encodeRequest(REQUEST),
  decodeResponse: ({ data }) =>
    sized(data, REQUEST.length, () => {
      const reader = new Reader(data, 'little-endian');
      return {
        warning: criticalWarning(reader.u8()),
        temperatureKelvin: reader.u16(),
        sparePercent: reader.u8(),
        spareThresholdPercent: reader.u8(),
        percentageUsed: reader.u8(),
      };
    }),
};
