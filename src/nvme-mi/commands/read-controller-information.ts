import { Reader } from '../../base/reader';
import { sized, type MiCommand } from '../command';
import { isSet } from '../health-flags';
import { DataStructure, READ_DATA_STRUCTURE, STRUCTURE_SIZE, structureRequest } from './read-data-structure';

export interface PcieRoutingId {
  readonly bus: number;
  readonly device: number;
  readonly function: number;
}

export interface ControllerInformation {
  /** Of the PCIe port. */
  readonly port: number;
  /** `undefined` while the controller has none: the host is off, or has not enumerated it. */
  readonly routingId: PcieRoutingId | undefined;
  /** PCI identifiers. */
  readonly vendorId: number;
  readonly deviceId: number;
  readonly subsystemVendorId: number;
  readonly subsystemDeviceId: number;
}

export const readControllerInformation: MiCommand<{ readonly controller: number }, ControllerInformation> = {
  opcode: READ_DATA_STRUCTURE,
  name: 'Read NVMe-MI Data Structure (controller)',
  summary: 'Tells where a controller is on PCIe and who made it.',
  encodeRequest: ({ controller }) => structureRequest(DataStructure.controller, { controller }),
  decodeResponse: ({ data }) =>
    sized(data, STRUCTURE_SIZE, () => {
      const reader = new Reader(data, 'little-endian');
      const port = reader.u8();
      reader.skip(4);
      const isValid = isSet(reader.u8(), 0);
      const id = reader.u16();
      return {
        port,
        routingId: isValid ? { bus: id >> 8, device: (id >> 3) & 0x1f, function: id & 7 } : undefined,
        vendorId: reader.u16(),
        deviceId: reader.u16(),
        subsystemVendorId: reader.u16(),
        subsystemDeviceId: reader.u16(),
      };
    }),
};
