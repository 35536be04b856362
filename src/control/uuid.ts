import { fromHex, toHex } from '../base/bytes';

/** RFC 4122 field order, most significant byte first, so the bytes print in order (DSP0236 §12.5). */

export const UUID_LENGTH = 16;

/** 16 bytes as 36 lower-case characters. */
export function uuidText(bytes: Uint8Array): string {
  const digits = toHex(bytes);
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    digits.slice(12, 16),
    digits.slice(16, 20),
    digits.slice(20),
  ].join('-');
}

/** @throws RangeError when the text is not a UUID of 36 characters */
export function uuidBytes(text: string): Uint8Array {
  const shape = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
  const bytes = shape.test(text) ? fromHex(text.replaceAll('-', '')) : undefined;
  if (bytes === undefined) throw new RangeError(`"${text}" is no UUID`);
  return bytes;
}
