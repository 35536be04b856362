import * as fc from 'fast-check';
import { toHex } from '../../src/base/bytes';
import {
  MAX_FRAME,
  decodeFrame,
  encodeFrame,
  networkBytes,
  type ClientFrame,
} from '../../src/client/socket-wire';
import { encodeResponse } from '../../src/client/wire';
import { hex } from '../support/vectors';

describe('R-API-37 frames of the client socket', () => {
  test('vector: hello, id 1, default network', () => {
    const vector = '010300000100000000000000';
    expect(toHex(encodeFrame({ kind: 'hello', id: 1, network: 0 }))).toBe(vector);
    expect(decodeFrame(hex(vector))).toEqual({ kind: 'hello', id: 1, network: 0 });
  });

  test('vector: its answer, network 1, local EID 8', () => {
    const body = encodeResponse({ eid: 8, payload: networkBytes(1) });
    const vector = '0101 0000 01000000 00 00 00 08 00000000 0400 00 00 01000000';
    expect(toHex(encodeFrame({ kind: 'response', id: 1, body }))).toBe(toHex(hex(vector)));
    expect(decodeFrame(hex(vector))).toEqual({ kind: 'response', id: 1, body: Uint8Array.from(body) });
  });

  test('cancel, and a request with its largest id', () => {
    expect(toHex(encodeFrame({ kind: 'cancel', id: 0xfffffffe }))).toBe('01020000feffffff');
    expect(decodeFrame(hex('01000000ffffffff01'))).toEqual({
      kind: 'request',
      id: 0xffffffff,
      body: hex('01'),
    });
  });

  test.each([
    ['nothing', ''],
    ['half a prefix', '01000000 000000'],
    ['another version', '00000000 01000000'],
    ['a later version', '02000000 01000000'],
    ['another kind', '01040000 01000000'],
    ['a hello without network', '01030000 01000000'],
    ['a hello with more', '01030000 01000000 00000000 00'],
    ['a cancel with more', '01020000 01000000 00'],
  ])('%s is no frame', (_, bytes) => {
    expect(decodeFrame(hex(bytes))).toBeUndefined();
  });

  test('a frame longer than the longest is none', () => {
    const frame = new Uint8Array(MAX_FRAME + 1);
    frame[0] = 1;
    expect(decodeFrame(frame.subarray(0, MAX_FRAME))).toMatchObject({ kind: 'request' });
    expect(decodeFrame(frame)).toBeUndefined();
    expect(MAX_FRAME).toBe(8 + 12 + 65535);
  });

  test('every length up to 70000, without a socket: a frame, or none, and no body of another length', () => {
    const bytes = new Uint8Array(70_000);
    const bodies: number[] = [];
    for (let length = 0; length <= 70_000; length++) {
      bytes[0] = 1;
      const frame = decodeFrame(bytes.subarray(0, length));
      if (frame?.kind === 'request') bodies.push(length - frame.body.length);
    }
    expect(bodies.length).toBe(MAX_FRAME - 8 + 1);
    expect(new Set(bodies)).toEqual(new Set([8]));
  });

  test('any bytes: a frame that encodes to the same but for what is reserved, or nothing', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.boolean(), (bytes, isOurs) => {
        if (isOurs) bytes.set([1, (bytes[1] ?? 0) % 5, 0, 0].slice(0, bytes.length));
        const frame: ClientFrame | undefined = decodeFrame(bytes);
        if (frame === undefined) return;
        bytes.set([0, 0], 2);
        expect(toHex(encodeFrame(frame))).toBe(toHex(bytes));
      }),
    );
  });
});
