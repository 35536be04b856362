import { toHex } from '../../src/base/bytes';
import {
  MAX_DEMUX_FRAME,
  decodeDemuxFrame,
  decodeRegistration,
  encodeDemuxFrame,
  encodeRegistration,
} from '../../src/client/demux-wire';
import { hex } from '../support/vectors';

test.each([
  ['01', 1],
  ['84', 4],
  ['7f', 0x7f],
  ['0109', 1],
  ['00', undefined],
  ['80', undefined],
  ['', undefined],
])('R-DEMUX-6, R-DEMUX-8 the registration %s', (datagram, type) => {
  expect(decodeRegistration(hex(datagram))).toBe(type);
});

test('R-CONS-45 what a client writes', () => {
  expect(toHex(encodeRegistration(1))).toBe('01');
  expect(toHex(encodeDemuxFrame(9, hex('01810002')))).toBe('0901810002');
});

test('R-DEMUX-12, R-DEMUX-13 every length up to 70000, without a socket', () => {
  const datagram = new Uint8Array(70_000).fill(0x5a);
  const kinds = { short: [] as number[], long: [] as number[], whole: 0 };
  for (let length = 0; length <= 70_000; length++) {
    const frame = decodeDemuxFrame(datagram.subarray(0, length));
    if (frame === 'too-short') kinds.short.push(length);
    else if (frame === 'too-long') kinds.long.push(length);
    else if (frame.message.length === length - 1) kinds.whole++;
  }
  expect(kinds.short).toEqual([0, 1]);
  expect([kinds.long[0], kinds.long.at(-1), kinds.long.length]).toEqual([65_538, 70_000, 4463]);
  expect(kinds.whole).toBe(65_536);
});

test('R-DEMUX-12, R-DEMUX-13 frames and what is none', () => {
  expect(decodeDemuxFrame(hex('0901810002'))).toEqual({ eid: 9, message: hex('01810002') });
  expect(decodeDemuxFrame(hex('0901'))).toEqual({ eid: 9, message: hex('01') });
  expect(decodeDemuxFrame(hex('09'))).toBe('too-short');
  expect(decodeDemuxFrame(hex(''))).toBe('too-short');
  expect(decodeDemuxFrame(new Uint8Array(MAX_DEMUX_FRAME))).toMatchObject({ eid: 0 });
  expect(MAX_DEMUX_FRAME).toBe(65_537);
  expect(decodeDemuxFrame(new Uint8Array(MAX_DEMUX_FRAME + 1))).toBe('too-long');
});
