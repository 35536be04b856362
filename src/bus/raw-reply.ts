import { MessageType } from './dbus-next-types';
import { marshal } from './marshal';
import { Variant } from './variant';

export interface RawReplyHeader {
  readonly serial: number;
  readonly replySerial: number;
  readonly destination: string;
  readonly signature: string;
}

/** Header fields of the D-Bus specification. */
const Field = { replySerial: 5, destination: 6, signature: 8 } as const;
const LITTLE_ENDIAN = 0x6c;
const PROTOCOL_VERSION = 1;

/** Header of a method return, padded to 8 bytes; the body of `bodyLength` bytes follows it. */
export function encodeReply(header: RawReplyHeader, bodyLength: number): Buffer {
  const fields = [
    [Field.replySerial, new Variant('u', header.replySerial)],
    [Field.destination, new Variant('s', header.destination)],
    [Field.signature, new Variant('g', header.signature)],
  ];
  const encoded = marshal('yyyyuua(yv)', [
    LITTLE_ENDIAN,
    MessageType.methodReturn,
    0,
    PROTOCOL_VERSION,
    bodyLength,
    header.serial,
    fields,
  ]);
  const padded = Buffer.alloc((encoded.length + 7) & ~7);
  encoded.copy(padded);
  return padded;
}
