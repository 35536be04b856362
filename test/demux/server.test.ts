import { toHex } from '../../src/base/bytes';
import { Census } from '../../src/demux/census';
import { listenAs } from '../client/socket-bench';
import { expectNoDescriptorLeft, openDescriptors } from '../support/descriptors';
import { RawSocket } from '../support/raw-socket';
import { eventually } from '../support/within';
import { ServerBench } from './server-bench';

expectNoDescriptorLeft();

describe('registration', () => {
  test('R-CONS-45 the measured exchange, from the registration on', async () => {
    await using bench = await ServerBench.start();
    const client = await bench.client('01', '0901810002');
    await eventually('the packet', () => bench.demux.wire.sent.length === 1);
    expect(bench.demux.wire.take()).toEqual(['010908c801810002']);
    bench.demux.wire.receive('010809c0010100020009');
    expect(await client.hears(1)).toEqual(['09010100020009']);
  });

  test.each([
    ['00', 0],
    ['80', 0],
    ['84', 4],
    ['ff', 0x7f],
    ['0501', 5],
    ['850000', 5],
  ])('R-DEMUX-6..8, R-CONS-34, R-CONS-37 %s registers for type %i (0: is closed)', async (first, type) => {
    await using bench = await ServerBench.start();
    const client = await bench.client(first);
    if (type === 0) {
      expect(await client.isCut()).toBe(true);
      expect(client.heard).toEqual([]);
      return;
    }
    await bench.arrived(client, type);
    bench.demux.wire.receive(`010809c9${toHex(Uint8Array.of(type | 0x80))}00800000`);
    bench.demux.wire.receive('010809ca6f00800000');
    await bench.arrived(client, type);
    expect(client.heard).toEqual([`09${toHex(Uint8Array.of(type | 0x80))}00800000`]);
  });

  test('R-DEMUX-9 who has not registered for 5 s is closed, R-CONS-34 and got nothing until then', async () => {
    await using bench = await ServerBench.start();
    const [mute, polite] = [await bench.client(), await bench.client('01')];
    await bench.arrived(polite, 1);
    await eventually('both', () => bench.server.size === 2);
    bench.demux.wire.receive('010809c901800000');
    await bench.demux.bench.clock.advance(4999);
    expect(mute.ended).toBe(false);
    await bench.demux.bench.clock.advance(1);
    expect(await mute.isCut()).toBe(true);
    expect(mute.heard).toEqual([]);
    await bench.arrived(polite, 1);
    expect(polite.heard).toEqual(['0901800000']);
  });

  test('R-DEMUX-9, R-DEMUX-12, R-CONS-35 short frames are ignored, however many: no second registration', async () => {
    await using bench = await ServerBench.start();
    const client = await bench.client('01', '05', '05', '00', '09');
    await bench.arrived(client, 1);
    expect(bench.demux.dropped()).toEqual({ FrameTooShort: 4 });
  });

  test('R-DEMUX-32 clients that come and go without registering leave nothing', async () => {
    await using bench = await ServerBench.start();
    for (let n = 0; n < 20; n++) (await bench.client()).close();
    await eventually('the end', () => bench.server.size === 0);
    expect(bench.demux.bench.clock.timers).toBe(0);
  });
});

describe('frames', () => {
  test('R-DEMUX-13, R-CONS-36 of lengths up to 70000, every one near a limit: the longest legal ones pass whole, longer ones not at all', async () => {
    await using bench = await ServerBench.start();
    const client = await bench.client('7e');
    const frame = new Uint8Array(70_000).fill(0x5a);
    frame[0] = 8;
    frame[1] = 0x7e;
    const lengths: number[] = [];
    for (
      let length = 1;
      length <= 70_000;
      length += length < 300 || Math.abs(length - 65_550) < 70 ? 1 : 97
    ) {
      lengths.push(length);
    }
    const passed = lengths.filter((length) => length >= 2 && length <= 65_537);
    for (const length of lengths) {
      const before = client.count;
      client.say(frame.subarray(0, length));
      if (length >= 2 && length <= 65_537) await client.hears(before + 1);
    }
    await bench.arrived(client, 0x7e);
    expect(client.heard.map((text) => text.length / 2)).toEqual(passed);
    expect(bench.demux.dropped()).toEqual({
      FrameTooShort: 1,
      FrameTooLong: lengths.length - passed.length - 1,
    });
  });
});

test('R-DEMUX-44, D-17 contents pass as they are, and no line of the log shows them', async () => {
  await using bench = await ServerBench.start();
  for (const type of ['05', '06', '7e', '7f']) {
    const client = await bench.client(
      type,
      `08${type}deadbeef`,
      `01${type}deadbeef`,
      `0b${type}deadbeef`,
      `0903deadbeef`,
    );
    expect(await client.hears(1)).toEqual([`08${type}deadbeef`]);
    await bench.arrived(client, Number.parseInt(type, 16));
  }
  expect(bench.demux.dropped()).toEqual({ WrongType: 4, BadEid: 4, SendFailed: 4 });
  // One line of each reason, the others are suppressed.
  expect(bench.lines.map(([message]) => message)).toHaveLength(3);
  for (const [, fields] of bench.lines) expect(fields).toMatchObject({ network: 1, operation: 'demux' });
  expect(JSON.stringify(bench.lines)).not.toMatch(/dead|beef|222,173/i);
});

describe('queues', () => {
  test('R-DEMUX-31, R-CONS-42 three clients of a type, one stalls: it is cut off, the others lose nothing', async () => {
    await using bench = await ServerBench.start({ queue: { frames: 8, bytes: 1 << 20 } });
    const [one, two, lazy] = [await bench.client('01'), await bench.client('01'), await bench.client('01')];
    for (const each of [one, two, lazy]) await bench.arrived(each, 1);
    for (const each of [one, two, lazy]) each.heard.length = each.count = 0;
    lazy.pause();
    const total = 600;
    const frames = Array.from({ length: total }, (_, n) => `09018000${n.toString(16).padStart(4, '0')}`);
    for (const [n, frame] of frames.entries()) {
      bench.demux.wire.receive(`010809${(0xc8 | (n & 7)).toString(16)}${frame.slice(2)}`);
      if (n % 50 === 0) await one.hears(n);
    }
    expect(await one.hears(total)).toEqual(frames);
    expect(await two.hears(total)).toEqual(frames);
    await eventually('the end of the lazy one', () => bench.server.size === 2);
    expect(bench.lines).toEqual([
      [
        'a demux client was disconnected',
        { cause: 'it does not read', pid: process.pid, uid: process.getuid?.(), type: 1, queued: 8 },
      ],
    ]);
  });

  test('R-CONS-42 who floods a local EID and does not read disconnects itself', async () => {
    await using bench = await ServerBench.start({ queue: { frames: 8, bytes: 1 << 20 } });
    const client = await bench.client('7e');
    await bench.arrived(client, 0x7e);
    client.pause();
    for (let n = 0; n < 2000; n++) client.say('087e00');
    await eventually('the end', () => bench.server.size === 0);
  });

  test('R-DEMUX-33 the back-pressure of a client without tags reaches its own send, and others go on', async () => {
    await using bench = await ServerBench.start();
    const busy = await bench.client('01');
    const other = await bench.client('01');
    const request = new Uint8Array(4096);
    request.set([9, 1, 0x80]);
    for (let n = 0; n < 200; n++) busy.say(request);
    await eventually('a full socket', () => busy.unsent > 0);
    await bench.arrived(other, 1);
    expect(bench.demux.dropped()).toEqual({});
    other.say('0a01800002');
    await eventually('its packet', () => bench.demux.wire.sent.some(({ to }) => to === '0a'));
  });

  test('R-DEMUX-34 a client that is killed with frames queued leaves nothing behind', async () => {
    await using bench = await ServerBench.start();
    const [client, other] = [await bench.client('01'), await bench.client('01')];
    await bench.arrived(other, 1);
    await bench.arrived(client, 1);
    client.pause();
    const packet = Buffer.alloc(64);
    packet.write('010809c80180', 'hex');
    for (let n = 0; n < 500; n++) {
      bench.demux.wire.receiveBytes(packet, Uint8Array.of(9));
      if (n % 50 === 0) await other.hears(n);
    }
    for (let n = 0; n < 12; n++) client.say('0901810002');
    await eventually('a packet', () => bench.demux.wire.sent.length > 0);
    client.close();
    await eventually('the end', () => bench.server.size === 1);
    await bench.arrived(other, 1);
  });

  test('10000 connections come and go without a descriptor left', async () => {
    await using bench = await ServerBench.start();
    const before = openDescriptors().length;
    for (let batch = 0; batch < 200; batch++) {
      const clients = await Promise.all(Array.from({ length: 50 }, () => RawSocket.connect(bench.name)));
      for (const client of clients) {
        if (batch % 2 === 0) client.say('01');
        client.close();
      }
      while (bench.server.size > 0) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(openDescriptors().length).toBe(before);
  });
});

describe('access', () => {
  test('R-DEMUX-40 a user may register for the types its entry lists, and no other', async () => {
    const rules = [{ uids: [1001], gids: [], types: [5] }];
    const listen = listenAs(() => ({ pid: 77, uid: 1001, gid: 100 }));
    await using bench = await ServerBench.start({ listen, policy: { ownUid: 0, rules } });
    const [allowed, refused] = [await bench.client('05'), await bench.client('01')];
    expect(await refused.isCut()).toBe(true);
    await bench.arrived(allowed, 5);
    expect(bench.lines).toMatchObject([
      ['a demux client was disconnected', { cause: 'its user may not register for type 1', uid: 1001 }],
    ]);
  });

  test('R-DEMUX-40 who comes back again and again for another type does not fill the log', async () => {
    const rules = [{ uids: [1001], gids: [], types: [5] }];
    const listen = listenAs(() => ({ pid: 77, uid: 1001, gid: 100 }));
    await using bench = await ServerBench.start({ listen, policy: { ownUid: 0, rules } });
    for (const type of ['01', '02', '03', '80']) expect(await (await bench.client(type)).isCut()).toBe(true);
    await bench.demux.bench.clock.advance(10_000);
    expect(await (await bench.client('04')).isCut()).toBe(true);
    expect(bench.lines.map(([, fields]) => fields)).toMatchObject([
      { cause: 'its user may not register for type 1' },
      { cause: 'it registered for no type that a client can have' },
      { cause: 'its user may not register for type 4', suppressed: 2 },
    ]);
  });

  test('R-DEMUX-42 further clients are closed at once', async () => {
    const census = new Census({ clients: 64, perUid: 2 });
    await using bench = await ServerBench.start({ census });
    const first = await bench.client('01');
    await bench.client('01');
    expect(await (await bench.client('01')).isCut()).toBe(true);
    expect(bench.lines).toMatchObject([['refused a client', { cause: 'there are too many' }]]);
    first.close();
    await eventually('a place', () => bench.server.size === 1);
    await bench.arrived(await bench.client('01'), 1);
  });
});
