import { nullLog, type Log, type LogFields } from '../../src/base/log';
import { MAX_FRAME, encodeFrame } from '../../src/client/socket-wire';
import { encodeRequest, type WireRequest } from '../../src/client/wire';
import { Census } from '../../src/demux/census';
import { SocketBench, listenAs } from '../client/socket-bench';
import { expectNoDescriptorLeft, openDescriptors } from '../support/descriptors';
import { RawSocket } from '../support/raw-socket';
import { eventually } from '../support/within';
import { failure } from '../client/bench';

expectNoDescriptorLeft();

const HELLO = '010300000100000000000000';
const WELCOME = '0101000001000000000000080000000004000000' + '01000000';

let sockets: SocketBench;
afterEach(async () => {
  await sockets.close();
  expect(sockets.bench.clock.timers).toBe(0);
});

async function connect(hello = HELLO): Promise<RawSocket> {
  const client = await RawSocket.connect(sockets.name);
  if (hello !== '') client.say(hello);
  return client;
}

function ask(client: RawSocket, id: number, request: WireRequest): void {
  client.say(encodeFrame({ kind: 'request', id, body: encodeRequest(request, 65535) }));
}

type Line = readonly [message: string, fields: LogFields | undefined];

function recorder(lines: Line[]): Log {
  const note = (message: string, fields?: LogFields): void => void lines.push([message, fields]);
  return { ...nullLog, warn: note, error: note };
}

describe('R-API-37 what is said on the client socket', () => {
  test('hello and its answer, byte for byte; then requests answered in any order', async () => {
    sockets = await SocketBench.start();
    const client = await connect();
    expect(await client.hears(1)).toEqual([WELCOME]);
    ask(client, 7, { op: 'Listener', msgType: 1, from: undefined });
    ask(client, 8, { op: 'Recv', handle: 1, timeoutMillis: 0 });
    ask(client, 9, { op: 'GetEid' });
    expect((await client.hears(3)).slice(1)).toEqual([
      '0101000007000000' + '000000000100000000000000',
      '0101000009000000' + '000000080000000000000000',
    ]);
    const device = await sockets.bench.device(9);
    await device.say('010809cb' + '84aabb', '010809cb' + '01aabb');
    expect((await client.hears(4))[3]).toBe(
      '0101000008000000' + '00000109' + '00000000' + '02000300' + 'aabb',
    );
    client.close();
  });

  test('a cancel ends its Recv, which is answered; one that nobody knows is nothing', async () => {
    sockets = await SocketBench.start();
    const client = await connect();
    ask(client, 7, { op: 'Listener', msgType: 1, from: undefined });
    ask(client, 8, { op: 'Recv', handle: 1, timeoutMillis: 0 });
    client.say('0102000063000000');
    client.say('0102000008000000');
    ask(client, 9, { op: 'Unbind', handle: 1 });
    const answers = (await client.hears(4)).slice(2).sort();
    expect(answers).toEqual([
      '0101000008000000' + '040000000000000000000000',
      '0101000009000000' + '000000000000000000000000',
    ]);
    client.close();
  });

  test.each([
    ['another version', '0203000001000000' + '00000000'],
    ['a request first', '0100000001000000' + '010000000000000000000000'],
    ['half a prefix', '010300'],
    ['a hello without network', '0103000001000000'],
    ['an unknown kind', '0104000001000000'],
  ])('%s: the server closes', async (_, first) => {
    sockets = await SocketBench.start();
    const client = await connect(first);
    expect(await client.isCut()).toBe(true);
    expect(client.heard).toEqual([]);
  });

  test.each([
    ['a second hello', HELLO],
    ['a response', '0101000001000000' + '000000000000000000000000'],
    ['another version', '0200000001000000' + '010000000000000000000000'],
  ])('%s after the hello: the server closes', async (_, frame) => {
    sockets = await SocketBench.start();
    const client = await connect();
    client.say(frame);
    expect(await client.isCut()).toBe(true);
    expect(client.heard).toEqual([WELCOME]);
  });

  test('an unknown network: BadArgument, then the end', async () => {
    sockets = await SocketBench.start();
    const client = await connect('0103000005000000' + '4d000000');
    expect(await client.isCut()).toBe(true);
    expect(client.heard).toEqual(['0101000005000000' + '050000000000000000000000']);
  });

  test('what is no request: BadArgument, and the connection stays', async () => {
    sockets = await SocketBench.start();
    const client = await connect();
    client.say('0100000002000000');
    client.say('0100000003000000' + '080000000000000000000000');
    client.say('0100000004000000' + '0402000001000000000000' + '00' + '8813');
    ask(client, 5, { op: 'Recv', handle: 77, timeoutMillis: 0 });
    const bad = '050000000000000000000000';
    const answers = (await client.hears(5)).slice(1);
    expect(answers.sort()).toEqual([2, 3, 4, 5].map((id) => `010100000${id}000000${bad}`));
    client.close();
  });

  test('who says no hello for 5 s is cut off', async () => {
    sockets = await SocketBench.start();
    const mute = await connect('');
    const polite = await connect();
    await polite.hears(1);
    await eventually('both', () => sockets.server.size === 2);
    await sockets.bench.clock.advance(5000);
    expect(await mute.isCut()).toBe(true);
    ask(polite, 2, { op: 'GetEid' });
    expect((await polite.hears(2)).length).toBe(2);
    polite.close();
  });
});

describe('bad clients', () => {
  test('frames of lengths up to 70000, every one near a limit, cost nobody else anything', async () => {
    sockets = await SocketBench.start();
    const good = await sockets.connect();
    // Version 1, kind 0, then an operation that is answered whatever follows.
    const junk = new Uint8Array(70_000).fill(1);
    junk[1] = 0;
    const isAnswered = (length: number): boolean => length >= 8 && length <= MAX_FRAME;
    let bad = await connect();
    for (let length = 1; length <= 70_000; length += length < 64 || Math.abs(length - 65_550) < 20 ? 1 : 31) {
      bad.say(junk.subarray(0, length));
      if (isAnswered(length)) continue;
      expect(await bad.isCut()).toBe(true);
      bad = await connect();
    }
    expect(await good.getEid()).toBe(8);
    bad.close();
    await eventually('the end', () => sockets.server.size === 1);
  });

  test('who comes back again and again with junk does not fill the log', async () => {
    const lines: Line[] = [];
    sockets = await SocketBench.start({ log: recorder(lines) });
    const end = async (junk: string | Uint8Array): Promise<void> => {
      const client = await connect('');
      client.say(junk);
      expect(await client.isCut()).toBe(true);
    };
    for (const length of [70_000, 69_999, 69_998]) await end(new Uint8Array(length));
    await end('010300');
    await sockets.bench.clock.advance(10_000);
    await end(new Uint8Array(70_001));
    expect(lines.map(([, fields]) => fields)).toMatchObject([
      { cause: 'it sent a frame of 70000 bytes' },
      { cause: 'it does not speak this protocol' },
      { cause: 'it sent a frame of 70001 bytes', suppressed: 2 },
    ]);
  });

  test('R-API-38 a client that dies in the middle leaves nothing behind', async () => {
    sockets = await SocketBench.start();
    const good = await sockets.connect();
    const client = await connect();
    ask(client, 1, { op: 'Listener', msgType: 1, from: undefined });
    ask(client, 2, { op: 'Recv', handle: 1, timeoutMillis: 0 });
    ask(client, 3, { op: 'Req', eid: 9, hold: true });
    const send = { op: 'Send', handle: 2, msgType: 4, eid: undefined, tag: undefined, ic: false } as const;
    ask(client, 4, { ...send, payload: new Uint8Array(60_000) });
    await client.hears(2);
    expect(await failure(good.listener(1))).toBe('AddrInUse');
    client.close();
    await eventually('the end', () => sockets.server.size === 1);
    expect(await failure(good.listener(1))).toBe('ok');
  });

  test('R-DEMUX-31 who does not read is cut off with a line in the log; the others lose nothing', async () => {
    const lines: Line[] = [];
    sockets = await SocketBench.start({ queue: { frames: 8, bytes: 1 << 20 }, log: recorder(lines) });
    const good = await sockets.connect();
    const lazy = await connect();
    await lazy.hears(1);
    for (let type = 1; type <= 40; type++) {
      ask(lazy, 2 * type, { op: 'Listener', msgType: type, from: undefined });
      ask(lazy, 2 * type + 1, { op: 'Recv', handle: type, timeoutMillis: 0 });
    }
    await lazy.hears(41);
    lazy.pause();
    // Eight tags for each of our EIDs.
    for (const [i, eid] of [20, 21, 22, 23, 24].entries()) {
      await sockets.bench.router.addLocalEid(1, eid);
      const request = await good.req(eid);
      for (let type = 8 * i + 1; type <= 8 * i + 8; type++) {
        await good.send(request, type, new Uint8Array(30_000));
      }
    }
    await eventually('the end', () => sockets.server.size === 1);
    expect(lines).toMatchObject([
      ['a client was disconnected', { cause: 'it does not read', pid: process.pid, queued: 8 }],
    ]);
    expect(await good.getEid()).toBe(8);
    lazy.close();
  });

  test('R-DEMUX-33 who asks faster than it reads waits, and loses nothing', async () => {
    sockets = await SocketBench.start({ queue: { frames: 64, bytes: 1 << 20 } });
    const client = await connect();
    await client.hears(1);
    client.pause();
    for (let id = 0; id < 5000; id++) ask(client, id, { op: 'GetEid' });
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
    client.resume();
    expect((await client.hears(5001)).length).toBe(5001);
    client.close();
  });

  test('R-DEMUX-42 further clients are closed at once, and told of in the log seldom', async () => {
    const lines: Line[] = [];
    const census = new Census({ clients: 2, perUid: 16 });
    sockets = await SocketBench.start({ census, log: recorder(lines) });
    const first = await sockets.connect();
    await sockets.connect();
    for (let i = 0; i < 5; i++) expect(await failure(sockets.connect())).toBe('InternalError');
    expect(lines.map(([message, fields]) => [message, fields?.cause])).toEqual([
      ['refused a client', 'there are too many'],
    ]);
    await first.close();
    await eventually('a place', () => sockets.server.size === 1);
    expect((await sockets.connect()).connected).toBe(true);
  });

  test('R-DEMUX-40 whom the policy does not name is closed without a word', async () => {
    const lines: Line[] = [];
    const listen = listenAs(() => ({ pid: 77, uid: 1001, gid: 100 }));
    sockets = await SocketBench.start({ listen, policy: { ownUid: 1000, rules: [] }, log: recorder(lines) });
    const client = await connect();
    expect(await client.isCut()).toBe(true);
    expect(client.heard).toEqual([]);
    expect(lines).toMatchObject([
      ['refused a client', { cause: 'its user is not allowed', pid: 77, uid: 1001, gid: 100 }],
    ]);
  });

  test('10000 connections come and go without a descriptor left', async () => {
    sockets = await SocketBench.start();
    const before = openDescriptors().length;
    for (let batch = 0; batch < 200; batch++) {
      const clients = await Promise.all(Array.from({ length: 50 }, () => connect()));
      for (const client of clients) client.close();
      while (sockets.server.size > 0) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(openDescriptors().length).toBe(before);
  });
});
