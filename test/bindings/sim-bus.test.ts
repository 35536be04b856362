import { toHex } from '../../src/base/bytes';
import { SimBusBinding } from '../../src/bindings/sim-bus';
import type { PacketConnector, PacketSocket, PacketSocketEvents } from '../../src/bindings/sim-bus';
import { hex } from '../support/vectors';
import { idle, TestClock } from '../support/test-clock';
import { recordLog } from './record-log';
import { Recorder } from './recorder';

const PACKET = hex('010908cb008002');
const WELCOME = hex('4d4353420100');

class FakeSocket implements PacketSocket {
  readonly sent: string[] = [];
  closed = false;
  state: 'taken' | 'full' | 'failed' = 'taken';

  constructor(readonly events: PacketSocketEvents) {}

  send(message: Uint8Array): 'taken' | 'full' | 'failed' {
    if (this.state === 'taken') this.sent.push(toHex(message));
    return this.state;
  }

  close(): void {
    this.closed = true;
  }
}

class FakeConnector implements PacketConnector {
  readonly sockets: FakeSocket[] = [];
  failure: Error | undefined;
  attempts = 0;
  welcome: Uint8Array | undefined = WELCOME;

  async connect(_path: string, events: PacketSocketEvents): Promise<PacketSocket> {
    this.attempts++;
    await Promise.resolve();
    if (this.failure !== undefined) throw this.failure;
    const socket = new FakeSocket(events);
    this.sockets.push(socket);
    const { welcome } = this;
    if (welcome !== undefined) setImmediate(() => events.message(welcome));
    return socket;
  }

  get last(): FakeSocket {
    const socket = this.sockets.at(-1);
    if (socket === undefined) throw new Error('never connected');
    return socket;
  }
}

function make() {
  const clock = new TestClock();
  const connector = new FakeConnector();
  const recorder = new Recorder();
  const { log, lines } = recordLog();
  const options = { name: 'sim0', socket: '/run/bus', address: 0x10 };
  const binding = new SimBusBinding(options, { clock, log, connector });
  return { clock, connector, recorder, lines, binding };
}

async function attached() {
  const parts = make();
  await parts.binding.open(parts.recorder);
  return parts;
}

describe('simulated bus', () => {
  test('says hello with its address and is up after the welcome', async () => {
    const { connector, recorder, clock } = await attached();
    expect(connector.last.sent).toEqual(['4d4353420110']);
    expect(recorder.ups).toEqual([true]);
    expect(clock.timers).toBe(0);
  });

  test('frames out and in, junk counted', async () => {
    const { connector, recorder, binding } = await attached();
    expect(binding.send(PACKET, Uint8Array.of(0x20))).toBe(true);
    binding.send(PACKET, new Uint8Array(0), true);
    expect(connector.last.sent.slice(1)).toEqual(['201000010908cb008002', 'ff1001010908cb008002']);
    connector.last.events.message(hex('102000010908cb008002'));
    connector.last.events.message(hex('1020'));
    expect(recorder.packets).toEqual([{ packet: '010908cb008002', source: '20' }]);
    expect(recorder.drops).toEqual(['FrameMalformed']);
    expect(binding.send(PACKET, hex('0102'))).toBe(true);
    await idle();
    expect(recorder.drops).toEqual(['FrameMalformed', 'TransmitFailed']);
  });

  test('a full socket is passed on as false and writable', async () => {
    const { connector, recorder, binding } = await attached();
    connector.last.state = 'full';
    expect(binding.send(PACKET, Uint8Array.of(0x20))).toBe(false);
    connector.last.events.writable();
    expect(recorder.writables).toBe(1);
    connector.last.state = 'failed';
    expect(binding.send(PACKET, Uint8Array.of(0x20))).toBe(true);
    await idle();
    expect(recorder.drops).toEqual(['TransmitFailed']);
  });

  test('a lost bus takes the link down, and it is tried again with backoff, logged once', async () => {
    const { clock, connector, recorder, lines, binding } = await attached();
    connector.failure = new Error('ECONNREFUSED');
    connector.last.events.closed('end of file');
    expect(recorder.ups).toEqual([true, false]);
    expect(binding.send(PACKET, Uint8Array.of(0x20))).toBe(true);
    await idle();
    expect(recorder.drops).toEqual(['TransmitLinkDown']);
    await clock.advance(7000);
    expect(connector.attempts).toBe(4);
    expect(lines.filter((line) => line.level === 'warn').map((line) => line.fields.cause)).toEqual([
      'end of file',
      'ECONNREFUSED',
    ]);
    connector.failure = undefined;
    await clock.advance(8000);
    expect(recorder.ups).toEqual([true, false, true]);
  });

  test.each([
    ['4d4353420101', 'physical address 0x10 is taken'],
    ['4d4353420202', 'the bus speaks another version of the protocol'],
    ['00', 'the hello was answered with something else than a welcome'],
  ])('welcome %s: %s', async (welcome, cause) => {
    const { connector, recorder, lines, binding } = make();
    connector.welcome = hex(welcome);
    await binding.open(recorder);
    expect(lines.map((line) => line.fields.cause)).toEqual([cause]);
    expect(connector.last.closed).toBe(true);
    expect(recorder.ups).toEqual([]);
    await binding.close();
  });

  test('a server that never answers the hello does not hold up open', async () => {
    const { clock, connector, recorder, lines, binding } = make();
    connector.welcome = undefined;
    await clock.settle(binding.open(recorder), 1000);
    expect(lines[0]?.fields.cause).toBe('no answer to the hello');
    await binding.close();
    expect(clock.timers).toBe(0);
  });

  test('after close nothing is heard, and no socket or timer is left', async () => {
    const { clock, connector, recorder, binding } = await attached();
    const { events } = connector.last;
    await binding.close();
    await binding.close();
    events.message(hex('102000010908cb008002'));
    events.closed('late');
    expect(recorder).toMatchObject({ packets: [], ups: [true] });
    expect(connector.last.closed).toBe(true);
    expect(clock.timers).toBe(0);

    const other = make();
    const opening = other.binding.open(other.recorder);
    await other.binding.close();
    await opening;
    await idle();
    expect(other.connector.last.closed).toBe(true);
    expect(other.recorder.ups).toEqual([]);
  });
});
