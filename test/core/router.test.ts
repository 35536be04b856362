import { toHex } from '../../src/base/bytes';
import { MctpError, isMctpError } from '../../src/base/errors';
import type { Exchange, NetLink } from '../../src/core/net';
import { hex } from '../support/vectors';
import { Bench, FakeBinding, idle, pattern } from './fake-binding';

const GET_EID = hex('008002');

async function direct(): Promise<{
  bench: Bench;
  binding: FakeBinding;
  link: NetLink;
  request: (message?: Uint8Array, hold?: boolean) => Promise<Exchange>;
}> {
  const bench = new Bench();
  const { binding, link } = await bench.link();
  const request = (message = GET_EID, hold = false): Promise<Exchange> =>
    bench.router.request({ kind: 'physical', link: link.index, address: hex('1d') }, message, { hold });
  return { bench, binding, link, request };
}

async function code(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'fine',
    (error: unknown) => (isMctpError(error) ? error.code : String(error)),
  );
}

describe('requests', () => {
  test('R-DISC-13 physical addressing: destination EID 0, our lowest EID as source, an answer from any EID', async () => {
    const { binding, request } = await direct();
    const exchange = await request();
    expect(binding.sent).toEqual([{ packet: '010008c8008002', to: '1d', broadcast: false }]);
    binding.receive('010814c0 00000200 14 00 00');
    expect(await exchange.receive(250)).toMatchObject({
      ...{ network: 1, link: 1, source: 0x14, destination: 8, localEid: 8, physical: hex('1d') },
      ...{ tag: 0, to: false, ic: false, type: 0, bytes: hex('00000200140000') },
    });
  });

  test('a sender without an EID uses 0 and gets the answer at 0', async () => {
    const bench = new Bench();
    const { binding, link } = await bench.link({ localEids: [] });
    const exchange = await bench.router.request(
      { kind: 'physical', link: link.index, address: hex('1d') },
      GET_EID,
    );
    expect(binding.take()).toEqual(['010000c8008002']);
    binding.receive('010014c0 00000200 14 00 00');
    expect(await exchange.receive(250)).toMatchObject({ source: 0x14, localEid: 0 });
  });

  test('one response ends a normal exchange: the second is UnexpectedResponse', async () => {
    const { bench, binding, link, request } = await direct();
    const exchange = await request();
    binding.receive('010814c0 0000020014');
    binding.receive('010814c0 0000020015');
    expect(await exchange.receive(250)).toMatchObject({ bytes: hex('0000020014') });
    expect(await exchange.receive(250)).toBeUndefined();
    expect(bench.drops(link)).toEqual({ UnexpectedResponse: 1 });
  });

  test('a receive ends when its time is up, and a late answer is still taken', async () => {
    const { bench, binding, request } = await direct();
    const exchange = await request();
    expect(await bench.clock.settle(exchange.receive(250))).toBeUndefined();
    expect(bench.clock.now()).toBe(250);
    binding.receive('010814c0 0000020014');
    expect(await exchange.receive(250)).toBeDefined();
  });

  test('R-API-34 a released request without an answer keeps its tag for 6000 ms', async () => {
    const { bench, binding, link, request } = await direct();
    for (let i = 0; i < 8; i++) (await request()).release();
    expect(await code(request())).toBe('no-free-tag');
    binding.receive('010814c0 0000020014');
    expect(bench.drops(link)).toEqual({ UnexpectedResponse: 1 });
    await bench.clock.advance(5999);
    expect(await code(request())).toBe('no-free-tag');
    await bench.clock.advance(1);
    expect(await code(request())).toBe('fine');
  });

  test('R-API-34 each packet of an incomplete response moves the deadline', async () => {
    const { bench, binding, request } = await direct();
    const exchange = await request();
    const response = exchange.receive(0);
    await bench.clock.advance(5000);
    binding.receive('01081480 00020304');
    await bench.clock.advance(5000);
    binding.receive('01081450 05');
    expect(await response).toMatchObject({ bytes: hex('0002030405') });
  });

  test('R-API-35 a longer receive keeps the flow alive; without a limit it ends with the tag', async () => {
    const { bench, binding, request } = await direct();
    const patient = await request();
    const endless = await request();
    const late = patient.receive(10_000);
    expect(await bench.clock.settle(endless.receive(0))).toBeUndefined();
    expect(bench.clock.now()).toBe(6000);
    await bench.clock.advance(3000);
    binding.receive('010814c0 0000020014');
    expect(await late).toBeDefined();
  });

  test('R-API-43 a held flow survives its responses; release frees the tag at once', async () => {
    const { binding, bench, link, request } = await direct();
    const held = await request(GET_EID, true);
    for (const answer of ['01', '02', '03']) binding.receive(`010814c0 00${answer}`);
    expect((await held.receive(250))?.bytes).toEqual(hex('0001'));
    expect((await held.receive(250))?.bytes).toEqual(hex('0002'));
    held.release();
    expect(await held.receive(250)).toBeUndefined();
    binding.receive('010814c0 0104');
    expect(bench.drops(link)).toEqual({ UnexpectedResponse: 1 });
    expect(await code(Promise.all(Array.from({ length: 8 }, () => request())))).toBe('fine');
  });

  test('R-API-43 a held flow that is dropped before its last response is quarantined', async () => {
    const { binding, request } = await direct();
    const held = await request(GET_EID, true);
    binding.receive('010814c0 0001');
    held.release({ quarantine: true });
    for (let i = 0; i < 7; i++) await request();
    expect(await code(request())).toBe('no-free-tag');
  });

  test('responses that nobody fetches are bounded', async () => {
    const { bench, binding, link, request } = await direct();
    await request(GET_EID, true);
    for (let i = 0; i < 300; i++) binding.receive('010814c0 0001');
    expect(bench.drops(link)).toEqual({ NoListener: 44 });
  });

  test('resend sends the same packets under the same tag, also when the flow was over', async () => {
    const { bench, binding, request } = await direct();
    await request();
    const exchange = await request();
    binding.take();
    await exchange.resend();
    await bench.clock.advance(7000);
    await exchange.resend();
    expect(binding.take()).toEqual(['010008c9008002', '010008c9008002']);
    binding.receive('010814c1 0000020014');
    expect(await exchange.receive(250)).toBeDefined();
    exchange.release();
    expect(await code(exchange.resend())).toBe('closed');
  });

  test('R-API-34 a retry that finds no way out does not free the tag of the attempt before it', async () => {
    const { binding, request } = await direct();
    const exchange = await request();
    binding.room = 0;
    const retry = code(exchange.resend());
    await idle();
    binding.up(false);
    expect(await retry).toBe('link-down');
    exchange.release();
    binding.up(true);
    binding.writable();
    for (let i = 0; i < 7; i++) await request();
    expect(await code(request())).toBe('no-free-tag');
  });

  test('R-API-34 an answer to an earlier attempt does not free the tag while a later one is unanswered', async () => {
    const { bench, binding, request } = await direct();
    const held = await request(GET_EID, true);
    binding.receive('010814c0 0000 02 04');
    expect(await held.receive(250)).toBeDefined();
    await held.resend();
    expect(await bench.clock.settle(held.receive(250))).toBeUndefined();
    held.release();
    for (let i = 0; i < 7; i++) await request();
    expect(await code(request())).toBe('no-free-tag');
  });

  test('release settles a pending receive, and forgets half a response', async () => {
    const { binding, bench, link, request } = await direct();
    const exchange = await request();
    binding.receive('01081480 00020304');
    const pending = exchange.receive(0);
    exchange.release();
    exchange.release();
    expect(await pending).toBeUndefined();
    binding.receive('01081450 05');
    expect(bench.drops(link)).toEqual({ UnexpectedMiddleOrEnd: 1 });
  });

  test('broadcast: EID 255, every response comes through until the tag expires', async () => {
    const bench = new Bench();
    const { binding, link } = await bench.link();
    const exchange = await bench.router.request({ kind: 'broadcast', link: link.index }, hex('00800b'));
    expect(binding.sent).toEqual([{ packet: '01ff08c800800b', to: '', broadcast: true }]);
    binding.receive('010814c0 00000b00', '1d');
    binding.receive('010800c0 00000b00', '1e');
    expect(await exchange.receive(250)).toMatchObject({ source: 0x14, physical: hex('1d') });
    expect(await exchange.receive(250)).toMatchObject({ source: 0, physical: hex('1e') });
    expect(await bench.clock.settle(exchange.receive(0))).toBeUndefined();
  });

  test.each([
    ['an unknown EID', { kind: 'eid', network: 1, eid: 99 } as const, 'unreachable'],
    ['EID 0', { kind: 'eid', network: 1, eid: 0 } as const, 'unreachable'],
    ['an unknown network', { kind: 'eid', network: 2, eid: 20 } as const, 'unreachable'],
    ['an unknown link', { kind: 'broadcast', link: 99 } as const, 'unreachable'],
    [
      'an address of the wrong length',
      { kind: 'physical', link: 1, address: hex('1d1d') } as const,
      'unreachable',
    ],
  ])('refused: %s', async (_, destination, expected) => {
    const { bench } = await direct();
    expect(await code(bench.router.request(destination, GET_EID))).toBe(expected);
  });

  test.each([
    ['more than 65536 bytes', pattern(65537), 'message-too-long'],
    ['a control message of 65 bytes', pattern(65, 0), 'message-too-long'],
    ['no bytes', new Uint8Array(0), 'invalid-arguments'],
  ])('refused: %s', async (_, message, expected) => {
    const { binding, request } = await direct();
    expect(await code(request(message))).toBe(expected);
    expect(binding.sent).toEqual([]);
  });

  test('a chosen source must be ours', async () => {
    const { bench, binding, link } = await direct();
    await bench.router.addLocalEid(link.index, 9);
    const destination = { kind: 'physical', link: link.index, address: hex('1d') } as const;
    await bench.router.request(destination, GET_EID, { source: 9 });
    expect(binding.take()).toEqual(['010009c8008002']);
    expect(await code(bench.router.request(destination, GET_EID, { source: 10 }))).toBe('invalid-arguments');
  });
});

describe('routed requests', () => {
  async function routedTo(mtu: number): Promise<{ bench: Bench; binding: FakeBinding; link: NetLink }> {
    const bench = new Bench();
    const { binding, link } = await bench.link({ mtu: 100 });
    await bench.router.addRoute({ network: 1, first: 20, extent: 4, link: link.index, mtu });
    return { bench, binding, link };
  }

  test('go to the neighbour, and need one', async () => {
    const { bench, binding, link } = await routedTo(0);
    const destination = { kind: 'eid', network: 1, eid: 21 } as const;
    expect(await code(bench.router.request(destination, GET_EID))).toBe('unreachable');
    await bench.router.addNeighbour({ link: link.index, eid: 21, address: hex('33') });
    await bench.router.request(destination, GET_EID);
    expect(binding.sent).toEqual([{ packet: '011508c8008002', to: '33', broadcast: false }]);
  });

  test.each([
    ['the link has 100: 96 payload bytes', 0, [100, 8]],
    ['the route has 68: 64 payload bytes', 68, [68, 40]],
  ])('MTU: %s', async (_, mtu, sizes) => {
    const { bench, binding, link } = await routedTo(mtu);
    await bench.router.addNeighbour({ link: link.index, eid: 21, address: hex('33') });
    await bench.router.request({ kind: 'eid', network: 1, eid: 21 }, pattern(100));
    expect(binding.sent.map(({ packet }) => packet.length / 2)).toEqual(sizes);
  });

  test.each([
    ['of the bridge', 0, [100, 96]],
    ['of the pool route, which is smaller', 68, [68, 68, 64]],
  ])('R-DISC-32 several packets through a bridge: the MTU %s', async (_, mtu, sizes) => {
    const { bench, binding } = await routedTo(100);
    await bench.router.addNeighbour({ link: 1, eid: 20, address: hex('33') });
    await bench.router.addRoute({ network: 1, first: 30, extent: 4, gateway: 20, mtu });
    const message = pattern(188);
    const exchange = await bench.router.request({ kind: 'eid', network: 1, eid: 31 }, message);
    expect(binding.sent.map(({ packet, to }) => [packet.length / 2, packet.slice(0, 6), to])).toEqual(
      sizes.map((size) => [size, '011f08', '33']),
    );
    expect(
      binding
        .take()
        .map((packet) => packet.slice(8))
        .join(''),
    ).toBe(toHex(message));
    // The answer comes from the EID behind the bridge, at the bridge's address.
    const answer = exchange.receive(100);
    binding.receive(`01081f80${'01'.repeat(64)}`, '33');
    binding.receive(`01081f50${'02'.repeat(8)}`, '33');
    expect(toHex((await answer)?.bytes ?? new Uint8Array())).toBe('01'.repeat(64) + '02'.repeat(8));
  });

  test('need no neighbour on a point-to-point link', async () => {
    const bench = new Bench();
    const info = { addressLength: 0, pointToPoint: true, address: new Uint8Array(0) };
    const { binding, link } = await bench.link({}, new FakeBinding(true, info));
    await bench.router.addRoute({ network: 1, first: 20, extent: 0, link: link.index, mtu: 0 });
    await bench.router.request({ kind: 'eid', network: 1, eid: 20 }, GET_EID);
    expect(binding.sent).toEqual([{ packet: '011408c8008002', to: '', broadcast: false }]);
  });
});

test('close settles every exchange, closes the bindings and asks for no more time', async () => {
  const { bench, binding, request } = await direct();
  binding.room = 1;
  const waiting = (await request()).receive(0);
  const stuck = code(request());
  await bench.router.close();
  expect(await waiting).toBeUndefined();
  expect(await stuck).toBe('closed');
  expect(binding.closed).toBe(true);
  expect(await code(request())).toBe('closed');
  bench.alarm.cancel();
  await idle();
  expect(bench.clock.timers).toBe(0);
  await bench.router.close();
});

test('errors say where', async () => {
  const { bench } = await direct();
  const failure = bench.router.request({ kind: 'eid', network: 1, eid: 99 }, GET_EID);
  await expect(failure).rejects.toBeInstanceOf(MctpError);
  await expect(failure).rejects.toMatchObject({ context: { network: 1, eid: 99 } });
});

describe('what the client API needs of a request', () => {
  test('R-API-12 a response of another message type is dropped and counted, and the wait goes on', async () => {
    const { bench, binding, link, request } = await direct();
    const exchange = await request(hex('01800002'));
    const answer = exchange.receive(1000);
    binding.receive('010814c0 04000002');
    binding.receive('010814c0 0100000200');
    expect(await answer).toMatchObject({ bytes: hex('0100000200') });
    expect(bench.drops(link)).toEqual({ UnexpectedResponse: 1 });
  });

  test('R-API-16 accepted is told with the tag while packets still wait for the link', async () => {
    const { bench, binding, link } = await direct();
    const seen: number[] = [];
    binding.room = 1;
    const sent = bench.router.request(
      { kind: 'physical', link: link.index, address: hex('1d') },
      pattern(100),
      { accepted: ({ tag, open }) => seen.push(tag, Number(open)) },
    );
    expect(seen).toEqual([0, 1]);
    expect(binding.sent.length).toBe(1);
    binding.up(false);
    expect(await code(sent)).toBe('link-down');
  });

  test('R-API-35 a receive without limit keeps the tag alive, and interrupt gives it back to its deadline', async () => {
    const { bench, binding, request } = await direct();
    const exchange = await request();
    const first = exchange.receive(Infinity);
    await bench.clock.advance(60_000);
    expect(exchange.open).toBe(true);
    exchange.interrupt();
    expect(await first).toBeUndefined();
    await bench.clock.advance(0);
    expect(exchange.open).toBe(false);
    const held = await request(GET_EID, true);
    const second = held.receive(Infinity);
    await bench.clock.advance(7000);
    binding.receive('010814c1 0000020014');
    expect(await second).toBeDefined();
    await bench.clock.advance(5999);
    expect(held.open).toBe(true);
    await bench.clock.advance(1);
    expect(held.open).toBe(false);
  });

  test('R-API-14 a response under a tag that nobody asked us with goes through the route table', async () => {
    const { bench, binding, link } = await direct();
    await bench.router.addNeighbour({ link: link.index, eid: 9, address: hex('1d') });
    await bench.router.addRoute({ network: link.network, first: 9, extent: 0, link: link.index, mtu: 0 });
    let accepted = 0;
    const requester = { kind: 'eid', network: link.network, eid: 9, tag: 3 } as const;
    await bench.router.reply(requester, hex('0100'), { accepted: () => accepted++ });
    expect(binding.take()).toEqual(['010908c3' + '0100']);
    expect(accepted).toBe(1);
    const nowhere = bench.router.reply({ ...requester, eid: 77 }, hex('0100'));
    expect(await code(nowhere)).toBe('unreachable');
  });
});
