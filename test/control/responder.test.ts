import fc from 'fast-check';
import { toHex } from '../../src/base/bytes';
import { MctpError } from '../../src/base/errors';
import type { ResponderHost } from '../../src/control/responder-host';
import { TypeTable } from '../../src/control/type-table';
import { idle } from '../support/test-clock';
import { hex } from '../support/vectors';
import { incoming } from './fake-net';
import { peer, setup } from './responder-setup';

describe('R-DISC-132 check values, bus owner EID 8', () => {
  test.each([
    ['83 02', '030200081200'],
    ['83 03', '03030000112233445566778899aabbccddeeff'],
    ['83 04 ff', '03040004f1f0ff00f1f1ff00f1f2ff00f1f3f100'],
    ['83 04 00', '03040004f1f0ff00f1f1ff00f1f2ff00f1f3f100'],
    ['83 04 05', '030480'],
    ['83 04 7e', '030480'],
    ['83 05', '0305000100'],
    ['83 06 00', '030602'],
    ['83 01 00 32', '030105'],
    ['83 07 08', '03070008'],
    ['83 07 4d', '03070100'],
    ['83 08 00 03 0a', '030805'],
    ['83 0b', undefined],
    ['83 0c', undefined],
    ['83 0d', '030d00'],
    ['83 04', '030403'],
    ['83 02 00', '030203'],
  ])('%s', async (request, response) => {
    expect(await setup().ask(request)).toBe(response);
  });

  test('R-DISC-133 registrations and their removal show at once', async () => {
    const { ask, types } = setup();
    types.registerType('A', 1, [hex('f1f1ff00'), hex('f2f0f000')]);
    types.registerVendorType('B', { format: 0, vendor: 0x8086, subtype: 1 });
    types.registerVendorType('A', { format: 1, vendor: 40981, subtype: 2 });
    types.registerType('B', 5, [hex('f1f0ff00')]);
    types.registerType('B', 6, [hex('f1f0ff00')]);
    expect(await ask('83 05')).toBe('03050006000105067e7f');
    expect(await ask('83 04 01')).toBe('03040002f1f1ff00f2f0f000');
    expect(await ask('83 06 00')).toBe('03060001' + '0080860001');
    expect(await ask('83 06 01')).toBe('030600ff' + '010000a0150002');
    expect(await ask('83 06 02')).toBe('030602');
    types.removeOwner('B');
    expect(await ask('83 05')).toBe('0305000300017f');
    expect(await ask('83 06 00')).toBe('030600ff' + '010000a0150002');
  });
});

describe('R-DISC-131 wrong lengths', () => {
  test.each([
    ['83 03 00', '030303'],
    ['83 04 ff 00', '030403'],
    ['83 05 00', '030503'],
    ['83 06', '030603'],
    ['83 07', '030703'],
    ['83 0a', '030a03'],
    ['83 0f 08', '030f03'],
    ['83 0d 00', '030d03'],
    ['83 01', '030105'],
    ['83 08', '030805'],
    ['83 0b 00', undefined],
    ['83 0c 00', undefined],
    ['83 0e 00', '030e05'],
  ])('%s: 0x03, or what the command gets at any length', async (request, response) => {
    expect(await setup().ask(request)).toBe(response);
  });
});

describe('what is a request to us', () => {
  test.each(['0002', '0302', '4302', '83'])('%s is left to others', (text) => {
    const { net } = setup();
    expect(net.deliver(incoming(hex(`00${text}`)))).toBe(false);
    expect(net.replies).toEqual([]);
  });

  test('IC=1, TO=0: left to others', () => {
    const { net } = setup();
    expect(net.deliver(incoming(hex('808302')))).toBe(false);
    expect(net.deliver(incoming(hex('008302'), { to: false }))).toBe(false);
  });

  test('every unknown command gets 0x05', async () => {
    const { ask } = setup();
    for (const code of ['00', '09', '0e', '10', '11', '12', '13', '14', '15', '7f', 'f0', 'ff']) {
      expect(await ask(`9f ${code} 01 02`)).toBe(`1f${code}05`);
    }
  });

  test('a datagram is acted on and not answered', () => {
    const notified: number[] = [];
    const { net } = setup({ host: { discoveryNotify: (message) => notified.push(message.source) } });
    expect(net.deliver(incoming(hex('00c30d')))).toBe(true);
    expect(net.deliver(incoming(hex('00c302')))).toBe(true);
    expect(notified).toEqual([9]);
    expect(net.replies).toEqual([]);
  });

  test('after close nobody answers', () => {
    const { net, responder } = setup();
    responder.close();
    expect(net.deliver(incoming(hex('008302')))).toBeUndefined();
  });

  test('a reply that cannot be sent, or a host that throws, harms nobody', async () => {
    const { net, ask } = setup({
      host: {
        uuid: 'no uuid',
        discoveryNotify: () => {
          throw new Error('host');
        },
      },
    });
    expect(await ask('83 03')).toBe('030301');
    expect(await ask('83 0d')).toBe('030d00');
    net.replyError = new MctpError('link-down', 'down');
    expect(await ask('83 02')).toBeUndefined();
  });
});

describe('Get Endpoint ID', () => {
  test.each([
    ['Endpoint', [10, 12], '0302000a0200'],
    ['Unknown', [], '030200000200'],
    ['BusOwner', [8], '030200081200'],
  ] as const)('R-DISC-150 role %s of the link, EIDs %j', async (role, localEids, response) => {
    expect(await setup({ host: { role: () => role }, link: { localEids } }).ask('83 02')).toBe(response);
  });

  test('R-DISC-170 says bridge where a pool is asked for', async () => {
    const { ask } = setup({ host: { role: () => 'Endpoint', wantsPool: () => true } });
    expect(await ask('83 02')).toBe('030200081200');
  });
});

describe('Set Endpoint ID', () => {
  const accepting: Partial<ResponderHost> = {
    role: () => 'Unknown',
    setEndpointId: (_incoming, { operation, eid }) =>
      Promise.resolve({ assignment: operation === 3 ? 1 : 0, allocation: 0, eid, poolSize: 0 }),
  };

  test('R-DISC-141 a bus owner, and a host without it, do not support it', async () => {
    expect(await setup({ host: { ...accepting, role: () => 'BusOwner' } }).ask('83 01 00 32')).toBe('030105');
    expect(await setup({ host: { role: () => 'Endpoint' } }).ask('83 01 00 32')).toBe('030105');
  });

  test.each(['00', '01', '07', 'ff'])('R-DISC-142 EID 0x%s is invalid for every operation', async (eid) => {
    const { ask } = setup({ host: accepting });
    for (const operation of ['00', '01', '02', '03']) {
      expect(await ask(`83 01 ${operation} ${eid}`)).toBe('030102');
    }
  });

  test("R-DISC-143 set and force are the host's, R-DISC-147 reset is refused with data", async () => {
    const { ask } = setup({ host: accepting });
    expect(await ask('83 01 00 32')).toBe('030100003200');
    expect(await ask('83 01 fd 32')).toBe('030100003200');
    expect(await ask('83 01 02 32')).toBe('030102000000');
    expect(await ask('83 01 03 32')).toBe('030100103200');
  });

  test("R-DISC-145 the host's completion code, and 0x01 when it fails", async () => {
    const refusing = setup({ host: { ...accepting, setEndpointId: () => Promise.resolve(0x04) } });
    expect(await refusing.ask('83 01 00 32')).toBe('030104');
    const broken = setup({ host: { ...accepting, setEndpointId: () => Promise.reject(new Error('host')) } });
    expect(await broken.ask('83 01 00 32')).toBe('030101');
  });

  test('a second assignment while one is under way gets 0x04, a later one does not', async () => {
    let finish = (): void => undefined;
    const { net, ask } = setup({
      host: {
        role: () => 'Endpoint',
        setEndpointId: (_incoming, { eid }) =>
          new Promise((resolve) => {
            finish = () => resolve({ assignment: 0, allocation: 0, eid, poolSize: 0 });
          }),
      },
    });
    expect(await ask('83 01 00 32')).toBeUndefined();
    expect(await ask('84 01 00 33')).toBe('040104');
    finish();
    await idle();
    expect(net.replies.map((reply) => toHex(reply.message))).toEqual(['00040104', '00030100003200']);
    expect(await ask('85 01 00 34')).toBeUndefined();
    finish();
    await idle();
    expect(net.replies).toHaveLength(3);
  });
});

describe('discovery commands', () => {
  test('R-DISC-148 the PCIe VDM sequence, R-DISC-140 with a flag per link', async () => {
    const flag = {
      isSet: false,
      clear: () => {
        flag.isSet = false;
      },
    };
    const { ask } = setup({
      host: {
        role: () => 'Endpoint',
        discoveredFlag: (index) => (index === 1 ? flag : undefined),
        setEndpointId: (_incoming, { eid }) => {
          flag.isSet = true;
          return Promise.resolve({ assignment: 0, allocation: 0, eid, poolSize: 0 });
        },
      },
    });
    expect(await ask('83 0b')).toBe('030b00');
    expect(await ask('83 0c')).toBe('030c00');
    expect(await ask('83 01 00 32')).toBe('030100003200');
    expect(await ask('83 0c')).toBeUndefined();
    expect(await ask('83 0c 00')).toBeUndefined();
    expect(await ask('83 0b 00')).toBe('030b03');
    expect(await ask('83 0b')).toBe('030b00');
    expect(await ask('83 0c')).toBe('030c00');
  });

  test('R-DISC-140 without a flag: 0x05 and 0x02', async () => {
    const { ask } = setup({ host: { role: () => 'Endpoint' } });
    expect(await ask('83 0b')).toBe('030b05');
    expect(await ask('83 0c')).toBe('030c02');
    expect(await ask('83 0c 00')).toBe('030c03');
  });

  test('R-DISC-149 Discovery Notify is acknowledged first, and refused where we own no bus', async () => {
    const order: string[] = [];
    const { net, ask } = setup({
      host: { discoveryNotify: () => order.push(`told after ${net.replies.length}`) },
    });
    expect(await ask('83 0d')).toBe('030d00');
    expect(order).toEqual(['told after 1']);
    expect(await setup({ host: { role: () => 'Endpoint' } }).ask('83 0d')).toBe('030d05');
  });
});

describe('where others are', () => {
  const bridge = peer(20, { isBridge: true, pool: { start: 21, end: 24 } });
  const peers = [
    peer(30, { isBridge: true }),
    bridge,
    peer(22, { bridge: 20, link: 1, physicalAddress: new Uint8Array(0) }),
    peer(9),
  ];

  test("Resolve Endpoint ID: hardware address, the bridge's for a device behind it", async () => {
    const { ask } = setup({ peers });
    expect(await ask('83 07 09')).toBe('030700091d');
    expect(await ask('83 07 16')).toBe('0307001628');
    expect(await ask('83 07 00')).toBe('03070100');
  });

  test('R-DISC-134 the routing table, ascending, one entry for a bridge and its pool', async () => {
    const { ask } = setup({ peers });
    const nine = '0109000100011d';
    const twenty = '05144001000128';
    const thirty = '011e8001000132';
    expect(await ask('83 0a 00')).toBe(`030a00ff03${nine}${twenty}${thirty}`);
    expect(await ask('83 0a 02')).toBe(`030a00ff01${thirty}`);
    expect(await ask('83 0a 03')).toBe('030a02');
    expect(await setup().ask('83 0a 00')).toBe('030a00ff00');
    expect(await setup().ask('83 0a 01')).toBe('030a02');
  });

  test('R-DISC-134 as many entries as fit into 64 bytes; the handle walks on', async () => {
    const many = Array.from({ length: 20 }, (_, i) => peer(9 + i));
    const { ask } = setup({ peers: many });
    expect(await ask('83 0a 00')).toMatch(/^030a0008080109/);
    expect(await ask('83 0a 08')).toMatch(/^030a001008/);
    expect(await ask('83 0a 10')).toMatch(/^030a00ff04/);
  });

  test('R-DISC-134 Query Hop', async () => {
    const { ask } = setup({ peers, link: { maxMtu: 254 } });
    expect(await ask('83 0f 16 01')).toBe('030f001401' + '000b000b');
    expect(await ask('83 0f 09 01')).toBe('030f000801' + '000b000b');
    expect(await ask('83 0f 08 01')).toBe('030f000801' + '000b000b');
    expect(await ask('83 0f 4d 01')).toBe('030f000001' + '000b000b');
  });

  test('R-DISC-134 both only on links of a bus owner or where a pool is asked for', async () => {
    const plain = setup({ peers, host: { role: () => 'Endpoint' } });
    expect(await plain.ask('83 0a 00')).toBe('030a05');
    expect(await plain.ask('83 0f 09')).toBe('030f05');
    const asking = setup({ host: { role: () => 'Endpoint', wantsPool: () => true } });
    expect(await asking.ask('83 0a 00')).toBe('030a00ff00');
  });
});

describe('bounds', () => {
  test('an answer never exceeds one packet, whatever is registered', async () => {
    const types = new TypeTable();
    for (let type = 1; type <= 125; type++) {
      types.registerType(
        'a',
        type,
        Array.from({ length: 40 }, () => hex('f1f0ff00')),
      );
    }
    const { net, ask } = setup({ types });
    expect(await ask('83 05')).toMatch(/^0305003b0001/);
    expect(await ask('83 04 01')).toMatch(/^0304000e/);
    for (const reply of net.replies) expect(reply.message.length).toBeLessThanOrEqual(64);
  });

  test('random requests are answered or ignored, never with a throw or more than 64 bytes', async () => {
    const roles = ['BusOwner', 'Endpoint', 'Unknown'] as const;
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 80 }),
        fc.integer({ min: 0, max: 0x16 }),
        fc.constantFrom(...roles),
        async (bytes, code, role) => {
          const { net } = setup({
            host: { role: () => role, setEndpointId: () => Promise.resolve(0x01) },
            peers: [peer(9), peer(20)],
          });
          // Half of them with a plausible header, or hardly any would get past it.
          if (bytes.length > 3 && (bytes[3] ?? 0) % 2 === 0) bytes.set([0, 0x83, code]);
          net.deliver(incoming(bytes));
          await Promise.resolve();
          await Promise.resolve();
          await Promise.resolve();
          expect(net.replies.length).toBeLessThanOrEqual(1);
          for (const { message } of net.replies) {
            expect(message.length).toBeGreaterThanOrEqual(4);
            expect(message.length).toBeLessThanOrEqual(64);
            expect([message[0], message[1], message[2]]).toEqual([0, (bytes[1] ?? 0) & 0x1f, bytes[2]]);
          }
        },
      ),
    );
  });
});
