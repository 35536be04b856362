import { toHex } from '../../src/base/bytes';
import type { LoopbackBus } from '../../src/bindings/loopback';
import type { Binding } from '../../src/core/binding';
import type { Destination, Exchange } from '../../src/core/net';
import { RawDevice } from '../support/raw-device';
import { idle } from '../support/test-clock';
import { hex } from '../support/vectors';
import { KernelBench } from './bench';

const GET_EID = hex('00 80 02');
const at = (address: number): Destination => ({ kind: 'physical', link: 2, address: Uint8Array.of(address) });
const EID9: Destination = { kind: 'eid', network: 1, eid: 9 };

/** As control sends: one answer, told apart by its instance ID. */
const CONTROL = { hold: false, reclaim: true };

/** Answers Get Endpoint ID at once. */
async function attachResponder(bus: LoopbackBus, address: number): Promise<Binding> {
  const port = bus.attach(address);
  await port.open({
    packet: (packet, source) => {
      const tag = (packet[3] ?? 0) & 7;
      port.send(Uint8Array.of(1, 8, 0, 0xc0 | tag, 0, 0, 2, 0, 0, 0, 0), source);
    },
    ...{ writable: () => undefined, up: () => undefined, drop: () => undefined },
  });
  return port;
}

describe('tags are scarce', () => {
  /** Asks `count` silent devices, from 0x20 on. */
  function ask(bench: KernelBench, count: number, message = GET_EID, first = 0x20): Promise<Exchange>[] {
    return Array.from({ length: count }, (_, offset) =>
      bench.net.request(at(first + offset), message, CONTROL),
    );
  }

  const SET_EID = hex('00 81 01 00 09');
  const sentTo = (bench: KernelBench): number => bench.kernel.mctp.sent.length;

  test('seven requests to physical addresses are in flight, the eighth value is for routed ones', async () => {
    await using bench = await KernelBench.withI2c();
    await bench.net.addRoute({ network: 1, first: 9, extent: 0, link: 2, mtu: 68 });
    const asked = ask(bench, 9, SET_EID);
    const live = await Promise.all(asked.slice(0, 7));
    expect(sentTo(bench)).toBe(7);
    const routed = await bench.net.request(EID9, GET_EID, CONTROL);
    expect(sentTo(bench)).toBe(8);
    for (const each of [...live, routed]) each.release();
    for (const each of await Promise.all(asked.slice(7))) each.release();
    expect(sentTo(bench)).toBe(10);
    expect(bench.kernel.mctp.tagsInUse).toBe(0);
  });

  test('EBUSY is no error: the request goes out when another program gives a tag back', async () => {
    await using bench = await KernelBench.withSerial();
    await bench.net.addRoute({ network: 1, first: 9, extent: 0, link: 2, mtu: 68 });
    const others = { extended: false, bound: undefined, receive: () => undefined };
    bench.kernel.mctp.open(others);
    for (let count = 0; count < 8; count++)
      bench.kernel.mctp.ioctl(others, 0x89e0, Uint8Array.of(9, 0, 0, 0));
    const asked = bench.net.request(EID9, GET_EID, CONTROL);
    await bench.clock.advance(3000);
    expect(sentTo(bench)).toBe(0);
    bench.kernel.mctp.close(others);
    const exchange = await bench.clock.settle(asked);
    expect(sentTo(bench)).toBe(1);
    const before = bench.clock.now();
    await bench.clock.settle(exchange.receive(250));
    expect(bench.clock.now() - before).toBe(250);
    exchange.release();
  });

  test('a silent probe makes room after 50 ms, and its attempt begins anew when its turn comes', async () => {
    await using bench = await KernelBench.withI2c();
    const probes = await Promise.all(ask(bench, 7));
    const waits = probes.map((each) => each.receive(250));
    const late = bench.net.request(at(0x40), SET_EID, CONTROL);
    await bench.clock.advance(49);
    expect(sentTo(bench)).toBe(7);
    await bench.clock.advance(1);
    const live = await late;
    expect(bench.kernel.mctp.sent.at(-1)).toBe('mctpi2c3 0 8 0081010009');
    await bench.clock.advance(50);
    live.release();
    await idle();
    // The first probe again, at 100 ms.
    expect(sentTo(bench)).toBe(9);
    await bench.clock.advance(150);
    expect(await Promise.all(waits.slice(1))).toEqual(new Array(6).fill(undefined));
    await bench.clock.advance(99);
    let isOver = false;
    void waits[0]?.then(() => (isOver = true));
    await idle();
    expect(isOver).toBe(false);
    await bench.clock.advance(1);
    expect(isOver).toBe(true);
    for (const each of probes) each.release();
  });

  test('what is sent again waits behind those who have not been heard at all', async () => {
    await using bench = await KernelBench.withI2c();
    const asked = ask(bench, 8, SET_EID);
    const live = await Promise.all(asked.slice(0, 7));
    let isAgain = false;
    const again = live[0]?.resend().then(() => (isAgain = true));
    const eighth = await asked[7];
    expect(bench.kernel.mctp.sent).toHaveLength(8);
    expect(isAgain).toBe(false);
    eighth?.release();
    await again;
    expect(bench.kernel.mctp.sent).toHaveLength(9);
    for (const each of live) each.release();
  });

  test('while nobody waits a probe listens for its whole time', async () => {
    await using bench = await KernelBench.withI2c();
    const probes = await Promise.all(ask(bench, 7));
    await bench.clock.advance(200);
    expect(sentTo(bench)).toBe(7);
    for (const each of probes) each.release();
  });

  test('what waits for a place and is not wanted any more is never sent', async () => {
    await using bench = await KernelBench.withI2c();
    const live = await Promise.all(ask(bench, 7, SET_EID));
    const late = bench.net.request(at(0x40), SET_EID, CONTROL);
    const link = bench.kernel.state.links.get(2);
    if (link === undefined) throw new Error('no link');
    bench.kernel.unplug(link);
    expect(await bench.outcome(late)).toMatch(/^(cancelled|link-down):/);
    expect(sentTo(bench)).toBe(7);
    for (const each of live) each.release();
  });

  test('ten dead devices and ten live ones: every live one is answered while the dead are waited for', async () => {
    await using bench = await KernelBench.withI2c();
    const devices = await Promise.all(
      Array.from({ length: 10 }, (_, offset) => attachResponder(bench.bus, 0x50 + offset)),
    );
    const dead = ask(bench, 10).map(async (asked) => {
      const exchange = await asked;
      const got = await exchange.receive(250);
      exchange.release();
      return got;
    });
    const began = bench.clock.now();
    const live = ask(bench, 10, GET_EID, 0x50).map(async (asked) => {
      const exchange = await asked;
      const got = await exchange.receive(250);
      exchange.release();
      return got?.physical[0];
    });
    expect(await bench.clock.settle(Promise.all(live))).toEqual(devices.map(({ info }) => info.address[0]));
    expect(bench.clock.now() - began).toBeLessThanOrEqual(150);
    expect(await bench.clock.settle(Promise.all(dead))).toEqual(new Array(10).fill(undefined));
    expect(bench.kernel.mctp.tagsInUse).toBe(0);
    for (const each of devices) await each.close();
  });

  test('a late answer of another physical address is not taken for the one that is waited for', async () => {
    await using bench = await KernelBench.withI2c();
    await using first = await RawDevice.open(bench.bus.attach(0x20));
    await using second = await RawDevice.open(bench.bus.attach(0x21));
    const given = await bench.net.request(at(0x20), GET_EID, CONTROL);
    given.release();
    const exchange = await bench.net.request(at(0x21), GET_EID, CONTROL);
    await first.say('01 08 09 c0 00 00 02 00 09 00 00');
    expect(await bench.clock.settle(exchange.receive(100))).toBeUndefined();
    await second.say('01 08 0a c0 00 00 02 00 0a 00 00');
    expect(toHex((await bench.clock.settle(exchange.receive(1000)))?.bytes ?? new Uint8Array(0))).toBe(
      '000002000a0000',
    );
    exchange.release();
  });
});
