import fc from 'fast-check';
import { toHex } from '../../src/base/bytes';
import { LoopbackBus } from '../../src/bindings/loopback';
import type { PacketSocket } from '../../src/bindings/sim-bus';
import { SimBus } from '../../src/sim/bus';
import { SimDevice } from '../../src/sim/device';
import { PLAIN_DEVICE } from '../../src/sim/profile';
import { TestClock, idle } from '../support/test-clock';
import { hex } from '../support/vectors';

class FakeSocket implements PacketSocket {
  readonly sent: string[] = [];
  room = Infinity;
  closed = false;

  send(message: Uint8Array): 'taken' | 'full' {
    if (this.room === 0) return 'full';
    this.room--;
    this.sent.push(toHex(message));
    return 'taken';
  }

  close(): void {
    this.closed = true;
  }
}

const HELLO = hex('4d435342 01 10');
const WELCOME = '4d4353420100';
/** To 0x1d, from wherever, no flags; Get Endpoint ID from EID 8. */
const GET_EID = hex('1d 99 00 010008cb 008002');

async function busWithDevice(): Promise<SimBus> {
  const medium = new LoopbackBus();
  const device = new SimDevice(
    medium.attach(0x1d),
    { ...PLAIN_DEVICE, address: Uint8Array.of(0x1d) },
    new TestClock(),
  );
  await device.open();
  return new SimBus(medium);
}

test('a client that said hello reaches a device, and the answer carries the true source', async () => {
  const bus = await busWithDevice();
  const socket = new FakeSocket();
  const events = bus.accept(socket);
  events.message(HELLO);
  await idle();
  events.message(GET_EID);
  await idle();
  expect(socket.sent).toEqual([WELCOME, '101d00' + '010800c3' + '00000200000000']);
});

test('a second client under the same address is refused and closed', async () => {
  const bus = await busWithDevice();
  bus.accept(new FakeSocket()).message(HELLO);
  const second = new FakeSocket();
  bus.accept(second).message(HELLO);
  expect(second.sent).toEqual(['4d4353420101']);
  expect(second.closed).toBe(true);
});

test('an address is free again after its client has gone', async () => {
  const bus = await busWithDevice();
  const first = bus.accept(new FakeSocket());
  first.message(HELLO);
  first.closed('gone');
  const second = new FakeSocket();
  bus.accept(second).message(HELLO);
  expect(second.sent).toEqual([WELCOME]);
});

test.each([
  ['another version', '4d435342 02 10', ['4d4353420102']],
  ['no hello at all', '1d 99 00 010008cb 008002', []],
])('%s is turned away', async (_what, opening, answers) => {
  const bus = await busWithDevice();
  const socket = new FakeSocket();
  bus.accept(socket).message(hex(opening));
  expect(socket.sent).toEqual(answers);
  expect(socket.closed).toBe(true);
  // Our own close is not told back: nobody else would forget the client.
  expect(bus.clientCount).toBe(0);
});

test('a client that does not read loses frames beyond its queue, and gets the kept ones later', async () => {
  const bus = await busWithDevice();
  const socket = new FakeSocket();
  const events = bus.accept(socket);
  events.message(HELLO);
  await idle();
  socket.room = 0;
  for (let i = 0; i < 300; i++) events.message(GET_EID);
  await idle();
  expect(bus.drops.get('TransmitQueueFull')).toBe(300 - 256);
  socket.room = Infinity;
  events.writable();
  expect(socket.sent).toHaveLength(1 + 256);
});

test('random messages never throw', async () => {
  const bus = await busWithDevice();
  const events = bus.accept(new FakeSocket());
  events.message(HELLO);
  fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (message) => events.message(message)));
  await idle();
});
