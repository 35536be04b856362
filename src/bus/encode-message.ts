import type { RawMessageFields } from './dbus-next-types';
import { marshal } from './marshal';
import { Variant } from './variant';

const LITTLE_ENDIAN = 0x6c;
const PROTOCOL_VERSION = 1;

/**
 * Header of a message, padded to 8 bytes; the body of `bodyLength` bytes, little-endian, follows it. Ours because
 * dbus-next's marshaller takes several times as long for the signals of one endpoint as everything else about it.
 */
export function encodeHeader(message: RawMessageFields, bodyLength: number): Buffer {
  const encoded = marshal('yyyyuua(yv)', [
    LITTLE_ENDIAN,
    message.type,
    message.flags ?? 0,
    PROTOCOL_VERSION,
    bodyLength,
    message.serial,
    headerFields(message),
  ]);
  const padded = Buffer.alloc((encoded.length + 7) & ~7);
  encoded.copy(padded);
  return padded;
}

/** Codes and types of the D-Bus specification, "Header Fields"; what a message lacks is left out. */
function headerFields(message: RawMessageFields): readonly (readonly [number, Variant])[] {
  const { signature = '' } = message;
  const fields: readonly (readonly [number, string, unknown])[] = [
    [1, 'o', message.path],
    [2, 's', message.interface],
    [3, 's', message.member],
    [4, 's', message.errorName],
    [5, 'u', message.replySerial],
    [6, 's', message.destination],
    [8, 'g', signature === '' ? undefined : signature],
  ];
  return fields.flatMap(([code, type, value]) =>
    value === undefined ? [] : [[code, new Variant(type, value)] as const],
  );
}
