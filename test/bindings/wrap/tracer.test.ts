import { LoopbackBus } from '../../../src/bindings/loopback';
import { Tracer } from '../../../src/bindings/wrap/tracer';
import { hex } from '../../support/vectors';
import { idle } from '../../support/test-clock';
import { recordLog } from '../record-log';
import { Recorder } from '../recorder';

test('every packet, drop and change becomes one debug line, and passes unchanged', async () => {
  const bus = new LoopbackBus();
  const { log, lines } = recordLog();
  const peer = bus.attach(2);
  const tracer = new Tracer(bus.attach(1), { name: 'lo0', log });
  const recorder = new Recorder();
  const peerRecorder = new Recorder();
  await peer.open(peerRecorder);
  await tracer.open(recorder);
  tracer.send(hex('010908cb008002'), Uint8Array.of(2));
  tracer.send(hex('010908cb008002'), hex('0203'));
  peer.send(hex('01080984'), Uint8Array.of(1));
  await idle();
  tracer.nudge();
  await tracer.close();
  await peer.close();

  expect(peerRecorder.packets).toEqual([{ packet: '010908cb008002', source: '01' }]);
  expect(recorder).toMatchObject({
    ups: [true],
    packets: [{ packet: '01080984', source: '02' }],
    drops: ['TransmitFailed'],
  });
  expect(lines.every((line) => line.level === 'debug' && line.fields.link === 'lo0')).toBe(true);
  expect(lines.map((line) => line.message).sort()).toEqual([
    'dropped',
    'link up',
    'nudge',
    'packet received',
    'packet sent',
    'packet sent',
  ]);
  expect(lines[1]?.fields).toMatchObject({ physicalAddress: '02', length: 7, packet: '010908cb008002' });
});
