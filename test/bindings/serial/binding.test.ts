import { SerialBinding } from '../../../src/bindings/serial/binding';
import { hex } from '../../support/vectors';
import { idle, TestClock } from '../../support/test-clock';
import { recordLog } from '../record-log';
import { Recorder } from '../recorder';
import { FakePorts } from './fake-ports';

const PACKET = hex('010908cb008002');
const FRAME = '7e0107010908cb0080022b7f7e';
const WORD = `${'55'.repeat(80)}7e010255557e557e`;
const ENOENT = new Error('Error: No such file or directory, cannot open /dev/ttyS9');

function make(peerRecovery = false) {
  const clock = new TestClock();
  const ports = new FakePorts();
  const recorder = new Recorder();
  const { log, lines } = recordLog();
  const options = { name: 'uart0', path: '/dev/ttyS9', baud: 115200, peerRecovery };
  const binding = new SerialBinding(options, { clock, log, ports });
  const errors = () => lines.filter((line) => line.level === 'error');
  return { clock, ports, recorder, lines, errors, binding };
}

async function opened(peerRecovery = false) {
  const parts = make(peerRecovery);
  await parts.binding.open(parts.recorder);
  return parts;
}

describe('opening', () => {
  test('opens the configured line and says that the link is up', async () => {
    const { ports, recorder } = await opened();
    expect(ports.last.line).toMatchObject({ path: '/dev/ttyS9', baud: 115200 });
    expect(recorder.ups).toEqual([true]);
  });

  test('a port that is not there is tried again after 1, 2, 4, 8, 16, 30, 30 s and logged once', async () => {
    const { clock, ports, recorder, errors, binding } = make();
    ports.failure = ENOENT;
    await binding.open(recorder);
    const at: number[] = [];
    for (let second = 1; second <= 91; second++) {
      const before = ports.attempts;
      await clock.advance(1000);
      if (ports.attempts > before) at.push(second);
    }
    expect(at).toEqual([1, 3, 7, 15, 31, 61, 91]);
    expect(recorder.ups).toEqual([]);
    expect(errors()).toHaveLength(1);
    expect(errors()[0]).toMatchObject({ fields: { link: 'uart0', operation: 'open' } });
    expect(errors()[0]?.message).toMatch(/^cannot open \/dev\/ttyS9: no such device; plug it in/);
    ports.failure = undefined;
    await clock.advance(30_000);
    expect(recorder.ups).toEqual([true]);
  });

  test('another problem is logged again', async () => {
    const { clock, ports, recorder, errors, binding } = make();
    ports.failure = ENOENT;
    await binding.open(recorder);
    ports.failure = new Error('Error: Permission denied, cannot open /dev/ttyS9');
    await clock.advance(7000);
    expect(errors().map((line) => line.message)).toEqual([
      expect.stringContaining('no such device'),
      expect.stringContaining('dialout'),
    ]);
  });

  test('close while the port opens leaves nothing open', async () => {
    const { clock, ports, recorder, lines, binding } = make(true);
    const opening = binding.open(recorder);
    await binding.close();
    await opening;
    expect(ports.last).toMatchObject({ closed: true, written: [] });
    expect(recorder.ups).toEqual([]);
    expect(lines).toEqual([]);
    expect(clock.timers).toBe(0);
  });
});

describe('sending', () => {
  test('one write is outstanding, one frame waits, the third is refused until there is room', async () => {
    const { ports, recorder, binding } = await opened();
    expect([1, 2, 3].map(() => binding.send(PACKET))).toEqual([true, true, false]);
    expect(ports.last.written).toEqual([FRAME]);
    expect(recorder.writables).toBe(0);
    ports.last.finish();
    expect(ports.last.written).toEqual([FRAME, FRAME]);
    expect(recorder.writables).toBe(1);
    ports.last.finish();
    expect(recorder.writables).toBe(1);
    expect(ports.last.outstanding).toEqual([]);
  });

  test('the caller may reuse its buffer', async () => {
    const { ports, binding } = await opened();
    const packet = new Uint8Array(PACKET);
    binding.send(packet);
    binding.send(packet);
    packet.fill(0);
    ports.last.finish();
    expect(ports.last.written).toEqual([FRAME, FRAME]);
  });

  test('a failed write is counted, the next one goes out', async () => {
    const { ports, recorder, binding } = await opened();
    binding.send(PACKET);
    binding.send(PACKET);
    ports.last.finish(new Error('EIO'));
    expect(recorder.drops).toEqual(['TransmitFailed']);
    expect(ports.last.written).toHaveLength(2);
  });

  test('a packet that has no frame is counted, later', async () => {
    const { recorder, binding } = await opened();
    expect(binding.send(new Uint8Array(256))).toBe(true);
    expect(recorder.drops).toEqual([]);
    await idle();
    expect(recorder.drops).toEqual(['TransmitFailed']);
    expect(binding.send(PACKET)).toBe(true);
  });
});

describe('receiving', () => {
  test('packets in any chunks, with no address; junk is counted', async () => {
    const { ports, recorder } = await opened();
    const stream = hex(`55aa${FRAME}${FRAME}`);
    ports.last.events.data(stream.subarray(0, 9));
    ports.last.events.data(stream.subarray(9));
    expect(recorder.packets).toEqual([
      { packet: '010908cb008002', source: '' },
      { packet: '010908cb008002', source: '' },
    ]);
    expect(recorder.drops).toEqual(['FrameNoise']);
  });

  test('1 s of silence ends half a frame', async () => {
    const { clock, ports, recorder } = await opened();
    ports.last.events.data(hex('7e010701'));
    await clock.advance(1000);
    ports.last.events.data(hex(FRAME));
    expect(recorder.drops).toEqual(['FrameTimeout']);
    expect(recorder.packets).toHaveLength(1);
  });
});

describe('hang-up', () => {
  test('takes the link down, counts what was not sent, and reopens', async () => {
    const { clock, ports, recorder, binding } = await opened();
    [1, 2, 3].forEach(() => binding.send(PACKET));
    const first = ports.last;
    first.events.data(hex('7e0107'));
    first.events.hungUp('bad file descriptor');
    expect(recorder.ups).toEqual([true, false]);
    expect(recorder.drops).toEqual(['FrameTimeout', 'TransmitLinkDown', 'TransmitLinkDown']);
    expect(recorder.writables).toBe(1);
    expect(binding.send(PACKET)).toBe(true);
    await idle();
    expect(recorder.drops).toHaveLength(4);

    await clock.advance(999);
    expect(ports.attempts).toBe(1);
    await clock.advance(1);
    expect(recorder.ups).toEqual([true, false, true]);
    first.finish();
    expect(ports.last).not.toBe(first);
    expect(binding.send(PACKET)).toBe(true);
    expect(ports.last.written).toEqual([FRAME]);
  });

  test('the backoff starts over after a successful opening', async () => {
    const { clock, ports } = await opened();
    for (let round = 2; round < 5; round++) {
      ports.last.events.hungUp('gone');
      await clock.advance(1000);
      expect(ports.opened).toHaveLength(round);
    }
  });

  test('after close nothing is heard and no timer is left', async () => {
    const { clock, ports, recorder, binding } = await opened();
    binding.send(PACKET);
    await binding.close();
    await binding.close();
    expect(ports.last.closed).toBe(true);
    ports.last.events.data(hex(FRAME));
    ports.last.finish();
    ports.last.events.hungUp('closed');
    expect(recorder).toMatchObject({ packets: [], drops: [], ups: [true] });
    expect(clock.timers).toBe(0);
  });
});

describe('recovery word for Linux peers', () => {
  test('goes out once at opening, before any frame', async () => {
    const { ports, binding } = await opened(true);
    binding.send(PACKET);
    expect(ports.last.written).toEqual([WORD]);
    ports.last.finish();
    expect(ports.last.written).toEqual([WORD, FRAME]);
    ports.last.finish();
    expect(ports.last.outstanding).toEqual([]);
  });

  test('at a nudge: one write between two frames, once however often it is asked for', async () => {
    const { ports, binding } = await opened(true);
    ports.last.finish();
    binding.send(PACKET);
    binding.send(PACKET);
    binding.nudge();
    binding.nudge();
    expect(ports.last.written).toEqual([WORD, FRAME]);
    [1, 2, 3].forEach(() => ports.last.finish());
    expect(ports.last.written).toEqual([WORD, FRAME, WORD, FRAME]);
  });

  test('is left out with peer_recovery = false, and on a closed port', async () => {
    const { ports, binding, recorder } = make(false);
    binding.nudge();
    await binding.open(recorder);
    binding.nudge();
    expect(ports.last.written).toEqual([]);
  });
});
