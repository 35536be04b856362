import fc from 'fast-check';
import { toHex } from '../../src/base/bytes';
import {
  decodeHello,
  decodeSimFrame,
  decodeWelcome,
  encodeHello,
  encodeSimFrame,
  encodeWelcome,
  SIM_BUS_MAX_MESSAGE,
  WelcomeStatus,
} from '../../src/bindings/sim-bus-wire';
import { hex } from '../support/vectors';

const PACKET = hex('010908cb008002');

describe('simulated bus, bytes', () => {
  test('hello and welcome', () => {
    expect(toHex(encodeHello(0x10))).toBe('4d4353420110');
    expect(decodeHello(hex('4d4353420210'))).toEqual({ version: 2, address: 0x10 });
    expect(toHex(encodeWelcome(WelcomeStatus.addressInUse))).toBe('4d4353420101');
    expect(decodeWelcome(hex('4d4353420100'))).toEqual({ version: 1, status: WelcomeStatus.attached });
  });

  test.each(['', '4d435342', '4d43534201', '4d435342011000', '4e4353420110'])('%s is no opening', (text) => {
    expect(decodeHello(hex(text))).toBeUndefined();
    expect(decodeWelcome(hex(text))).toBeUndefined();
  });

  test('frames', () => {
    const unicast = { destination: 0x20, source: 0x10, broadcast: false, packet: PACKET };
    expect(toHex(encodeSimFrame(unicast))).toBe('201000010908cb008002');
    expect(decodeSimFrame(hex('201000010908cb008002'))).toEqual(unicast);
    const broadcast = { ...unicast, destination: 0xff, broadcast: true };
    expect(toHex(encodeSimFrame({ ...broadcast, destination: 0 }))).toBe('ff1001010908cb008002');
    expect(decodeSimFrame(hex('ff1001010908cb008002'))).toEqual(broadcast);
  });

  test.each(['', '20', '2010', '201000', '201000010908', '201002010908cb', '201080010908cb'])(
    '%s is no frame',
    (text) => {
      expect(decodeSimFrame(hex(text))).toBeUndefined();
    },
  );

  test('no frame above the limit', () => {
    const longest = new Uint8Array(SIM_BUS_MAX_MESSAGE);
    expect(decodeSimFrame(longest)?.packet.length).toBe(65535);
    expect(decodeSimFrame(new Uint8Array(SIM_BUS_MAX_MESSAGE + 1))).toBeUndefined();
  });

  test('random bytes never throw and never decode to more than they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        decodeHello(bytes);
        decodeWelcome(bytes);
        const frame = decodeSimFrame(bytes);
        if (frame !== undefined) expect(frame.packet.length).toBe(bytes.length - 3);
      }),
    );
  });
});
