import { Malformed, Reader } from '../../base/reader';
import { counted, type MiCommand } from '../command';
import { DataStructure, READ_DATA_STRUCTURE, structureRequest } from './read-data-structure';

/** Controllers that fit into one list. */
const MOST_CONTROLLERS = 2047;

/**
 * Controller IDs in ascending order. The start goes into the controller field; libnvme puts it into the port field, where
 * responders do not look. The list may be as long as it has to be or filled up with zeros to 4096 bytes, so the count in
 * it is what counts.
 */
export const readControllerList: MiCommand<{ readonly from?: number }, readonly number[]> = {
  opcode: READ_DATA_STRUCTURE,
  name: 'Read NVMe-MI Data Structure (controller list)',
  summary: 'Lists the controllers of the subsystem.',
  encodeRequest: ({ from = 0 }) => structureRequest(DataStructure.controllerList, { controller: from }),
  decodeResponse({ data }) {
    const reader = new Reader(data, 'little-endian');
    const ids = counted(reader, 2, (each) => each.u16());
    if (reader.short) return new Malformed('the list has no count');
    const claimed = new Reader(data, 'little-endian').u16();
    return claimed > MOST_CONTROLLERS ? new Malformed(`a list of ${claimed} controllers`) : ids;
  },
};
