import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/base/clock';
import { toHex } from '../../src/base/bytes';
import { nullLog } from '../../src/base/log';
import { seqpacketConnector } from '../../src/bindings/seqpacket-connector';
import { SimBusBinding } from '../../src/bindings/sim-bus';
import { decodeHello, encodeSimFrame, encodeWelcome } from '../../src/bindings/sim-bus-wire';
import { loadNative } from '../../src/os/native-module';
import type { SeqpacketConnection } from '../../src/os/seqpacket-connection';
import { SeqpacketServer } from '../../src/os/seqpacket-server';
import { hex } from '../support/vectors';
import { TestClock } from '../support/test-clock';
import { Recorder } from './recorder';
import { until } from './until';

const PACKET = hex('010908cb008002');
const path = join(tmpdir(), `mctp-sim-bus-${process.pid}`);

function serve() {
  const ops = loadNative();
  const clients: SeqpacketConnection[] = [];
  const frames: Uint8Array[] = [];
  const server = SeqpacketServer.listen({
    ops,
    clock: systemClock,
    name: path,
    limits: { frames: 16, bytes: 1 << 20 },
    accept: (connection) => {
      clients.push(connection);
      return {
        message: (bytes) => {
          if (decodeHello(bytes)?.address === 0x10) connection.send(encodeWelcome(0));
          else frames.push(bytes);
        },
        closed: () => undefined,
      };
    },
  });
  const close = () => {
    server.close();
    clients.forEach((client) => client.close());
  };
  return { clients, frames, close };
}

function client(recorder: Recorder) {
  const clock = new TestClock();
  const connector = seqpacketConnector(loadNative, systemClock);
  const options = { name: 'sim0', socket: path, address: 0x10 };
  const binding = new SimBusBinding(options, { clock, log: nullLog, connector });
  return { clock, binding, opened: binding.open(recorder) };
}

describe('simulated bus over real sockets', () => {
  test('attaches, carries the longest packet both ways, sees the bus go, comes back', async () => {
    const first = serve();
    const recorder = new Recorder();
    const { clock, binding, opened } = client(recorder);
    await opened;
    expect(recorder.ups).toEqual([true]);

    const longest = new Uint8Array(65535).fill(0x5a);
    expect(binding.send(longest, Uint8Array.of(0x20))).toBe(true);
    await until(() => first.frames.length === 1);
    expect(first.frames[0]?.length).toBe(65538);
    const frame = { destination: 0x10, source: 0x20, broadcast: false, packet: longest };
    first.clients[0]?.send(encodeSimFrame(frame));
    await until(() => recorder.packets.length === 1);
    expect(recorder.packets[0]).toEqual({ packet: toHex(longest), source: '20' });

    first.close();
    await until(() => recorder.ups.length === 2);
    expect(recorder.ups).toEqual([true, false]);
    const second = serve();
    await clock.advance(1000);
    await until(() => recorder.ups.length === 3);
    expect(binding.send(PACKET, Uint8Array.of(0x20))).toBe(true);
    await until(() => second.frames.length === 1);
    await binding.close();
    second.close();
    expect(existsSync(path)).toBe(false);
  });

  test('a server that does not read: false, then writable, and nothing is lost', async () => {
    const server = serve();
    const recorder = new Recorder();
    const { binding, opened } = client(recorder);
    await opened;
    server.clients[0]?.pause();
    let sent = 0;
    while (binding.send(PACKET, Uint8Array.of(0x20)) && sent < 10_000) sent++;
    expect(sent).toBeGreaterThan(64);
    expect(sent).toBeLessThan(10_000);
    server.clients[0]?.resume();
    await until(() => server.frames.length === sent);
    expect(recorder.writables).toBe(1);
    await binding.close();
    server.close();
  });

  test('nobody there', async () => {
    const recorder = new Recorder();
    const { clock, binding, opened } = client(recorder);
    await opened;
    expect(recorder.ups).toEqual([]);
    expect(clock.timers).toBe(1);
    await binding.close();
    expect(clock.timers).toBe(0);
  });
});
