import { Reader } from '../../base/reader';
import { checked, sized, type AdminCommand, type NoParameters } from '../command';

/** CNS: which data structure Identify returns. */
export const IdentifyStructure = {
  namespace: 0x00,
  controller: 0x01,
  activeNamespaces: 0x02,
  namespaceDescriptors: 0x03,
  controllers: 0x13,
} as const;

export interface IdentifyRequest {
  /** CNS, 0..255. */
  readonly structure: number;
  readonly nsid?: number;
  /** CNTID. */
  readonly controller?: number;
  /** CSI, 0..255. */
  readonly commandSet?: number;
  readonly uuidIndex?: number;
  /** Part of the 4096 bytes: multiples of 4. Default: all. */
  readonly offset?: number;
  readonly length?: number;
}

const OPCODE = 0x06;
const WHOLE = 4096;

/** Any Identify data structure, or a part of it, as bytes. */
export const identify: AdminCommand<IdentifyRequest, Uint8Array> = {
  opcode: OPCODE,
  name: 'Identify',
  summary: 'Reads a data structure that describes the controller or a namespace.',
  encodeRequest({ structure, nsid = 0, controller = 0, commandSet = 0, uuidIndex = 0, offset = 0, ...part }) {
    const cns = checked('structure', structure, 8) + checked('controller', controller, 16) * 0x1_0000;
    const set = checked('command set', commandSet, 8) * 0x100_0000;
    const dwords = [cns, set, 0, 0, checked('UUID index', uuidIndex, 7)];
    return { nsid, dwords, offset, length: lengthOf({ offset, ...part }) };
  },
  decodeResponse: ({ data }, request) => sized(data, lengthOf(request), () => Uint8Array.from(data)),
};

function lengthOf({
  offset = 0,
  length = WHOLE - offset,
}: Pick<IdentifyRequest, 'offset' | 'length'>): number {
  return length;
}

export interface ControllerIdentity {
  /** PCI vendor IDs. */
  readonly vendorId: number;
  readonly subsystemVendorId: number;
  /** Without the spaces that they are padded with. */
  readonly serialNumber: string;
  readonly model: string;
  readonly firmware: string;
}

/** Up to the firmware revision; the whole structure takes 65 packets of a slow bus. */
export const IDENTITY_SIZE = 72;

/** The first 72 bytes of Identify Controller: who made it, and the strings on its label. */
export const identifyController: AdminCommand<NoParameters, ControllerIdentity> = {
  opcode: OPCODE,
  name: 'Identify (controller, in part)',
  summary: 'Tells serial number, model and firmware of a controller.',
  encodeRequest: () => ({ dwords: [IdentifyStructure.controller], length: IDENTITY_SIZE }),
  decodeResponse: ({ data }) => sized(data, IDENTITY_SIZE, () => identityOf(data)),
};

/** @param data of Identify Controller, at least 72 bytes */
export function identityOf(data: Uint8Array): ControllerIdentity {
  const reader = new Reader(data, 'little-endian');
  return {
    vendorId: reader.u16(),
    subsystemVendorId: reader.u16(),
    serialNumber: text(reader.bytes(20)),
    model: text(reader.bytes(40)),
    firmware: text(reader.bytes(8)),
  };
}

/** ASCII padded with spaces. What is no printable ASCII comes out as `?`: the strings end up on terminals. */
function text(bytes: Uint8Array): string {
  const printable = Array.from(bytes, (byte) =>
    byte >= 0x20 && byte < 0x7f ? byte : byte === 0 ? 0x20 : 0x3f,
  );
  return String.fromCharCode(...printable).trim();
}
