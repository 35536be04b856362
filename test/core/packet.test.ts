import fc from 'fast-check';
import {
  checkPacket,
  destinationOf,
  flagsOf,
  sequenceOf,
  sourceOf,
  writeHeader,
} from '../../src/core/packet';
import { hex } from '../support/vectors';

test.each([
  ['shorter than 4 bytes', '010908', 'PacketTooShort'],
  ['empty', '', 'PacketTooShort'],
  ['header version 0', '000908cb7e', 'BadHeaderVersion'],
  ['header version 2', '020908cb7e', 'BadHeaderVersion'],
  ['source EID 1', '010901cb7e', 'BadSourceEid'],
  ['source EID 7', '010907cb7e', 'BadSourceEid'],
  ['source EID 255', '0109ffcb7e', 'BadSourceEid'],
  ['destination EID 1', '010108cb7e', 'BadDestinationEid'],
  ['destination EID 7', '010708cb7e', 'BadDestinationEid'],
])('DSP0236 §8.1 drops a packet: %s', (_, packet, reason) => {
  expect(checkPacket(hex(packet))).toBe(reason);
});

test.each([
  ['null source', '010900cb7e'],
  ['null destination', '010008cb7e'],
  ['broadcast destination', '01ff08cb7e'],
  ['reserved bits set', 'f10908cb7e'],
  ['first and last EID', '0108fecb7e'],
  ['no payload', '01090848'],
])('DSP0236 §8.1 takes a packet: %s', (_, packet) => {
  expect(checkPacket(hex(packet))).toBeUndefined();
});

test('the header of a Get Endpoint ID request, EID 8 to EID 9, tag 3', () => {
  const packet = new Uint8Array(4);
  writeHeader(packet, 9, 8, 0xcb);
  expect(packet).toEqual(hex('010908cb'));
  expect([destinationOf(packet), sourceOf(packet), flagsOf(packet), sequenceOf(0xbb)]).toEqual([
    9, 8, 0xcb, 3,
  ]);
});

test('no bytes make the header check throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 8 }), (bytes) => {
      const good = bytes.length >= 4 && ((bytes[0] ?? 0) & 15) === 1;
      if (!good) expect(checkPacket(bytes)).toBeDefined();
      else checkPacket(bytes);
    }),
  );
});
