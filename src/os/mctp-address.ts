import { LITTLE_ENDIAN, viewOf } from './native-order';

export const AF_MCTP = 45;
export const ADDRESS_SIZE = 12;
export const EXTENDED_ADDRESS_SIZE = 52;
const HARDWARE_ADDRESS_ROOM = 32;

/** MCTP_ADDR_ANY: any EID of ours, to bind. */
export const EID_ANY = 0xff;

/** Bits of the tag byte of {@link MctpSocketAddress}. */
export const TAG_OWNER = 0x08;
export const TAG_PREALLOCATED = 0x10;
export const TAG_MASK = 0x07;

/** Where on a link: the extended part of an address, for endpoints that have no route or no EID yet. */
export interface HardwareAddress {
  readonly ifindex: number;
  /** 0..32 bytes, exactly as many as the link's addresses have (serial 0, I2C 1). */
  readonly address: Uint8Array;
}

/** sockaddr_mctp, or sockaddr_mctp_ext where `hardware` is there. */
export interface MctpSocketAddress {
  /** 0 is MCTP_NET_ANY: the default network when sending, any when binding. */
  readonly network: number;
  readonly eid: number;
  /** Message type with the IC bit (0x80). It is not in the data: the kernel takes it from here and puts it here. */
  readonly type: number;
  /** Tag value in bits 2..0, {@link TAG_OWNER}, {@link TAG_PREALLOCATED}. */
  readonly tag: number;
  readonly hardware?: HardwareAddress;
}

/** 12 bytes, or 52 with a hardware address. A RangeError where a field does not fit. */
export function encodeMctpAddress(address: MctpSocketAddress): Uint8Array {
  const { hardware } = address;
  const bytes = new Uint8Array(hardware === undefined ? ADDRESS_SIZE : EXTENDED_ADDRESS_SIZE);
  const view = viewOf(bytes);
  view.setUint16(0, AF_MCTP, LITTLE_ENDIAN);
  view.setUint32(4, inRange(address.network, 0xffff_ffff, 'network'), LITTLE_ENDIAN);
  view.setUint8(8, inRange(address.eid, 0xff, 'EID'));
  view.setUint8(9, inRange(address.type, 0xff, 'message type'));
  view.setUint8(10, inRange(address.tag, 0x1f, 'tag'));
  if (hardware === undefined) return bytes;
  view.setInt32(12, inRange(hardware.ifindex, 0x7fff_ffff, 'link index'), LITTLE_ENDIAN);
  view.setUint8(16, inRange(hardware.address.length, HARDWARE_ADDRESS_ROOM, 'hardware address length'));
  bytes.set(hardware.address, 20);
  return bytes;
}

/** Undefined for what is not an MCTP address. The extended part is read where it is there and has an ifindex. */
export function decodeMctpAddress(bytes: Uint8Array): MctpSocketAddress | undefined {
  if (bytes.length < ADDRESS_SIZE) return undefined;
  const view = viewOf(bytes);
  if (view.getUint16(0, LITTLE_ENDIAN) !== AF_MCTP) return undefined;
  const hardware = decodeHardware(bytes, view);
  return {
    network: view.getUint32(4, LITTLE_ENDIAN),
    eid: view.getUint8(8),
    type: view.getUint8(9),
    tag: view.getUint8(10),
    ...(hardware === undefined ? {} : { hardware }),
  };
}

function decodeHardware(bytes: Uint8Array, view: DataView): HardwareAddress | undefined {
  if (bytes.length < EXTENDED_ADDRESS_SIZE) return undefined;
  const length = view.getUint8(16);
  const ifindex = view.getInt32(12, LITTLE_ENDIAN);
  if (length > HARDWARE_ADDRESS_ROOM || ifindex <= 0) return undefined;
  return { ifindex, address: bytes.slice(20, 20 + length) };
}

function inRange(value: number, largest: number, what: string): number {
  if (!Number.isInteger(value) || value < 0 || value > largest) {
    throw new RangeError(`${what} ${value} is not in 0..${largest}`);
  }
  return value;
}
