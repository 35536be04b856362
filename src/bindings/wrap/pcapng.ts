/**
 * Blocks of a pcapng file, little-endian, as tshark and other readers take them. Times are microseconds, pcapng's
 * default resolution.
 */
const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE_DESCRIPTION = 0x00000001;
const ENHANCED_PACKET = 0x00000006;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const UNKNOWN_LENGTH = 0xffffffff;

/** Packets that begin with the 4-byte MCTP header. */
export const LINKTYPE_MCTP = 291;

const Option = { end: 0, interfaceName: 2, packetFlags: 2, application: 4 } as const;

/** First block of a file: format 1.0, section length not given. */
export function sectionHeader(application: string): Uint8Array {
  const body = Buffer.alloc(16);
  body.writeUInt32LE(BYTE_ORDER_MAGIC, 0);
  body.writeUInt16LE(1, 4);
  body.writeUInt16LE(0, 6);
  body.writeUInt32LE(UNKNOWN_LENGTH, 8);
  body.writeUInt32LE(UNKNOWN_LENGTH, 12);
  return block(SECTION_HEADER, body, option(Option.application, Buffer.from(application)));
}

/** Second block: what interface 0 is; packets are never cut (snap length 0). */
export function interfaceDescription(name: string): Uint8Array {
  const body = Buffer.alloc(8);
  body.writeUInt16LE(LINKTYPE_MCTP, 0);
  return block(INTERFACE_DESCRIPTION, body, option(Option.interfaceName, Buffer.from(name)));
}

export interface CapturedPacket {
  readonly packet: Uint8Array;
  /** Milliseconds since 1970, with fractions. */
  readonly time: number;
  readonly outbound: boolean;
}

/** One packet on interface 0. */
export function enhancedPacket({ packet, time, outbound }: CapturedPacket): Uint8Array {
  const microseconds = Math.round(time * 1000);
  const body = Buffer.alloc(20 + padded(packet.length));
  body.writeUInt32LE(0, 0);
  body.writeUInt32LE(Math.floor(microseconds / 2 ** 32), 4);
  body.writeUInt32LE(microseconds % 2 ** 32, 8);
  body.writeUInt32LE(packet.length, 12);
  body.writeUInt32LE(packet.length, 16);
  body.set(packet, 20);
  const flags = Buffer.alloc(4);
  flags.writeUInt32LE(outbound ? 2 : 1, 0);
  return block(ENHANCED_PACKET, body, option(Option.packetFlags, flags));
}

function option(code: number, value: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(4 + padded(value.length) + 4);
  bytes.writeUInt16LE(code, 0);
  bytes.writeUInt16LE(value.length, 2);
  bytes.set(value, 4);
  bytes.writeUInt32LE(Option.end, 4 + padded(value.length));
  return bytes;
}

/** Type, total length, body, options, total length again. */
function block(type: number, body: Uint8Array, options: Uint8Array): Uint8Array {
  const total = 12 + body.length + options.length;
  const bytes = Buffer.alloc(total);
  bytes.writeUInt32LE(type, 0);
  bytes.writeUInt32LE(total, 4);
  bytes.set(body, 8);
  bytes.set(options, 8 + body.length);
  bytes.writeUInt32LE(total, total - 4);
  return bytes;
}

function padded(length: number): number {
  return (length + 3) & ~3;
}
