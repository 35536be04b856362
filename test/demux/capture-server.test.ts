import { toHex } from '../../src/base/bytes';
import { systemClock } from '../../src/base/clock';
import { LoopbackBus } from '../../src/bindings/loopback';
import { readBlocks } from '../../src/bindings/wrap/pcapng';
import { PacketTap } from '../../src/bindings/wrap/tap';
import { CaptureServer } from '../../src/demux/capture-server';
import type { Listen } from '../../src/demux/client-server';
import { loadNative } from '../../src/os/native-module';
import { connectSeqpacket } from '../../src/os/seqpacket';
import type { SeqpacketConnection } from '../../src/os/seqpacket-connection';
import { recordLog } from '../bindings/record-log';
import { Recorder } from '../bindings/recorder';
import { listenAs, listenHere } from '../client/socket-bench';
import { expectNoDescriptorLeft } from '../support/descriptors';
import { freshSocketName } from '../support/socket-name';
import { TestClock, idle } from '../support/test-clock';
import { hex } from '../support/vectors';
import { eventually } from '../support/within';

expectNoDescriptorLeft();

const PACKET = hex('010908cb008002');

class Reader {
  readonly heard: string[] = [];
  ended = false;
  connection: SeqpacketConnection | undefined;

  static async connect(name: string): Promise<Reader> {
    const reader = new Reader();
    reader.connection = await connectSeqpacket({
      ...{ ops: loadNative(), clock: systemClock, name, patienceMs: 2000, limits: { frames: 9, bytes: 999 } },
      listener: {
        message: (bytes) => {
          for (const block of readBlocks(bytes) ?? []) reader.heard.push(brief(block));
        },
        closed: () => (reader.ended = true),
      },
    });
    return reader;
  }

  hears(count: number): Promise<boolean> {
    return eventually(`${count} blocks`, () => this.heard.length >= count);
  }
}

function brief(block: NonNullable<ReturnType<typeof readBlocks>>[number]): string {
  if (block.kind === 'link') return `link ${block.name}`;
  return block.kind === 'packet' ? `packet on ${block.link}` : block.kind;
}

function serve(listen: Listen = listenHere) {
  const { log, lines } = recordLog();
  const clock = new TestClock();
  const server = new CaptureServer({ clock, log, ownUid: process.getuid?.() ?? 0 });
  const name = freshSocketName('mctp-capture');
  server.listen(listen, name);
  return { server, name, lines };
}

describe('captures', () => {
  test('every reader gets the links first, then the packets of all of them, and links that come later', async () => {
    const { server, name } = serve();
    const seen = server.link('i2c0', 'i2c, network 1');
    seen(PACKET, true);
    const first = await Reader.connect(name);
    await first.hears(2);
    seen(PACKET, true);
    const other = server.link('serial0', 'serial, network 1');
    const second = await Reader.connect(name);
    await second.hears(3);
    other(PACKET, false);
    await first.hears(5);
    await second.hears(4);
    expect(first.heard).toEqual(['section', 'link i2c0', 'packet on 0', 'link serial0', 'packet on 1']);
    expect(second.heard).toEqual(['section', 'link i2c0', 'link serial0', 'packet on 1']);
    expect(server.size).toBe(2);
    first.connection?.close();
    await eventually('the end', () => server.size === 1);
    server.close();
    await eventually('the end', () => second.ended);
  });

  test('while nobody reads, not even the time is asked for', () => {
    const { log } = recordLog();
    const clock = new TestClock();
    clock.wallTime = () => {
      throw new Error('asked');
    };
    const server = new CaptureServer({ clock, log, ownUid: 0 });
    expect(() => server.link('i2c0', '')(PACKET, true)).not.toThrow();
    server.close();
  });

  test('R-DEMUX-40 whoever is neither root nor the daemon’s user is closed without a word', async () => {
    const listen = listenAs(() => ({ pid: 7, uid: 4711, gid: 4711 }));
    const { server, name, lines } = serve(listen);
    const reader = await Reader.connect(name);
    await eventually('the end', () => reader.ended);
    expect(reader.heard).toEqual([]);
    expect([server.size, lines[0]?.message]).toEqual([0, 'refused a client']);
    server.close();
  });

  test('a reader that does not read loses its connection, and no other one does', async () => {
    const { server, name, lines } = serve();
    const seen = server.link('i2c0', '');
    const slow = await Reader.connect(name);
    await slow.hears(2);
    slow.connection?.pause();
    const good = await Reader.connect(name);
    await good.hears(2);
    const large = new Uint8Array(4096);
    let told = 0;
    while (server.size === 2 && told < 10_000) {
      seen(large, true);
      if (++told % 16 === 0) await good.hears(2 + told);
    }
    expect(lines.map(({ message, fields }) => [message, fields['cause']])).toEqual([
      ['a capture was ended', 'it does not keep up'],
    ]);
    await good.hears(2 + told);
    expect([server.size, good.ended]).toEqual([1, false]);
    // Some 4 MiB wait in us, the rest is what the kernel buffers.
    expect(told).toBeLessThan(2500);
    good.connection?.close();
    slow.connection?.close();
    server.close();
  });

  test('a reader that talks is cut; the ninth is refused', async () => {
    const { server, name, lines } = serve();
    const readers = await Promise.all(Array.from({ length: 9 }, () => Reader.connect(name)));
    await eventually('the ninth', () => readers.some(({ ended }) => ended));
    expect([server.size, lines[0]?.fields['cause']]).toEqual([8, 'there are too many']);
    const one = readers.find(({ ended }) => !ended);
    one?.connection?.send(hex('00'));
    await eventually('the end', () => one?.ended);
    expect(server.size).toBe(7);
    server.close();
    for (const { connection } of readers) connection?.close();
  });
});

test('a tap shows what was sent and what came, not what a link that is down took', async () => {
  const bus = new LoopbackBus();
  const peer = bus.attach(2);
  const seen: string[] = [];
  const tap = new PacketTap(bus.attach(1), (packet, outbound) =>
    seen.push(`${outbound ? '>' : '<'}${toHex(packet)}`),
  );
  const recorder = new Recorder();
  await peer.open(new Recorder());
  tap.send(PACKET, Uint8Array.of(2));
  await tap.open(recorder);
  tap.send(PACKET, Uint8Array.of(2));
  peer.send(hex('01080984000080'), Uint8Array.of(1));
  await idle();
  expect(seen).toEqual(['>010908cb008002', '<01080984000080']);
  expect(recorder.packets).toHaveLength(1);
  await tap.close();
  await peer.close();
});
