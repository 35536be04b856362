import fc from 'fast-check';
import { toHex } from '../../src/base/bytes';
import { Malformed, Reader, isMalformed } from '../../src/base/reader';
import { packed, u24, u32 } from '../../src/control/codec';
import { getEndpointId } from '../../src/control/commands/get-endpoint-id';
import { getEndpointUuid } from '../../src/control/commands/get-endpoint-uuid';
import { getMctpVersionSupport } from '../../src/control/commands/get-mctp-version-support';
import { getMessageTypeSupport } from '../../src/control/commands/get-message-type-support';
import { getRoutingTableEntries } from '../../src/control/commands/get-routing-table-entries';
import { getVendorDefinedMessageSupport } from '../../src/control/commands/get-vendor-defined-message-support';
import { queryHop } from '../../src/control/commands/query-hop';
import { queryRateLimit } from '../../src/control/commands/query-rate-limit';
import { requestTxRateLimit, requestTxRateLimitOf } from '../../src/control/commands/request-tx-rate-limit';
import { resolveUuid } from '../../src/control/commands/resolve-uuid';
import { routingInformationUpdate } from '../../src/control/commands/routing-information-update';
import { setEndpointId } from '../../src/control/commands/set-endpoint-id';
import { COMMANDS } from '../../src/control/commands/table';
import { updateRateLimit } from '../../src/control/commands/update-rate-limit';
import { decodeControl } from '../../src/control/header';
import { uuidBytes } from '../../src/control/uuid';
import { hex } from '../support/vectors';

const UUID = '00112233-4455-6677-8899-aabbccddeeff';

describe('the command table', () => {
  test('has 0x01..0x14, each under its own code and with a name and a sentence', () => {
    expect([...COMMANDS.keys()].sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
    for (const [code, command] of COMMANDS) {
      expect(command.code).toBe(code);
      expect(command.name).not.toBe('');
      expect(command.summary).toMatch(/\.$/);
    }
  });

  test.each([...COMMANDS.values()].map((command) => [command.name, command] as const))(
    '%s decodes any bytes without a throw, and never yields more than came',
    (_name, command) => {
      const size = (value: unknown): number => JSON.stringify(value).length;
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 80 }), fc.boolean(), (data, allowTrailing) => {
          const request = command.decodeRequest(data);
          const response = command.decodeResponse(data, { allowTrailing });
          for (const value of [request, response]) {
            expect(value instanceof Malformed || size(value) < 400 + 120 * data.length).toBe(true);
          }
        }),
      );
    },
  );

  test('a request longer or shorter than its table is malformed (R-DISC-131)', () => {
    const lengths = new Map([
      [0x01, 2],
      [0x02, 0],
      [0x03, 0],
      [0x04, 1],
      [0x05, 0],
      [0x06, 1],
      [0x07, 1],
      [0x08, 3],
      [0x0a, 1],
      [0x0b, 0],
      [0x0c, 0],
      [0x0d, 0],
      [0x0e, 0],
      [0x0f, 2],
      [0x10, 17],
      [0x11, 0],
      [0x14, 0],
    ]);
    for (const [code, length] of lengths) {
      const decode = (size: number): unknown => COMMANDS.get(code)?.decodeRequest(new Uint8Array(size));
      expect([code, isMalformed(decode(length))]).toEqual([code, false]);
      expect([code, isMalformed(decode(length + 1))]).toEqual([code, true]);
      if (length > 0) expect([code, isMalformed(decode(length - 1))]).toEqual([code, true]);
    }
  });
});

describe('responses', () => {
  test('R-DISC-14 a longer response is accepted, a shorter one is not', () => {
    expect(getEndpointId.decodeResponse(hex('09 12 00 ff'))).toEqual({
      eid: 9,
      endpointType: 1,
      eidType: 2,
      mediumSpecific: 0,
    });
    expect(isMalformed(getEndpointId.decodeResponse(hex('09 12')))).toBe(true);
    expect(isMalformed(setEndpointId.decodeResponse(hex('00 09')))).toBe(true);
  });

  test('R-DISC-45 reserved assignment states come through as numbers', () => {
    expect(setEndpointId.decodeResponse(hex('f3 09 05'))).toEqual({
      assignment: 3,
      allocation: 3,
      eid: 9,
      poolSize: 5,
    });
  });

  test('R-DISC-42 a UUID is 16 bytes printed in order', () => {
    expect(getEndpointUuid.decodeResponse(hex('00112233445566778899aabbccddeeff'))).toEqual({ uuid: UUID });
    expect(isMalformed(getEndpointUuid.decodeResponse(new Uint8Array(15)))).toBe(true);
    expect(() => uuidBytes('00112233')).toThrow(RangeError);
  });

  test('R-DISC-40 message types must be exactly counted, but for PCIe VDM', () => {
    expect(getMessageTypeSupport.decodeResponse(hex('03 05 01 05'))).toEqual({ types: [5, 1, 5] });
    expect(getMessageTypeSupport.decodeResponse(hex('00'))).toEqual({ types: [] });
    expect(isMalformed(getMessageTypeSupport.decodeResponse(hex('03 05 01')))).toBe(true);
    expect(isMalformed(getMessageTypeSupport.decodeResponse(hex('01 05 01')))).toBe(true);
    expect(getMessageTypeSupport.decodeResponse(hex('01 05 01'), { allowTrailing: true })).toEqual({
      types: [5],
    });
  });

  test('R-DISC-41 vendor sets must have 9 or 11 bytes by format, but for PCIe VDM', () => {
    const decode = (data: Uint8Array, options = {}): unknown =>
      getVendorDefinedMessageSupport.decodeResponse(data, options);
    expect(decode(hex('ff 00 8086 0001'))).toEqual({
      nextSelector: 255,
      format: 0,
      vendor: 0x8086,
      subtype: 1,
    });
    expect(decode(hex('01 01 0000a015 0002'))).toEqual({
      nextSelector: 1,
      format: 1,
      vendor: 40981,
      subtype: 2,
    });
    expect(isMalformed(decode(hex('ff 00 8086 0001 00')))).toBe(true);
    expect(isMalformed(decode(hex('ff 01 0000a015 00')))).toBe(true);
    expect(isMalformed(decode(hex('ff 02 8086 0001')))).toBe(true);
    expect(isMalformed(decode(hex('ff 00 8086 0001 00'), { allowTrailing: true }))).toBe(false);
  });

  test('versions: 4 bytes each', () => {
    expect(getMctpVersionSupport.decodeResponse(hex('02 f1f1ff00 f2f0f000'))).toEqual({
      versions: [hex('f1f1ff00'), hex('f2f0f000')],
    });
    expect(isMalformed(getMctpVersionSupport.decodeResponse(hex('02 f1f1ff00 f2f0f0')))).toBe(true);
  });

  test('a routing table entry that overruns spoils the response', () => {
    expect(isMalformed(getRoutingTableEntries.decodeResponse(hex('ff 01 01 09 01 01 03 05 1d')))).toBe(true);
    expect(isMalformed(getRoutingTableEntries.decodeResponse(hex('ff 02 01 09 01 01 03 01 1d')))).toBe(true);
  });

  test('query hop counts 16 bytes above 64', () => {
    const value = { bridgeEid: 32, type: 1, incomingUnit: 80, outgoingUnit: 250 };
    expect(toHex(queryHop.encodeResponse(value))).toBe('20010001000b');
  });

  test('resolve UUID walks its entries', () => {
    const data = hex('ff 02 09 01 03 01 1d 0a 05 00 00');
    const value = {
      nextHandle: 255,
      entries: [
        { eid: 9, binding: 1, medium: 3, address: hex('1d') },
        { eid: 10, binding: 5, medium: 0, address: hex('') },
      ],
    };
    expect(resolveUuid.decodeResponse(data)).toEqual(value);
    expect(resolveUuid.encodeResponse(value)).toEqual(data);
  });

  test('query rate limit has 27 bytes', () => {
    const data = hex('00001000 00000064 00000032 00000001 000010 000008 00000019 03');
    const value = {
      receiveBufferBytes: 4096,
      maxReceiveRate: 100,
      maxTransmitRate: 50,
      minTransmitRate: 1,
      maxBurst: 16,
      burst: 8,
      transmitRate: 25,
      transmitLimiting: true,
      unrequestedOnly: true,
    };
    expect(queryRateLimit.decodeResponse(data)).toEqual(value);
    expect(queryRateLimit.encodeResponse(value)).toEqual(data);
    expect(isMalformed(queryRateLimit.decodeResponse(data.subarray(1)))).toBe(true);
  });

  test('the burst field of the rate limits has 4 or 3 bytes (unverified)', () => {
    const limit = { burst: 8, rate: 25 };
    expect(toHex(requestTxRateLimit.encodeRequest(limit))).toBe('0000000800000019');
    expect(toHex(requestTxRateLimitOf(3).encodeRequest(limit))).toBe('00000800000019');
    expect(requestTxRateLimitOf(3).decodeResponse(hex('00000800000019'))).toEqual(limit);
    expect(requestTxRateLimit.decodeResponse(hex('0000000800000019'))).toEqual(limit);
    for (const text of ['0000000800000019', '00000800000019']) {
      expect(updateRateLimit.decodeRequest(hex(text))).toEqual(limit);
    }
    expect(isMalformed(updateRateLimit.decodeRequest(hex('000800000019')))).toBe(true);
  });

  test('routing information entries share the length of their addresses', () => {
    const bad = ['01 00 01', '02 00 01 09 1d 03 10 21', '00 00', '02 00010a'];
    for (const text of bad) expect(isMalformed(routingInformationUpdate.decodeRequest(hex(text)))).toBe(true);
    expect(routingInformationUpdate.decodeRequest(hex('00'))).toEqual({ entries: [] });
    expect(routingInformationUpdate.decodeRequest(hex('01 f0 01 09 0108'))).toEqual({
      entries: [{ entryType: 0, size: 1, first: 9, address: hex('0108') }],
    });
  });
});

describe('the tools', () => {
  test('numbers are big-endian, and what fits no byte is refused', () => {
    expect(packed(...u24(0x010203), ...u32(0xfffefdfc))).toEqual(hex('010203 fffefdfc'));
    expect(() => packed(256)).toThrow(RangeError);
    expect(() => packed(1.5)).toThrow(RangeError);
    expect(new Reader(hex('fffefdfc')).u32()).toBe(0xfffefdfc);
  });

  test('the header decoder takes any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        const message = decodeControl(bytes);
        expect(isMalformed(message)).toBe(bytes.length < 3 || bytes[0] !== 0);
      }),
    );
  });
});
