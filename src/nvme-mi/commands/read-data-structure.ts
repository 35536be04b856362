import { checked, type MiRequest } from '../command';

/** Opcode of Read NVMe-MI Data Structure; what is read has a command of its own in this folder each. */
export const READ_DATA_STRUCTURE = 0x00;

/** DTYP: the structure. */
export const DataStructure = {
  subsystem: 0,
  port: 1,
  controllerList: 2,
  controller: 3,
  optionalCommands: 4,
} as const;

/** Structures that have a fixed size have this one. */
export const STRUCTURE_SIZE = 32;

/** @throws RangeError */
export function structureRequest(
  structure: number,
  { port = 0, controller = 0 }: { readonly port?: number; readonly controller?: number } = {},
): MiRequest {
  const place = checked('port', port, 8) * 0x1_0000 + checked('controller', controller, 16);
  return { dw0: structure * 0x100_0000 + place };
}
