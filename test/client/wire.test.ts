import * as fc from 'fast-check';
import { toHex } from '../../src/base/bytes';
import { ClientError, ResponseCode, codeNameOf } from '../../src/client/client-error';
import { NO_HANDLE } from '../../src/client/mctp-client';
import {
  decodeRequest,
  decodeResponse,
  encodeRequest,
  encodeResponse,
  isFault,
  type WireRequest,
  type WireResponse,
} from '../../src/client/wire';
import { hex } from '../support/vectors';

const ascii = (value: string): Uint8Array => Uint8Array.from(Buffer.from(value, 'ascii'));
const plainSend = { op: 'Send', eid: undefined, tag: undefined, ic: false } as const;

/** The vectors of the client API's page. */
const REQUESTS: readonly (readonly [string, WireRequest, string])[] = [
  ['SetEid(42)', { op: 'SetEid', eid: 42 }, '00 00 00 2a 00000000 00 000000'],
  ['GetEid', { op: 'GetEid' }, '01 00 00 00 00000000 00 000000'],
  ['Listener(type 1)', { op: 'Listener', msgType: 1, from: undefined }, '02 00 01 00 00000000 00 000000'],
  ['Req(eid 8)', { op: 'Req', eid: 8, hold: false }, '03 00 00 08 00000000 00 000000'],
  ['Listener(type 1, from 9)', { op: 'Listener', msgType: 1, from: 9 }, '02 04 01 09 00000000 00 000000'],
  ['Req(eid 8, hold)', { op: 'Req', eid: 8, hold: true }, '03 10 00 08 00000000 00 000000'],
  ['Release(8)', { op: 'Release', handle: 8 }, '07 02 00 00 08000000 00 000000'],
  [
    'Recv(handle 8, 5000 ms)',
    { op: 'Recv', handle: 8, timeoutMillis: 5000 },
    '04 02 00 00 08000000 00 000000 88130000',
  ],
  [
    'Send(handle 8, type 1, "hello")',
    { ...plainSend, handle: 8, msgType: 1, payload: ascii('hello') },
    '05 02 01 00 08000000 00 000000 68656c6c6f',
  ],
  [
    'Send(no handle, type 1, eid 42, tag 3, IC, "hi")',
    { op: 'Send', handle: null, msgType: 1, eid: 42, tag: 3, ic: true, payload: ascii('hi') },
    '05 0d 01 2a ffffffff 03 000000 6869',
  ],
  ['Unbind(8)', { op: 'Unbind', handle: 8 }, '06 02 00 00 08000000 00 000000'],
];

const NOTHING: WireResponse = {
  ...{ code: 0, msgType: 0, ic: false, eid: 0, handle: 0, tag: 0, payload: new Uint8Array(0) },
};

const RESPONSES: readonly (readonly [string, Partial<WireResponse>, string])[] = [
  ['success', {}, '00 00 00 00 00000000 0000 00 00'],
  ['error NoSpace', { code: ResponseCode.NoSpace }, '02 00 00 00 00000000 0000 00 00'],
  ['GetEid response 55', { eid: 55 }, '00 00 00 37 00000000 0000 00 00'],
  ['handle response 8', { handle: 8 }, '00 00 00 00 08000000 0000 00 00'],
  ['Send response tag 3', { tag: 3 }, '00 00 00 00 00000000 0000 03 00'],
  [
    'Recv response type 1, eid 42, tag 5, "echo data"',
    { msgType: 1, eid: 42, tag: 5, payload: ascii('echo data') },
    '00 00 01 2a 00000000 0900 05 00 6563686f2064617461',
  ],
];

describe('R-API-36 the reference wire', () => {
  test.each(REQUESTS)('request %s', (_, request, vector) => {
    expect(toHex(encodeRequest(request))).toBe(toHex(hex(vector)));
    expect(decodeRequest(hex(vector))).toEqual(request);
  });

  test.each(RESPONSES)('response %s', (_, response, vector) => {
    expect(toHex(encodeResponse(response))).toBe(toHex(hex(vector)));
    expect(decodeResponse(hex(vector))).toEqual({ ...NOTHING, ...response });
  });

  test('IC is bit 0 of the flags of a response', () => {
    expect(toHex(encodeResponse({ ic: true, msgType: 4 }))).toBe('000104000000000000000000');
    expect(decodeResponse(hex('000104000000000000000000'))).toMatchObject({ ic: true, msgType: 4 });
  });

  test('a Recv without a time-out waits for ever', () => {
    expect(decodeRequest(hex('04020000 08000000 00 000000'))).toEqual({
      op: 'Recv',
      handle: 8,
      timeoutMillis: 0,
    });
  });

  test('without its flag a handle is the one nobody has', () => {
    expect(decodeRequest(hex('06000000 08000000 00 000000'))).toEqual({ op: 'Unbind', handle: NO_HANDLE });
    expect(decodeRequest(hex('05000100 08000000 03 000000'))).toEqual({
      ...{ op: 'Send', handle: null, msgType: 1, eid: undefined, tag: undefined, ic: false },
      payload: new Uint8Array(0),
    });
  });

  test('the longest payload: 1023 for the reference, 65535 for ours', () => {
    const send = (length: number): WireRequest => ({
      ...{ ...plainSend, handle: 1, msgType: 1, payload: new Uint8Array(length) },
    });
    expect(encodeRequest(send(1023)).length).toBe(1035);
    expect(() => encodeRequest(send(1024))).toThrow(ClientError);
    expect(encodeRequest(send(65535), 65535).length).toBe(65547);
    expect(() => encodeResponse({ payload: new Uint8Array(1024) })).toThrow('MCTP error: internal error');
    const longest = encodeResponse({ payload: new Uint8Array(65535) }, 65535);
    expect(decodeResponse(longest)).toMatchObject({ payload: { length: 65535 } });
  });

  test('what is no message', () => {
    expect(decodeRequest(hex('0800000000000000000000 00'))).toEqual({ fault: 'InvalidOpcode', value: 8 });
    expect(decodeRequest(hex('ff00000000000000000000 00'))).toEqual({ fault: 'InvalidOpcode', value: 255 });
    for (let length = 0; length < 12; length++) {
      expect(decodeRequest(new Uint8Array(length))).toEqual({ fault: 'Truncated' });
      expect(decodeResponse(new Uint8Array(length))).toEqual({ fault: 'Truncated' });
    }
    expect(decodeRequest(hex('04020000 08000000 00 000000 881300'))).toEqual({ fault: 'Truncated' });
    expect(decodeRequest(hex('04020000 08000000 00 000000 8813000000'))).toEqual({ fault: 'Truncated' });
    expect(decodeResponse(hex('00000000 00000000 0200 00 00 01'))).toEqual({ fault: 'Truncated' });
  });

  test('a payload is a copy, also of a Buffer', () => {
    const frame = Buffer.from(hex('05020100 08000000 00 000000 6869'));
    const send = decodeRequest(frame);
    frame.fill(0);
    expect(send).toMatchObject({ payload: ascii('hi') });
  });

  test('R-API-28 a code that nobody knows is an internal error', () => {
    expect([0, 1, 2, 3, 4, 5, 6].map(codeNameOf)).toEqual([
      'Success',
      'InternalError',
      'NoSpace',
      'AddrInUse',
      'TimedOut',
      'BadArgument',
      'ServerRestarted',
    ]);
    expect(codeNameOf(7)).toBe('InternalError');
    expect(codeNameOf(255)).toBe('InternalError');
  });

  test('any bytes: a message that encodes to the same, or a fault; nothing throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const request = decodeRequest(bytes);
        if (!isFault(request)) expect(decodeRequest(encodeRequest(request))).toEqual(request);
        const response = decodeResponse(bytes);
        if (!isFault(response)) expect(decodeResponse(encodeResponse(response))).toEqual(response);
      }),
    );
  });
});
