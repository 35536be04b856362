import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toHex } from '../../../src/base/bytes';
import { LoopbackBus } from '../../../src/bindings/loopback';
import { CaptureFile } from '../../../src/bindings/wrap/capture-file';
import { PacketCapture } from '../../../src/bindings/wrap/pcap';
import { hex } from '../../support/vectors';
import { idle, TestClock } from '../../support/test-clock';
import { recordLog } from '../record-log';
import { Recorder } from '../recorder';

const PACKET = hex('010908cb008002');
const folder = mkdtempSync(join(tmpdir(), `mctp-pcap-${process.pid}-`));
afterAll(() => rmSync(folder, { recursive: true }));

interface Block {
  readonly type: number;
  readonly body: Uint8Array;
}

/** A reader of our own, so that lengths are followed and not assumed. */
function blocks(path: string): Block[] {
  const bytes = readFileSync(path);
  const found: Block[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = bytes.readUInt32LE(at + 4);
    expect(bytes.readUInt32LE(at + length - 4)).toBe(length);
    found.push({ type: bytes.readUInt32LE(at), body: bytes.subarray(at + 8, at + length - 4) });
    at += length;
  }
  return found;
}

function make(path: string) {
  const bus = new LoopbackBus();
  const peer = bus.attach(2);
  const { log, lines } = recordLog();
  const capture = new PacketCapture(bus.attach(1), { name: 'lo0', path }, { clock: new TestClock(), log });
  return { peer, capture, lines, recorder: new Recorder() };
}

describe('capture', () => {
  test('writes what was sent and received, in order, readable by others', async () => {
    const path = join(folder, 'both.pcapng');
    const { peer, capture, recorder } = make(path);
    await peer.open(new Recorder());
    expect(capture.send(PACKET, Uint8Array.of(2))).toBe(true);
    await capture.open(recorder);
    capture.send(PACKET, Uint8Array.of(2));
    peer.send(hex('01080984000080'), Uint8Array.of(1));
    await idle();
    await capture.close();
    await peer.close();

    expect(recorder.packets).toHaveLength(1);
    const [section, link, ...packets] = blocks(path);
    expect([section?.type, link?.type]).toEqual([0x0a0d0d0a, 1]);
    expect(packets.map(({ type, body }) => [type, toHex(body.subarray(20, 27)), body[32]])).toEqual([
      [6, '010908cb008002', 2],
      [6, '01080984000080', 1],
    ]);
    const reader = spawnSync('capinfos', ['-M', '-c', path], { encoding: 'utf8' });
    if (reader.error === undefined) expect(reader.stdout).toMatch(/Number of packets:\s+2/);
  });

  test('a file that cannot be opened stops the capture, not the link', async () => {
    const { peer, capture, lines, recorder } = make(join(folder, 'no', 'such', 'folder'));
    await peer.open(recorder);
    await capture.open(new Recorder());
    expect(capture.send(PACKET, Uint8Array.of(2))).toBe(true);
    await idle();
    expect(recorder.packets).toHaveLength(1);
    expect(lines.map((line) => line.message)).toEqual([
      'cannot open the capture file; packets are not captured',
    ]);
    await capture.close();
    await peer.close();
  });

  test('what the disk does not take in time is left out, whole blocks, and said once', async () => {
    const path = join(folder, 'flood');
    const { log, lines } = recordLog();
    const file = new CaptureFile({ path, link: 'lo0' }, log);
    await file.open(new Uint8Array(0));
    for (let block = 0; block < 1100; block++) file.append(new Uint8Array(1024).fill(block));
    await file.close();
    await file.close();
    expect(file.leftOut).toBe(1100 - 1024);
    expect(readFileSync(path).length).toBe(1024 * 1024);
    expect(lines).toHaveLength(1);
  });

  test('a file that fails when it is closed is told, and keeps nobody from closing', async () => {
    const { log, lines } = recordLog();
    const failing = {
      appendFile: () => Promise.resolve(),
      close: () => Promise.reject(new Error('EIO')),
    };
    const file = new CaptureFile({ path: 'close', link: 'lo0' }, log, () => Promise.resolve(failing));
    await file.open(Uint8Array.of(1));
    await file.close();
    expect(lines.map((line) => line.message)).toEqual(['cannot close the capture file']);
  });

  test('a full disk ends the capture with one line', async () => {
    const { log, lines } = recordLog();
    const file = new CaptureFile({ path: '/dev/full', link: 'lo0' }, log);
    await file.open(Uint8Array.of(1));
    await file.close();
    file.append(Uint8Array.of(2));
    await file.close();
    expect(lines.map((line) => line.message)).toEqual([
      'cannot write the capture file; the capture ends here',
    ]);
  });
});
