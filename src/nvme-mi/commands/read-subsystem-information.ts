import { Reader } from '../../base/reader';
import { sized, type MiCommand, type NoParameters } from '../command';
import { isSet } from '../health-flags';
import { DataStructure, READ_DATA_STRUCTURE, STRUCTURE_SIZE, structureRequest } from './read-data-structure';

export interface SubsystemInformation {
  /** Management ports, 1..256. */
  readonly ports: number;
  /** NVMe-MI version. */
  readonly majorVersion: number;
  readonly minorVersion: number;
  /** SRE: status reporting enhancements. */
  readonly statusReportingEnhancements: boolean;
}

export const readSubsystemInformation: MiCommand<NoParameters, SubsystemInformation> = {
  opcode: READ_DATA_STRUCTURE,
  name: 'Read NVMe-MI Data Structure (subsystem)',
  summary: 'Tells the version and the number of ports.',
  encodeRequest: () => structureRequest(DataStructure.subsystem),
  decodeResponse: ({ data }) =>
    sized(data, STRUCTURE_SIZE, () => {
      const reader = new Reader(data);
      return {
        // The field counts from zero.
        ports: reader.u8() + 1,
        majorVersion: reader.u8(),
        minorVersion: reader.u8(),
        statusReportingEnhancements: isSet(reader.u8(), 0),
      };
    }),
};
