/** Byte helpers shared by every codec. Addresses and dumps are written in lower-case hex without separators. */

export const EMPTY: Uint8Array = new Uint8Array(0);

/** `[0x1d, 0x20]` gives `"1d20"`. */
export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

/** `"1d20"` gives the two bytes; anything but an even number of hex digits gives `undefined`. */
export function fromHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) return undefined;
  return Uint8Array.from(Buffer.from(text, 'hex'));
}

export function bytesEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** The byte at `offset`. Callers have checked the length; a miss is a defect of ours, not of the sender. */
export function byteAt(bytes: Uint8Array, offset: number): number {
  const value = bytes[offset];
  if (value === undefined) throw new RangeError(`byte ${offset} of ${bytes.length}`);
  return value;
}
