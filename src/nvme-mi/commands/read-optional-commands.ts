import { Reader, atLeast } from '../../base/reader';
import { counted, type MiCommand, type NoParameters } from '../command';
import { DataStructure, READ_DATA_STRUCTURE, structureRequest } from './read-data-structure';

export interface OptionalCommand {
  /** Type byte as it stands in the list. */
  readonly type: number;
  readonly opcode: number;
}

export const readOptionalCommands: MiCommand<NoParameters, readonly OptionalCommand[]> = {
  opcode: READ_DATA_STRUCTURE,
  name: 'Read NVMe-MI Data Structure (optional commands)',
  summary: 'Lists the optional commands that the endpoint supports.',
  encodeRequest: () => structureRequest(DataStructure.optionalCommands),
  decodeResponse({ data }) {
    const reader = new Reader(data, 'little-endian');
    const commands = counted(reader, 2, (each) => ({ type: each.u8(), opcode: each.u8() }));
    return atLeast(reader, commands);
  },
};
