import { Malformed, Reader, atLeast, exactly } from '../../src/base/reader';
import { hex } from '../support/vectors';

const BYTES = hex('01 0203 040506 0708090a');

test('reads fields in order, the most significant byte first', () => {
  const reader = new Reader(BYTES);
  expect([reader.u8(), reader.u16(), reader.u24(), reader.u32()]).toEqual([1, 0x0203, 0x040506, 0x0708090a]);
});

test('or the least significant byte first', () => {
  const reader = new Reader(BYTES, 'little-endian');
  expect([reader.u8(), reader.u16(), reader.u24(), reader.u32()]).toEqual([1, 0x0302, 0x060504, 0x0a090807]);
});

test('skips, and gives copies', () => {
  const reader = new Reader(BYTES);
  reader.skip(8);
  expect(reader.rest()).toEqual(hex('090a'));
  expect(reader.remaining).toBe(0);
});

test('beyond the end there are zeros, and it remembers', () => {
  const reader = new Reader(hex('01'));
  expect(reader.u16()).toBe(0);
  expect(reader.short).toBe(true);
  expect(atLeast(reader, 'value')).toEqual(new Malformed('too short'));
});

test('a skip beyond the end is short as well', () => {
  const reader = new Reader(hex('01'));
  reader.skip(2);
  expect(exactly(reader, 'value')).toEqual(new Malformed('too short'));
});

test('bytes that nobody read are too many where the length is exact', () => {
  const reader = new Reader(hex('0102'));
  reader.u8();
  expect(atLeast(reader, 'value')).toBe('value');
  expect(exactly(reader, 'value')).toEqual(new Malformed('1 bytes too long'));
});
