import type { Binding, BindingInfo, BindingListener } from '../../../src/core/binding';
import { LoopbackBus } from '../../../src/bindings/loopback';
import { REORDER_WAIT_MS } from '../../../src/bindings/wrap/fault-line';
import type { FaultRates } from '../../../src/bindings/wrap/fault-line';
import { FaultInjector } from '../../../src/bindings/wrap/faults';
import { hex } from '../../support/vectors';
import { idle, TestClock } from '../../support/test-clock';
import { Recorder } from '../recorder';

const packet = (number: number) => Uint8Array.of(1, 9, 8, 0xcb, number);
const TO_PEER = Uint8Array.of(2);

async function make(send: FaultRates = {}, receive: FaultRates = {}, seed = 1) {
  const clock = new TestClock();
  const bus = new LoopbackBus();
  const peer = bus.attach(2);
  const far = new Recorder();
  const near = new Recorder();
  const faults = new FaultInjector(bus.attach(1), { seed, send, receive }, clock);
  await peer.open(far);
  await faults.open(near);
  const numbers = (recorder: Recorder) =>
    recorder.packets.map((each) => parseInt(each.packet.slice(8, 10), 16));
  return { clock, peer, faults, far, near, numbers };
}

async function sendSome(parts: Awaited<ReturnType<typeof make>>, count: number): Promise<number[]> {
  for (let number = 0; number < count; number++) parts.faults.send(packet(number), TO_PEER);
  await idle();
  return parts.numbers(parts.far);
}

describe('fault injector', () => {
  test('without rates it changes nothing', async () => {
    const parts = await make();
    expect(await sendSome(parts, 5)).toEqual([0, 1, 2, 3, 4]);
    expect(parts.near).toMatchObject({ ups: [true], drops: [] });
  });

  test('loss, counted; the same seed loses the same packets', async () => {
    const first = await make({ loss: 0.5 });
    const arrived = await sendSome(first, 100);
    expect(arrived.length).toBeGreaterThan(30);
    expect(arrived.length).toBeLessThan(70);
    expect(first.near.drops).toEqual(new Array(100 - arrived.length).fill('InjectedLoss'));
    expect(await sendSome(await make({ loss: 0.5 }), 100)).toEqual(arrived);
    expect(await sendSome(await make({ loss: 0.5 }, {}, 2), 100)).not.toEqual(arrived);
  });

  test('the directions have rates of their own', async () => {
    const { peer, near } = await make({}, { loss: 1 });
    peer.send(packet(1), Uint8Array.of(1));
    await idle();
    expect(near).toMatchObject({ packets: [], drops: ['InjectedLoss'] });
  });

  test('late packets are bounded: those beyond 4096 are lost, and none comes after close', async () => {
    const parts = await make({ delayMs: 3_600_000 });
    for (let number = 0; number < 5000; number++) parts.faults.send(packet(0), TO_PEER);
    await idle();
    expect(parts.clock.timers).toBe(4096);
    expect(parts.near.drops).toHaveLength(5000 - 4096);
    await parts.faults.close();
    parts.faults.send(packet(0), TO_PEER);
    expect(parts.clock.timers).toBe(0);
  });

  test('duplicate', async () => {
    expect(await sendSome(await make({ duplicate: 1 }), 2)).toEqual([0, 0, 1, 1]);
  });

  test('corrupt turns over exactly one bit and leaves the caller its bytes', async () => {
    const parts = await make({ corrupt: 1 });
    const sent = packet(7);
    parts.faults.send(sent, TO_PEER);
    await idle();
    expect(sent).toEqual(packet(7));
    const got = hex(parts.far.packets[0]?.packet ?? '');
    const flipped = got.reduce((sum, byte, at) => {
      return sum + (byte ^ (sent[at] ?? 0)).toString(2).replaceAll('0', '').length;
    }, 0);
    expect(flipped).toBe(1);
  });

  test('reorder: the next packet overtakes; a last one is not kept for ever', async () => {
    const parts = await make({ reorder: 1 });
    expect(await sendSome(parts, 4)).toEqual([1, 0, 3, 2]);
    expect(parts.clock.timers).toBe(0);
    parts.faults.send(packet(9), TO_PEER);
    await parts.clock.advance(REORDER_WAIT_MS - 1);
    expect(parts.far.packets).toHaveLength(4);
    await parts.clock.advance(1);
    expect(parts.far.packets).toHaveLength(5);
    expect(parts.clock.timers).toBe(0);
  });

  test('delay through the clock, in order; close cancels it', async () => {
    const parts = await make({ delayMs: 50 });
    expect(await sendSome(parts, 3)).toEqual([]);
    await parts.clock.advance(49);
    expect(parts.far.packets).toEqual([]);
    await parts.clock.advance(1);
    expect(parts.numbers(parts.far)).toEqual([0, 1, 2]);
    parts.faults.send(packet(4), TO_PEER);
    await parts.faults.close();
    expect(parts.clock.timers).toBe(0);
  });

  test('a busy binding: up to 16 packets wait, then false, then writable', async () => {
    const busy = new BusyBinding();
    const near = new Recorder();
    const faults = new FaultInjector(busy, { seed: 1 }, new TestClock());
    await faults.open(near);
    const taken = Array.from({ length: 18 }, (_, number) => faults.send(packet(number), TO_PEER));
    expect(taken).toEqual([...new Array<boolean>(16).fill(true), false, false]);
    busy.free();
    expect(busy.sent).toBe(16);
    expect(near.writables).toBe(1);
    expect(faults.send(packet(0), TO_PEER)).toBe(true);
    faults.nudge();
    expect(busy.nudges).toBe(1);
  });
});

class BusyBinding implements Binding {
  readonly info: BindingInfo = new LoopbackBus().attach().info;
  sent = 0;
  nudges = 0;
  private isFree = false;
  private listener: BindingListener | undefined;

  open(listener: BindingListener): Promise<void> {
    this.listener = listener;
    return Promise.resolve();
  }

  send(): boolean {
    if (this.isFree) this.sent++;
    return this.isFree;
  }

  free(): void {
    this.isFree = true;
    this.listener?.writable();
  }

  nudge(): void {
    this.nudges++;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
