/**
 * FCS-16 of DSP0253: RFC 1662's polynomial x^16+x^12+x^5+1, reflected, initial value 0xffff, no final complement
 * (the crc catalogue's CRC-16/MCRF4XX).
 */
const FCS16_TABLE = ((): Uint16Array => {
  const table = new Uint16Array(256);
  for (let i = 0; i < 256; i++) {
    let register = i;
    for (let bit = 0; bit < 8; bit++) register = register & 1 ? (register >> 1) ^ 0x8408 : register >> 1;
    table[i] = register;
  }
  return table;
})();

export const FCS16_INITIAL = 0xffff;

/** The register after one more byte. */
export function fcs16Step(register: number, byte: number): number {
  return (register >> 8) ^ (FCS16_TABLE[(register ^ byte) & 0xff] ?? 0);
}

/** The FCS over `bytes`, continuing from `register`. */
export function fcs16(bytes: Uint8Array, register: number = FCS16_INITIAL): number {
  for (const byte of bytes) register = fcs16Step(register, byte);
  return register;
}

/** CRC-32C (Castagnoli) of NVMe-MI: reflected polynomial 0x82f63b78, initial value and final complement all ones. */
const CRC32C_TABLE = ((): Uint32Array => {
  const table = new Uint32Array(256);
  for (let i = 0; i < 256; i++) {
    let register = i;
    for (let bit = 0; bit < 8; bit++)
      register = register & 1 ? (register >>> 1) ^ 0x82f63b78 : register >>> 1;
    table[i] = register;
  }
  return table;
})();

/** The CRC-32C of `bytes`, 0..0xffffffff. */
export function crc32c(bytes: Uint8Array): number {
  let register = 0xffffffff;
  for (const byte of bytes) register = (register >>> 8) ^ (CRC32C_TABLE[(register ^ byte) & 0xff] ?? 0);
  return ~register >>> 0;
}
