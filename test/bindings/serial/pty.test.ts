import { mkdtempSync, rmSync, symlinkSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toHex } from '../../../src/base/bytes';
import { SerialBinding } from '../../../src/bindings/serial/binding';
import { encodeFrame, MAX_SENT_FRAME } from '../../../src/bindings/serial/framing';
import { nodeSerialPorts } from '../../../src/bindings/serial/node-serial-port';
import { hex } from '../../support/vectors';
import { TestClock } from '../../support/test-clock';
import { recordLog } from '../record-log';
import { Recorder } from '../recorder';
import { until } from '../until';
import { PtyPeer } from './pty-peer';

const WORD = `${'55'.repeat(80)}7e010255557e557e`;
/** Every byte value twice, XON, XOFF, CR, LF, flags and escapes among them. */
const HALVES = [0, 128].map((first) =>
  Uint8Array.from({ length: 132 }, (_, at) => (at < 4 ? 1 : first + at - 4)),
);
const folder = mkdtempSync(join(tmpdir(), `mctp-serial-${process.pid}-`));
afterAll(() => rmSync(folder, { recursive: true }));

function frame(packet: Uint8Array): Uint8Array {
  const into = new Uint8Array(MAX_SENT_FRAME);
  return into.slice(0, encodeFrame(packet, into));
}

function make(path: string, peerRecovery: boolean) {
  const clock = new TestClock();
  const recorder = new Recorder();
  const { log, lines } = recordLog();
  const options = { name: 'uart0', path, baud: 115200, peerRecovery };
  const binding = new SerialBinding(options, { clock, log, ports: nodeSerialPorts });
  return { clock, recorder, lines, binding };
}

describe('a real tty', () => {
  test('recovery word first, then every byte value passes both ways unchanged', async () => {
    const peer = new PtyPeer();
    peer.start();
    const { binding, recorder, clock } = make(peer.path, true);
    await binding.open(recorder);
    for (const half of HALVES) {
      // Whether there is room for the second one depends on how far the word has got.
      const { writables } = recorder;
      if (binding.send(half)) continue;
      await until(() => recorder.writables > writables);
      expect(binding.send(half)).toBe(true);
    }
    const expected = WORD + HALVES.map((half) => toHex(frame(half))).join('');
    await until(() => peer.received.length >= expected.length);
    expect(peer.received).toBe(expected);

    for (const half of HALVES) peer.write(frame(half));
    await until(() => recorder.packets.length === 2);
    expect(recorder.packets.map((each) => each.packet)).toEqual(HALVES.map(toHex));
    expect(recorder.drops).toEqual([]);
    await binding.close();
    expect(clock.timers).toBe(0);
    peer.hangUp();
  });

  test('a peer that stopped reading: false while full, writable afterwards', async () => {
    const peer = new PtyPeer();
    const { binding, recorder } = make(peer.path, false);
    await binding.open(recorder);
    const packet = new Uint8Array(251).fill(1);
    // The kernel takes some of it; then one write stays outstanding and one frame waits.
    for (let quiet = 0, before = 0; quiet < 20; quiet = recorder.writables === before ? quiet + 1 : 0) {
      before = recorder.writables;
      while (binding.send(packet));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    expect(binding.send(packet)).toBe(false);
    const writables = recorder.writables;
    peer.start();
    await until(() => recorder.writables > writables);
    expect(binding.send(packet)).toBe(true);
    await binding.close();
    peer.hangUp();
  });

  test('hang-up takes the link down; the tty that takes its place brings it up', async () => {
    const path = join(folder, 'tty');
    const first = new PtyPeer();
    first.start();
    symlinkSync(first.path, path);
    const { clock, binding, recorder, lines } = make(path, false);
    await binding.open(recorder);
    expect(recorder.ups).toEqual([true]);
    first.hangUp();
    await until(() => recorder.ups.length === 2);
    unlinkSync(path);
    await clock.advance(1000);
    await until(() => lines.some((line) => line.level === 'error'));
    expect(lines.at(-1)?.message).toContain('no such device');

    const second = new PtyPeer();
    symlinkSync(second.path, path);
    await clock.advance(2000);
    await until(() => recorder.ups.length === 3);
    expect(recorder.ups).toEqual([true, false, true]);
    second.write(hex('7e0107010908cb0080022b7f7e'));
    await until(() => recorder.packets.length === 1);
    await binding.close();
    second.hangUp();
  });

  test('a hang-up while data arrives, and one straight after opening, are seen', async () => {
    for (const bytes of ['7e0107010908cb0080022b7f7e', '']) {
      const peer = new PtyPeer();
      const { binding, recorder } = make(peer.path, false);
      await binding.open(recorder);
      if (bytes !== '') peer.write(hex(bytes));
      peer.hangUp();
      await until(() => recorder.ups.length === 2);
      await binding.close();
    }
  });

  test('a tty that another program holds is told as such', async () => {
    const peer = new PtyPeer();
    const holder = make(peer.path, false);
    await holder.binding.open(holder.recorder);
    const other = make(peer.path, false);
    await other.binding.open(other.recorder);
    expect(other.recorder.ups).toEqual([]);
    expect(other.lines.map((line) => line.message)).toEqual([
      expect.stringMatching(/in use by another program/),
    ]);
    await other.binding.close();
    await holder.binding.close();
    peer.hangUp();
  });
});
