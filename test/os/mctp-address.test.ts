import fc from 'fast-check';
import { toHex } from '../../src/base/bytes';
import { decodeMctpAddress, encodeMctpAddress } from '../../src/os/mctp-address';
import { hex } from '../support/vectors';
import { machineOrder } from './machine-order';

// The bytes below were taken on a little-endian machine; sockaddr_mctp is in the machine's order.
describe('sockaddr_mctp', () => {
  test.each([
    [
      'a request to net 1, EID 9, control',
      { network: 1, eid: 9, type: 0, tag: 8 },
      '{2d00}0000{01000000}09000800',
    ],
    ['a response with tag 2', { network: 1, eid: 9, type: 0, tag: 2 }, '{2d00}0000{01000000}09000200'],
    [
      'a serial peer on ifindex 3',
      { network: 1, eid: 9, type: 0, tag: 1, hardware: { ifindex: 3, address: new Uint8Array(0) } },
      `{2d00}0000{01000000}09000100 {03000000} 00 000000 ${'00'.repeat(32)}`,
    ],
    [
      'an I2C peer at 0x1d, NVMe-MI with IC, preallocated tag',
      { network: 2, eid: 8, type: 0x84, tag: 0x18, hardware: { ifindex: 5, address: Uint8Array.of(0x1d) } },
      `{2d00}0000{02000000}08841800 {05000000} 01 000000 1d ${'00'.repeat(31)}`,
    ],
  ])('%s', (_, address, expected) => {
    const bytes = machineOrder(expected);
    expect(toHex(encodeMctpAddress(address))).toBe(bytes);
    expect(decodeMctpAddress(hex(bytes))).toEqual(address);
  });
});

test.each([
  ['network', { network: 2 ** 32, eid: 9, type: 0, tag: 8 }],
  ['EID', { network: 1, eid: 256, type: 0, tag: 8 }],
  ['message type', { network: 1, eid: 9, type: -1, tag: 8 }],
  ['tag', { network: 1, eid: 9, type: 0, tag: 0x20 }],
  [
    'hardware address length',
    { network: 1, eid: 9, type: 0, tag: 8, hardware: { ifindex: 1, address: new Uint8Array(33) } },
  ],
])('%s out of range is refused', (what, address) => {
  expect(() => encodeMctpAddress(address)).toThrow(what);
});

test('another family, or fewer than 12 bytes, is no address', () => {
  const good = encodeMctpAddress({ network: 1, eid: 9, type: 0, tag: 8 });
  expect(decodeMctpAddress(good.subarray(0, 11))).toBeUndefined();
  expect(decodeMctpAddress(Uint8Array.from(good).fill(1, 0, 2))).toBeUndefined();
});

test('any bytes decode without a throw, and what decodes encodes again', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), fc.boolean(), (bytes, family) => {
      if (family && bytes.length >= 2) bytes.set(new Uint8Array(Uint16Array.of(45).buffer));
      const address = decodeMctpAddress(bytes);
      if (address !== undefined && address.tag <= 0x1f) {
        expect(decodeMctpAddress(encodeMctpAddress(address))).toEqual(address);
      }
    }),
  );
});
