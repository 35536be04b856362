import { decodeNetlinkMessages, encodeNetlinkMessage } from '../../src/os/netlink';
import { fromHex, toHex } from '../../src/base/bytes';
import { addAddress, addressDump, decodeAddress, deleteAddress } from '../../src/os/kernel-addresses';
import { changeLink, decodeLink, linkDump } from '../../src/os/kernel-links';
import { addNeighbour, decodeNeighbour, deleteNeighbour } from '../../src/kernel/neighbours';
import { addRoute, decodeRoute, deleteRoute, routeDump } from '../../src/kernel/routes';
import type { RtnetlinkRequest } from '../../src/os/rtnetlink-messages';

/** Captured from Linux 6.1 on a little-endian machine; sequence and port are left out of what is compared. */

const DUMP = 0x301;
const CHANGE = 0x05;

/** Length, type and flags, then what follows sequence and port. */
function hex(request: RtnetlinkRequest, flags: number): string {
  const bytes = toHex(encodeNetlinkMessage({ ...request, flags, sequence: 1 }));
  return `${bytes.slice(0, 16)} ${bytes.slice(32)}`;
}

const bytes = (...parts: string[]): Uint8Array =>
  fromHex(parts.join('').replaceAll(' ', '')) ?? new Uint8Array(0);

describe('links', () => {
  const head = '00002201 03000000 01000000 00000000';
  const name = '1000 0300 6d63747073657269616c3000'.replace('1000', '1000');
  const mtus = '0800 0400 44000000 0800 3200 44000000 0800 3300 44000000';
  const spec = '1000 1a00 0c00 2d00 0800 0100 01000000';

  test('the dump asks for the MCTP family', () => {
    expect(hex(linkDump(), DUMP)).toBe('2000000012000103 2d000000000000000000000000000000');
  });

  test.each([
    ['up', { up: true }, '2000000010000500 00000000030000000100000001000000'],
    ['down', { up: false }, '2000000010000500 00000000030000000000000001000000'],
    [
      'network 5, marked nested twice',
      { network: 5 },
      '3000000010000500 0000000003000000000000000000000010001a800c002d800800010005000000',
    ],
    ['MTU 68', { mtu: 68 }, '2800000010000500 000000000300000000000000000000000800040044000000'],
  ])('a change: %s', (_what, change, message) => {
    expect(hex(changeLink(3, change), CHANGE)).toBe(message);
  });

  test('mctpserial0 of a dump: up, network 1, no address, MTU 68', () => {
    expect(decodeLink(bytes(head, name, mtus, spec))).toEqual({
      ...{ index: 3, name: 'mctpserial0', network: 1, physicalBinding: 0, address: new Uint8Array(0) },
      ...{ loopback: false, up: true, mtu: 68, minMtu: 68, maxMtu: 68 },
    });
  });

  test('a newer kernel tells the physical binding, and an I2C device has an address', () => {
    const newer = '1800 1a80 1400 2d80 0800 0100 05000000 0500 0200 01000000';
    const link = decodeLink(bytes(head, name, '0500 0100 1d000000', mtus, newer));
    expect(link).toMatchObject({ network: 5, physicalBinding: 1, address: Uint8Array.of(0x1d) });
  });

  test.each([
    ['no MCTP device', [head, name, mtus]],
    ['another family', [head, name, mtus, '1000 1a00 0c00 0200 0800 0100 01000000']],
    ['network 0, which 6.1 accepts', [head, name, mtus, '1000 1a00 0c00 2d00 0800 0100 00000000']],
    ['a network beyond 31 bits', [head, name, mtus, '1000 1a00 0c00 2d00 0800 0100 00000080']],
    ['no MTU range', [head, name, '0800 0400 44000000', spec]],
    ['index 0', ['00002201 00000000 01000000 00000000', name, mtus, spec]],
    ['no name', [head, mtus, spec]],
    ['cut in the header', [head.slice(0, 20)]],
    ['cut in an attribute', [head, name, mtus, spec.slice(0, 24)]],
    ['an attribute of length 0', [head, '0000 0300', mtus, spec]],
  ])('R-DISC-121: ignored: %s', (_what, parts) => {
    expect(decodeLink(bytes(...parts))).toBeUndefined();
  });
});

describe('R-DISC-34: addresses', () => {
  test('add and delete carry IFA_LOCAL', () => {
    const rest = '2d000000030000000500020008000000';
    expect(hex(addAddress({ link: 3, eid: 8 }), CHANGE)).toBe(`2000000014000500 ${rest}`);
    expect(hex(deleteAddress({ link: 3, eid: 8 }), CHANGE)).toBe(`2000000015000500 ${rest}`);
  });

  test('a dump, and its reply', () => {
    expect(hex(addressDump(), DUMP)).toBe('1800000016000103 2d00000000000000');
    const reply = bytes('2d000000 03000000 0500 0200 08000000 0500 0100 08000000');
    expect(decodeAddress(reply)).toEqual({ link: 3, eid: 8 });
  });

  test.each([
    ['another family', '02000000 03000000 0500 0200 08000000'],
    ['no EID', '2d000000 03000000'],
    ['cut', '2d0000'],
    ['an attribute longer than the message', '2d000000 03000000 0900 0200 08000000'],
  ])('ignored: %s', (_what, text) => {
    expect(decodeAddress(bytes(text))).toBeUndefined();
  });
});

describe('R-DISC-34: routes', () => {
  const link = { kind: 'link', link: 3 } as const;

  test('9 over a link', () => {
    const route = { first: 9, extent: 0, mtu: 0, via: link };
    const rest = '2d0000000000000100000000 0500010009000000 0800040003000000'.replaceAll(' ', '');
    expect(hex(addRoute(route), CHANGE)).toBe(`2c00000018000500 ${rest}`);
    expect(hex(deleteRoute(route), CHANGE)).toBe(`2c00000019000500 ${rest}`);
  });

  test('20 to 29 with an MTU: the extent is in dst_len, the metrics are marked nested', () => {
    const route = { first: 20, extent: 9, mtu: 68, via: link };
    const rest =
      '2d0900000000000100000000 0500010014000000 0800040003000000 0c000880 0800020044000000'.replaceAll(
        ' ',
        '',
      );
    expect(hex(addRoute(route), CHANGE)).toBe(`3800000018000500 ${rest}`);
  });

  test('a gateway is 8 bytes, u32 network and EID, instead of the link', () => {
    const route = {
      first: 20,
      extent: 2,
      mtu: 0,
      via: { kind: 'gateway', network: 1, eid: 9 },
    } as const;
    const rest = '2d0200000000000100000000 0500010014000000 0c000500 01000000 09000000'.replaceAll(' ', '');
    expect(hex(addRoute(route), CHANGE)).toBe(`3000000018000500 ${rest}`);
    expect(decodeRoute(bytes(rest))).toEqual(route);
  });

  test('a dump, and its reply with empty metrics', () => {
    expect(hex(routeDump(), DUMP)).toBe('1c0000001a000103 2d0000000000000000000000');
    const reply = bytes('2d000000 fd04fd01 00000000 0500010009000000 04000800 0800040003000000');
    expect(decodeRoute(reply)).toEqual({ first: 9, extent: 0, mtu: 0, via: link });
  });

  test('a reply with an MTU', () => {
    const reply = bytes(
      '2d090000 fd04fd01 00000000 0500010014000000 0c000800 0800020044000000 0800040003000000',
    );
    expect(decodeRoute(reply)).toEqual({ first: 20, extent: 9, mtu: 68, via: link });
  });

  test.each([
    ['a local route', '2d000000 fd04fd02 00000000 0500010008000000 04000800 0800040003000000'],
    ['another family', '02000000 fd04fd01 00000000 0500010009000000 0800040003000000'],
    ['no target', '2d000000 fd04fd01 00000000 0500010009000000'],
    ['no destination', '2d000000 fd04fd01 00000000 0800040003000000'],
    ['cut', '2d000000 fd04fd01'],
  ])('ignored: %s', (_what, text) => {
    expect(decodeRoute(bytes(text))).toBeUndefined();
  });
});

describe('R-DISC-34: neighbours', () => {
  test('I2C: EID 9 at 0x1d', () => {
    const neighbour = { link: 3, eid: 9, address: Uint8Array.of(0x1d) };
    const head = '2d0000000300000000000000 0500010009000000'.replaceAll(' ', '');
    expect(hex(addNeighbour(neighbour), CHANGE)).toBe(`2c0000001c000500 ${head}050002001d000000`);
    expect(hex(deleteNeighbour(neighbour), CHANGE)).toBe(`240000001d000500 ${head}`);
    expect(decodeNeighbour(bytes(head, '050002001d000000'))).toEqual(neighbour);
  });

  test('serial: an empty address', () => {
    const neighbour = { link: 3, eid: 9, address: new Uint8Array(0) };
    const rest = '2d0000000300000000000000 0500010009000000 04000200'.replaceAll(' ', '');
    expect(hex(addNeighbour(neighbour), CHANGE)).toBe(`280000001c000500 ${rest}`);
    expect(decodeNeighbour(bytes(rest))).toEqual(neighbour);
  });

  test('cut or of another family: ignored', () => {
    expect(decodeNeighbour(bytes('2d000000 03000000'))).toBeUndefined();
    expect(decodeNeighbour(bytes('02000000 03000000 00000000 0500010009000000'))).toBeUndefined();
    expect(decodeNeighbour(bytes('2d000000 03000000 00000000'))).toBeUndefined();
  });
});

test('several messages of one datagram come apart as they were captured', () => {
  const reply =
    '28000000 1400 0200 01000000 64000000 2d000000 03000000 0500 0200 08000000 0500 0100 08000000';
  const { messages, damaged } = decodeNetlinkMessages(bytes(reply, reply));
  const [first, second] = messages;
  expect(damaged).toBe(false);
  expect(decodeAddress(first?.payload ?? new Uint8Array(0))).toEqual({ link: 3, eid: 8 });
  expect(decodeAddress(second?.payload ?? new Uint8Array(0))).toEqual({ link: 3, eid: 8 });
});
