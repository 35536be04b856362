import { toHex } from '../../src/base/bytes';
import type { Destination, Exchange } from '../../src/core/net';
import { idle } from '../support/test-clock';
import { hex } from '../support/vectors';
import { KernelBench } from './bench';

const GET_EID = hex('00 80 02');
const SERIAL: Destination = { kind: 'physical', link: 2, address: new Uint8Array(0) };
const at = (address: number): Destination => ({ kind: 'physical', link: 2, address: Uint8Array.of(address) });
const EID9: Destination = { kind: 'eid', network: 1, eid: 9 };

/** As control sends: one answer, told apart by its instance ID. */
const CONTROL = { hold: false, reclaim: true };

async function withRoute(options: Parameters<typeof KernelBench.withSerial>[0] = {}) {
  const bench = await KernelBench.withSerial(options);
  await bench.net.addRoute({ network: 1, first: 9, extent: 0, link: 2, mtu: 68 });
  return bench;
}

/** What the exchange gets within a second, hex; `-` = nothing. */
async function answer(bench: KernelBench, exchange: Exchange): Promise<string> {
  const got = await bench.clock.settle(exchange.receive(1000));
  return got === undefined ? '-' : toHex(got.bytes);
}

describe('one request', () => {
  test('to a physical address goes to EID 0, and its answer may have any source', async () => {
    await using bench = await KernelBench.withSerial();
    const exchange = await bench.net.request(SERIAL, GET_EID, CONTROL);
    expect(bench.kernel.mctp.sent).toEqual(['mctpserial0 0 8 008002']);
    expect(await bench.device.say('01 08 00 c0 00 00 02 00 09 00 00')).toEqual(['010008c8008002']);
    const got = await bench.clock.settle(exchange.receive(1000));
    expect(got).toMatchObject({ network: 1, link: 2, source: 0, localEid: 8, tag: 0, to: false, type: 0 });
    expect(toHex(got?.bytes ?? new Uint8Array(0))).toBe('00000200090000');
    exchange.release();
  });

  test('to an EID goes through the route', async () => {
    await using bench = await withRoute();
    const exchange = await bench.net.request(EID9, GET_EID, CONTROL);
    expect(await bench.device.say('01 08 09 c0 00 00 02 00 09 00 00')).toEqual(['010908c8008002']);
    expect(await answer(bench, exchange)).toBe('00000200090000');
    exchange.release();
  });

  test('has a socket of its own that ends with its answer', async () => {
    await using bench = await withRoute();
    const before = bench.kernel.mctp.openSockets;
    const exchange = await bench.net.request(SERIAL, GET_EID, CONTROL);
    expect(bench.kernel.mctp.openSockets).toBe(before + 1);
    await bench.device.say('01 08 09 c0 00 00 02 00 09 00 00');
    expect(bench.kernel.mctp.openSockets).toBe(before);
    expect(bench.kernel.mctp.tagsInUse).toBe(0);
    expect(await answer(bench, exchange)).toBe('00000200090000');
    expect(exchange.open).toBe(false);
    exchange.release();
  });

  test('sent again keeps its tag value, so that a late answer to the first attempt counts', async () => {
    await using bench = await withRoute();
    const exchange = await bench.net.request(EID9, GET_EID, CONTROL);
    expect(await answer(bench, exchange)).toBe('-');
    await exchange.resend();
    await idle();
    expect(bench.device.heard()).toEqual(['010908c8008002', '010908c8008002']);
    expect(bench.kernel.mctp.tagsInUse).toBe(1);
    await bench.device.say('01 08 09 c0 00 00 02 00 09 00 00');
    expect(await answer(bench, exchange)).toBe('00000200090000');
    exchange.release();
  });

  test('a long message goes out in packets, its answer comes back whole', async () => {
    await using bench = await withRoute();
    const message = new Uint8Array(100).fill(0x55);
    message[0] = 0x81;
    const exchange = await bench.net.request(EID9, message);
    await idle();
    expect(bench.device.heard().map((each) => each.length / 2)).toEqual([68, 40]);
    await bench.device.say(`01 08 09 80 81${'ab'.repeat(63)}`, '01 08 09 50 cd');
    const got = await bench.clock.settle(exchange.receive(1000));
    expect(got).toMatchObject({ ic: true, type: 1 });
    expect(got?.bytes.length).toBe(65);
    exchange.release();
  });

  test('the wait ends at its limit, at the interruption, or with the link', async () => {
    await using bench = await withRoute();
    const exchange = await bench.net.request(EID9, GET_EID, CONTROL);
    const before = bench.clock.now();
    expect(await bench.clock.settle(exchange.receive(250))).toBeUndefined();
    expect(bench.clock.now() - before).toBe(250);
    const waiting = exchange.receive(5000);
    exchange.interrupt();
    expect(await waiting).toBeUndefined();
    const last = exchange.receive(5000);
    const link = bench.kernel.state.links.get(2);
    if (link === undefined) throw new Error('no link');
    bench.kernel.unplug(link);
    expect(await last).toBeUndefined();
    expect(exchange.open).toBe(false);
    expect(await bench.outcome(exchange.resend())).toMatch(/^closed:/);
    exchange.release();
  });

  test("the kernel's own tag ends after six seconds, whoever waits", async () => {
    await using bench = await withRoute();
    const exchange = await bench.net.request(EID9, GET_EID, CONTROL);
    const before = bench.clock.now();
    expect(await bench.clock.settle(exchange.receive(20_000))).toBeUndefined();
    expect(bench.clock.now() - before).toBe(6000);
    expect(exchange.open).toBe(false);
    exchange.release();
  });
});

describe('R-API-43, R-DEMUX-45: a tag of our own', () => {
  test.each([
    ['version 2', true],
    ['version 1, the default network', false],
  ])('is allocated with %s, known at once, and takes several answers', async (_what, isNew) => {
    await using bench = await withRoute({ isNew });
    const other = await bench.net.request(EID9, hex('04 01'), { hold: true });
    const exchange = await bench.net.request(EID9, hex('84 01'), { hold: true });
    expect([other.tag, exchange.tag]).toEqual([0, 1]);
    await bench.device.say('01 08 09 c1 84 aa', '01 08 09 c1 84 bb', '01 08 09 c2 84 cc');
    expect(await answer(bench, exchange)).toBe('84aa');
    expect(await answer(bench, exchange)).toBe('84bb');
    expect(await answer(bench, exchange)).toBe('-');
    expect(exchange.open).toBe(true);
    exchange.release();
    other.release({ quarantine: true });
    expect(bench.kernel.mctp.tagsInUse).toBe(1);
    await bench.clock.advance(6000);
    expect(bench.kernel.mctp.tagsInUse).toBe(0);
  });

  test('R-API-34: stays reserved for six seconds after an unanswered request', async () => {
    await using bench = await withRoute();
    const exchange = await bench.net.request(EID9, hex('01 02'));
    exchange.release();
    await bench.clock.advance(5999);
    expect(bench.kernel.mctp.tagsInUse).toBe(1);
    await bench.clock.advance(1);
    expect(bench.kernel.mctp.tagsInUse).toBe(0);
  });

  test('R-API-35: a wait longer than that keeps it', async () => {
    await using bench = await withRoute();
    const exchange = await bench.net.request(EID9, hex('01 02'));
    const waiting = exchange.receive(20_000);
    await bench.clock.advance(15_000);
    await bench.device.say('01 08 09 c0 01 77');
    expect((await waiting)?.bytes).toEqual(hex('01 77'));
    exchange.release();
  });

  test('R-API-33: the ninth to one endpoint is told at once that there is none', async () => {
    await using bench = await withRoute();
    const open: Exchange[] = [];
    for (let count = 0; count < 8; count++) open.push(await bench.net.request(EID9, hex('01 02')));
    expect(open.map(({ tag }) => tag)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(await bench.outcome(bench.net.request(EID9, hex('01 02')))).toMatch(/^no-free-tag: .*EBUSY/);
  });

  test('is not to be had in another network of an old kernel', async () => {
    await using bench = await withRoute();
    const link = bench.kernel.state.links.get(2);
    if (link === undefined) throw new Error('no link');
    bench.kernel.set(link, { network: 4 });
    await bench.news();
    const asked = bench.net.request({ kind: 'eid', network: 4, eid: 9 }, hex('01 02'), { hold: true });
    expect(await bench.outcome(asked)).toMatch(/^not-supported: .*network/);
    const single = await bench.net.request({ kind: 'eid', network: 4, eid: 9 }, hex('01 02'));
    await bench.device.say('01 08 09 c0 01 77');
    expect(await answer(bench, single)).toBe('0177');
    single.release();
  });
});

describe('what cannot be sent', () => {
  test.each<[string, Destination, RegExp]>([
    ['no route', { kind: 'eid', network: 1, eid: 77 }, /^unreachable: .*EHOSTUNREACH/],
    ['no such network', { kind: 'eid', network: 5, eid: 9 }, /^unreachable: .*EHOSTUNREACH/],
    ['our own EID, nobody there', { kind: 'eid', network: 1, eid: 8 }, /^unreachable: .*ENOENT/],
    ['EID 0 as a routed one', { kind: 'eid', network: 1, eid: 0 }, /^unreachable: .*8\.\.254/],
    ['an address of another length', at(1), /^unreachable: .*0 bytes/],
    ['an unknown link', { kind: 'physical', link: 66, address: new Uint8Array(0) }, /^unreachable: .*66/],
  ])('%s', async (_what, destination, expected) => {
    await using bench = await withRoute();
    expect(await bench.outcome(bench.net.request(destination, GET_EID, CONTROL))).toMatch(expected);
  });

  test('on a link that is down: the kernel would drop it and say nothing', async () => {
    await using bench = await withRoute();
    const link = bench.kernel.state.links.get(2);
    if (link === undefined) throw new Error('no link');
    bench.kernel.set(link, { up: false });
    await bench.news();
    for (const destination of [SERIAL, EID9]) {
      expect(await bench.outcome(bench.net.request(destination, GET_EID, CONTROL))).toMatch(/^link-down:/);
    }
  });

  test('on a link without an EID of its own', async () => {
    await using bench = KernelBench.create();
    await bench.kernel.plug('mctpserial0');
    await bench.start();
    expect(await bench.outcome(bench.net.request(SERIAL, GET_EID, CONTROL))).toMatch(
      /^unreachable: .*EID of its own.*EHOSTUNREACH/,
    );
  });

  test('without CAP_NET_RAW', async () => {
    await using bench = await KernelBench.withSerial({ may: { raw: false } });
    expect(await bench.outcome(bench.net.request(SERIAL, GET_EID, CONTROL))).toMatch(
      /^not-permitted: .*CAP_NET_RAW.*EACCES/,
    );
  });

  test('no message, one that is too long, a source that is not ours', async () => {
    await using bench = await withRoute();
    const { net } = bench;
    expect(await bench.outcome(net.request(EID9, new Uint8Array(0)))).toMatch(/^invalid-arguments:/);
    expect(await bench.outcome(net.request(EID9, new Uint8Array(65_537)))).toMatch(/^message-too-long:/);
    expect(await bench.outcome(net.request(EID9, GET_EID, { source: 30 }))).toMatch(/^invalid-arguments:/);
    expect(await bench.outcome(net.request({ kind: 'broadcast', link: 1 }, GET_EID))).toMatch(
      /^not-supported:/,
    );
  });

  test('to an EID of our own, from one that is not ours', async () => {
    await using bench = await withRoute();
    const own: Destination = { kind: 'eid', network: 1, eid: 8 };
    expect(await bench.outcome(bench.net.request(own, GET_EID, { source: 30 }))).toMatch(
      /^invalid-arguments: .*source/,
    );
  });

  test('a link that vanishes between two calls: the kernel refuses the address', async () => {
    await using bench = await withRoute();
    bench.kernel.state.links.delete(2);
    expect(await bench.outcome(bench.net.request(SERIAL, GET_EID, CONTROL))).toMatch(
      /^unreachable: .*may be gone.*EINVAL/,
    );
  });

  test('after the end', async () => {
    await using bench = await withRoute();
    const exchange = await bench.net.request(EID9, GET_EID, CONTROL);
    const waiting = exchange.receive(0);
    await bench[Symbol.asyncDispose]();
    expect(await waiting).toBeUndefined();
    expect(await bench.outcome(bench.net.request(EID9, GET_EID, CONTROL))).toMatch(/^closed:/);
    expect(await bench.outcome(bench.net.addLocalEid(2, 9))).toMatch(/^closed:/);
  });
});
