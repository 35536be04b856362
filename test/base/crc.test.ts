import { crc32c, fcs16, fcs16Step, FCS16_INITIAL } from '../../src/base/crc';

test('DSP0253 the FCS of "123456789" is 0x6f91', () => {
  expect(fcs16(Buffer.from('123456789'))).toBe(0x6f91);
});

test.each([
  [1, 0x1189],
  [2, 0x2312],
  [255, 0x0f78],
])('table entry %i', (index, entry) => {
  expect(fcs16Step(0, index)).toBe(entry);
});

test('goes on from where it was, and swapped FCS bytes leave nothing', () => {
  const bytes = Buffer.from('010711223344', 'hex');
  const whole = fcs16(bytes);
  expect(fcs16(bytes.subarray(2), fcs16(bytes.subarray(0, 2)))).toBe(whole);
  expect(fcs16(Uint8Array.of(whole & 0xff, whole >> 8), whole)).toBe(0);
  expect(fcs16(new Uint8Array(0))).toBe(FCS16_INITIAL);
});

// The iSCSI test patterns of RFC 3720 B.4, and the usual check value.
test.each([
  ['123456789', Buffer.from('123456789'), 0xe3069283],
  ['nothing', new Uint8Array(0), 0],
  ['32 zeros', new Uint8Array(32), 0x8a9136aa],
  ['32 ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
])('CRC-32C of %s', (_what, bytes, crc) => {
  expect(crc32c(bytes)).toBe(crc);
});
