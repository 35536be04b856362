import { LoopbackBus } from '../../src/bindings/loopback';
import { hex } from '../support/vectors';
import { idle } from '../support/test-clock';
import { Recorder } from './recorder';

const PACKET = hex('010908cb008002');
const at = (address: number): Uint8Array => Uint8Array.of(address);

async function busOf(...addresses: number[]) {
  const bus = new LoopbackBus();
  const ports = addresses.map((address) => bus.attach(address));
  const recorders = ports.map(() => new Recorder());
  for (const [index, port] of ports.entries()) await port.open(recorders[index] ?? new Recorder());
  const pick = (index: number) => {
    const port = ports[index];
    const recorder = recorders[index];
    if (port === undefined || recorder === undefined) throw new Error('no such port');
    return { port, recorder };
  };
  return { bus, pick };
}

describe('loopback', () => {
  test('a packet reaches the device with that address and nobody else, on a later turn', async () => {
    const { pick } = await busOf(0x10, 0x20, 0x30);
    expect(pick(0).port.send(PACKET, at(0x20))).toBe(true);
    expect(pick(1).recorder.packets).toEqual([]);
    await idle();
    expect(pick(1).recorder.packets).toEqual([{ packet: '010908cb008002', source: '10' }]);
    expect(pick(2).recorder.packets).toEqual([]);
    expect(pick(0).recorder.packets).toEqual([]);
  });

  test('the sender may reuse its buffer, even a Buffer', async () => {
    const { pick } = await busOf(1, 2);
    const buffer = Buffer.from(PACKET);
    pick(0).port.send(buffer, at(2));
    buffer.fill(0);
    await idle();
    expect(pick(1).recorder.packets[0]?.packet).toBe('010908cb008002');
  });

  test('a broadcast reaches everybody else', async () => {
    const { pick } = await busOf(1, 2, 3);
    pick(0).port.send(PACKET, new Uint8Array(0), true);
    await idle();
    expect([0, 1, 2].map((index) => pick(index).recorder.packets.length)).toEqual([0, 1, 1]);
  });

  test('an unknown destination vanishes without a drop; a malformed one is counted', async () => {
    const { pick } = await busOf(1, 2);
    expect(pick(0).port.send(PACKET, at(99))).toBe(true);
    await idle();
    expect(pick(0).recorder.drops).toEqual([]);
    pick(0).port.send(PACKET, hex('0102'));
    await idle();
    expect(pick(0).recorder.drops).toEqual(['TransmitFailed']);
  });

  test('a full port answers false and calls writable; nothing taken is lost, the order is kept', async () => {
    const { pick } = await busOf(1, 2);
    const { port, recorder } = pick(0);
    const number = Buffer.alloc(8);
    let sent = 0;
    for (; sent < 100_000; sent++) {
      number.writeUInt32BE(sent, 4);
      if (!port.send(number, at(2))) break;
    }
    expect(sent).toBeLessThan(100_000);
    await idle();
    expect(recorder.writables).toBe(1);
    expect(pick(1).recorder.packets.map((each) => parseInt(each.packet.slice(8), 16))).toEqual(
      Array.from({ length: sent }, (_, index) => index),
    );
    expect(port.send(number, at(2))).toBe(true);
  });

  test('endless ping-pong lets the event loop live', async () => {
    const { pick } = await busOf(1, 2);
    let bounces = 0;
    const bounce = (index: number) => {
      const { port, recorder } = pick(index);
      recorder.onPacket = (packet, source) => {
        bounces++;
        port.send(packet, source);
      };
    };
    bounce(0);
    bounce(1);
    pick(0).port.send(PACKET, at(2));
    await idle();
    expect(bounces).toBeGreaterThan(100);
    await pick(0).port.close();
    await pick(1).port.close();
  });

  test('a listener that throws takes no other packet with it', async () => {
    const { pick } = await busOf(1, 2, 3);
    pick(1).recorder.onPacket = () => {
      throw new Error('defect');
    };
    // Uncaught, the error would end the test run: the batches are run by hand.
    const queued: (() => void)[] = [];
    const original = globalThis.queueMicrotask;
    globalThis.queueMicrotask = (callback) => void queued.push(callback);
    try {
      pick(0).port.send(PACKET, at(2));
      pick(0).port.send(PACKET, at(3));
      expect(() => queued.shift()?.()).toThrow('defect');
      queued.shift()?.();
    } finally {
      globalThis.queueMicrotask = original;
    }
    await idle();
    expect(pick(2).recorder.packets.length).toBe(1);
  });

  test('life: up after open, silence after close, the address is free again', async () => {
    const { bus, pick } = await busOf(1, 2);
    expect(pick(0).recorder.ups).toEqual([true]);
    pick(0).port.send(PACKET, at(2));
    await pick(1).port.close();
    await pick(1).port.close();
    await idle();
    expect(pick(1).recorder.packets).toEqual([]);
    expect(() => bus.attach(1)).toThrow('address');
    expect(() => bus.attach(256)).toThrow('0..255');
    expect(Array.from(bus.attach(2).info.address)).toEqual([2]);
    expect(Array.from(bus.attach().info.address)).toEqual([0]);
  });

  test('closing twice does not take the place of who has the address now', async () => {
    const bus = new LoopbackBus();
    const [first, sender] = [bus.attach(5), bus.attach(1)];
    await first.close();
    const recorder = new Recorder();
    await bus.attach(5).open(recorder);
    await sender.open(new Recorder());
    await first.close();
    sender.send(PACKET, at(5));
    await idle();
    expect(recorder.packets).toHaveLength(1);
  });

  test('a port that is closed while it opens never comes up', async () => {
    const port = new LoopbackBus().attach(5);
    const recorder = new Recorder();
    const opening = port.open(recorder);
    await port.close();
    await opening;
    expect(recorder.ups).toEqual([]);
  });

  test('says what it is', () => {
    expect(new LoopbackBus({ name: 'lab' }).attach(7).info).toEqual({
      kind: 'loopback',
      physicalBinding: 0,
      address: Uint8Array.of(7),
      addressLength: 1,
      minMtu: 68,
      maxMtu: 65535,
      pointToPoint: false,
    });
  });
});
