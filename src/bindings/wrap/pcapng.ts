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

const Option = { interfaceName: 2, interfaceText: 3, packetFlags: 2, application: 4 } as const;

/** Type and total length before a body, total length after the options. */
const FRAME = 12;
const INTERFACE_BODY = 8;

/** First block of a file: format 1.0, section length not given. */
export function sectionHeader(application = 'mctp-endpoint-manager'): Uint8Array {
  const body = Buffer.alloc(16);
  body.writeUInt32LE(BYTE_ORDER_MAGIC, 0);
  body.writeUInt16LE(1, 4);
  body.writeUInt16LE(0, 6);
  body.writeUInt32LE(UNKNOWN_LENGTH, 8);
  body.writeUInt32LE(UNKNOWN_LENGTH, 12);
  return block(SECTION_HEADER, body, [[Option.application, Buffer.from(application)]]);
}

/**
 * What the next interface is, the first being number 0; packets are never cut (snap length 0).
 * @param text for people
 */
export function interfaceDescription(name: string, text?: string): Uint8Array {
  const body = Buffer.alloc(INTERFACE_BODY);
  body.writeUInt16LE(LINKTYPE_MCTP, 0);
  const more = text === undefined ? [] : [[Option.interfaceText, Buffer.from(text)] as const];
  return block(INTERFACE_DESCRIPTION, body, [[Option.interfaceName, Buffer.from(name)], ...more]);
}

export interface CapturedPacket {
  readonly packet: Uint8Array;
  /** Milliseconds since 1970, with fractions. */
  readonly time: number;
  readonly outbound: boolean;
  /** Number of the interface. Default 0. */
  readonly link?: number;
}

/** One packet. */
export function enhancedPacket({ packet, time, outbound, link = 0 }: CapturedPacket): Uint8Array {
  const microseconds = Math.round(time * 1000);
  const body = Buffer.alloc(20 + padded(packet.length));
  body.writeUInt32LE(link, 0);
  body.writeUInt32LE(Math.floor(microseconds / 2 ** 32), 4);
  body.writeUInt32LE(microseconds % 2 ** 32, 8);
  body.writeUInt32LE(packet.length, 12);
  body.writeUInt32LE(packet.length, 16);
  body.set(packet, 20);
  const flags = Buffer.alloc(4);
  flags.writeUInt32LE(outbound ? 2 : 1, 0);
  return block(ENHANCED_PACKET, body, [[Option.packetFlags, flags]]);
}

/** A block that was read back, with all of its bytes. */
export type CaptureBlock =
  | { readonly kind: 'section' | 'other'; readonly bytes: Uint8Array }
  | { readonly kind: 'link'; readonly bytes: Uint8Array; readonly name: string }
  | { readonly kind: 'packet'; readonly bytes: Uint8Array; readonly link: number };

/** The blocks one after another; `undefined` where a length does not add up. Reads what this file writes. */
export function readBlocks(bytes: Uint8Array): readonly CaptureBlock[] | undefined {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const blocks: CaptureBlock[] = [];
  for (let at = 0; at < view.length;) {
    const length = at + FRAME <= view.length ? view.readUInt32LE(at + 4) : 0;
    if (length < FRAME || length % 4 !== 0 || at + length > view.length) return undefined;
    if (view.readUInt32LE(at + length - 4) !== length) return undefined;
    const read = readBlock(view.subarray(at, at + length));
    if (read === undefined) return undefined;
    blocks.push(read);
    at += length;
  }
  return blocks;
}

function readBlock(bytes: Buffer): CaptureBlock | undefined {
  const body = bytes.subarray(8, -4);
  switch (bytes.readUInt32LE(0)) {
    case SECTION_HEADER:
      return { kind: 'section', bytes };
    case INTERFACE_DESCRIPTION:
      return body.length < INTERFACE_BODY ? undefined : { kind: 'link', bytes, name: nameOf(body) };
    case ENHANCED_PACKET:
      return body.length < 20 ? undefined : { kind: 'packet', bytes, link: body.readUInt32LE(0) };
    default:
      return { kind: 'other', bytes };
  }
}

/** Our own writer puts the name first. */
function nameOf(body: Buffer): string {
  const options = body.subarray(INTERFACE_BODY);
  if (options.length < 4 || options.readUInt16LE(0) !== Option.interfaceName) return '';
  return options.subarray(4, 4 + options.readUInt16LE(2)).toString('utf8');
}

type BlockOption = readonly [code: number, value: Uint8Array];

/** Type, total length, body, options, total length again. */
function block(type: number, body: Uint8Array, options: readonly BlockOption[]): Uint8Array {
  const tail = Buffer.concat([...options.map(option), Buffer.alloc(4)]);
  const total = FRAME + body.length + tail.length;
  const bytes = Buffer.alloc(total);
  bytes.writeUInt32LE(type, 0);
  bytes.writeUInt32LE(total, 4);
  bytes.set(body, 8);
  bytes.set(tail, 8 + body.length);
  bytes.writeUInt32LE(total, total - 4);
  return bytes;
}

/** The end of options is four zero bytes. */
function option([code, value]: BlockOption): Uint8Array {
  const bytes = Buffer.alloc(4 + padded(value.length));
  bytes.writeUInt16LE(code, 0);
  bytes.writeUInt16LE(value.length, 2);
  bytes.set(value, 4);
  return bytes;
}

function padded(length: number): number {
  return (length + 3) & ~3;
}
