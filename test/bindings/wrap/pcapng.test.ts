import { toHex } from '../../../src/base/bytes';
import {
  enhancedPacket,
  interfaceDescription,
  readBlocks,
  sectionHeader,
} from '../../../src/bindings/wrap/pcapng';
import { hex } from '../../support/vectors';

const plain = (text: string) => text.replace(/\s+/g, '');

describe('pcapng blocks, by hand', () => {
  test('section header', () => {
    expect(toHex(sectionHeader('mctp'))).toBe(
      plain(`0a0d0d0a 28000000 4d3c2b1a 0100 0000 ffffffffffffffff
             0400 0400 6d637470  00000000  28000000`),
    );
  });

  test('interface description: LINKTYPE_MCTP 291, its name padded to 4 bytes', () => {
    expect(toHex(interfaceDescription('uart0'))).toBe(
      plain(`01000000 24000000 2301 0000 00000000
             0200 0500 7561727430 000000  00000000  24000000`),
    );
  });

  test('enhanced packet: time in microseconds, high word first; data padded; direction', () => {
    // 1700000000123 ms = 0x60a2418202078 us
    expect(
      toHex(enhancedPacket({ packet: hex('010908cb008002'), time: 1_700_000_000_123, outbound: true })),
    ).toBe(
      plain(`06000000 34000000 00000000 240a0600 78202018 07000000 07000000
             010908cb008002 00  0200 0400 02000000  00000000  34000000`),
    );
    const inbound = enhancedPacket({ packet: hex('010908cb'), time: 0.5, outbound: false });
    expect(toHex(inbound)).toBe(
      plain(`06000000 30000000 00000000 00000000 f4010000 04000000 04000000
             010908cb  0200 0400 01000000  00000000  30000000`),
    );
  });

  test('another interface, with a text about it, and a packet on it', () => {
    expect(toHex(interfaceDescription('i2c0', 'i2c'))).toBe(
      plain(`01000000 28000000 2301 0000 00000000
             0200 0400 69326330  0300 0300 69326300  00000000  28000000`),
    );
    const packet = enhancedPacket({ packet: hex('010908cb'), time: 0.5, outbound: false, link: 3 });
    expect(toHex(packet).slice(16, 24)).toBe('03000000');
  });

  test('what was written reads back; what does not add up is no capture', () => {
    const packet = enhancedPacket({ packet: hex('010908cb'), time: 0.5, outbound: false, link: 3 });
    const whole = Buffer.concat([sectionHeader(), interfaceDescription('i2c0', 'i2c'), packet]);
    expect(readBlocks(whole)).toMatchObject([
      { kind: 'section' },
      { kind: 'link', name: 'i2c0' },
      { kind: 'packet', link: 3, bytes: packet },
    ]);
    expect(readBlocks(hex(plain('0b000000 0c000000 0c000000')))).toMatchObject([{ kind: 'other' }]);
    for (const bad of [
      '0b000000 0c000000 0d000000',
      '0b000000 0b000000 0b000000',
      '0b000000 00000000',
      '0b000000 10000000 10000000',
      '06000000 0c000000 0c000000',
      '01000000 0c000000 0c000000',
    ]) {
      expect(readBlocks(hex(plain(bad)))).toBeUndefined();
    }
    for (let cut = 1; cut < whole.length; cut++) {
      const blocks = readBlocks(whole.subarray(0, cut));
      expect(blocks === undefined || blocks.length < 3).toBe(true);
    }
  });
});
