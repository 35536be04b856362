import fc from 'fast-check';
import { decodeUnixAddress, encodeUnixAddress, printableName } from '../../src/os/unix-address';

test.each([
  ['\0mctp-demux', 13],
  ['\0mctp-mux', 11],
])('R-DEMUX-2 the address of %j is exactly %d bytes', (name, length) => {
  const address = encodeUnixAddress(name);
  expect(address).toHaveLength(length);
  expect(Buffer.from(address.subarray(2)).toString()).toBe(name);
  expect(decodeUnixAddress(address)).toBe(name);
});

test('a path ends with one NUL', () => {
  const address = encodeUnixAddress('/run/mctp');
  expect(Buffer.from(address.subarray(2)).toString()).toBe('/run/mctp\0');
  expect(decodeUnixAddress(address)).toBe('/run/mctp');
});

test.each(['', '\0', 'x'.repeat(108), `\0${'x'.repeat(108)}`, '/run/a\0b'])('%j is refused', (name) => {
  expect(() => encodeUnixAddress(name)).toThrow(
    expect.objectContaining({ code: 'invalid-arguments' }) as Error,
  );
});

test('the longest names fit', () => {
  expect(encodeUnixAddress('x'.repeat(107))).toHaveLength(110);
  expect(encodeUnixAddress(`\0${'x'.repeat(107)}`)).toHaveLength(110);
});

test('an unnamed socket has the empty name, another family none', () => {
  expect(decodeUnixAddress(encodeUnixAddress('/x').subarray(0, 2))).toBe('');
  expect(decodeUnixAddress(Uint8Array.of(45, 45, 0, 0))).toBeUndefined();
});

test('any bytes decode without a throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 130 }), (bytes) => {
      decodeUnixAddress(bytes);
      decodeUnixAddress(Uint8Array.of(...new Uint8Array(Uint16Array.of(1).buffer), ...bytes));
    }),
  );
});

test('abstract names are shown with @', () => {
  expect(printableName('\0mctp-mux')).toBe('@mctp-mux');
});
