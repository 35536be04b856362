import { byteAt, bytesEqual, fromHex, toHex } from '../../src/base/bytes';
import { seededRandom } from '../../src/base/random';

test('hex goes both ways, of views too; anything else is no hex', () => {
  const whole = Uint8Array.of(0xff, 0x1d, 0x20, 0xff);
  expect(toHex(whole.subarray(1, 3))).toBe('1d20');
  expect(fromHex('1D20')).toEqual(Uint8Array.of(0x1d, 0x20));
  expect(fromHex('')).toEqual(new Uint8Array(0));
  expect(['1', '1g', '0x1d', ' 1d ', '-1'].map(fromHex)).toEqual(Array(5).fill(undefined));
});

test('bytesEqual looks at length and content', () => {
  const bytes = Uint8Array.of(1, 2);
  expect(bytesEqual(bytes, Uint8Array.of(1, 2))).toBe(true);
  expect(bytesEqual(bytes, Uint8Array.of(1, 3))).toBe(false);
  expect(bytesEqual(bytes, Uint8Array.of(1, 2, 0))).toBe(false);
  expect(() => byteAt(bytes, 2)).toThrow(RangeError);
});

test('a seed gives the same numbers again, all of 0 <= x < 1', () => {
  const draw = (seed: number): number[] => {
    const random = seededRandom(seed);
    return Array.from({ length: 100 }, () => random.next());
  };
  expect(draw(1)).toEqual(draw(1));
  expect(draw(1)).not.toEqual(draw(2));
  expect(draw(0xffffffff).every((x) => x >= 0 && x < 1)).toBe(true);
});
