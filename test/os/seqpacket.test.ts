import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/base/clock';
import type { MctpError } from '../../src/base/errors';
import { isListeningSeqpacket } from '../../src/os/activation';
import { Errno } from '../../src/os/errno';
import { loadNative } from '../../src/os/native-module';
import { type ConnectOptions, connectSeqpacket } from '../../src/os/seqpacket';
import type { SeqpacketConnection, SeqpacketListener } from '../../src/os/seqpacket-connection';
import { SeqpacketServer } from '../../src/os/seqpacket-server';
import { encodeUnixAddress } from '../../src/os/unix-address';
import { expectNoDescriptorLeft } from '../support/descriptors';
import { TestClock } from '../support/test-clock';
import { FakeSocketOps } from './fake-native';
import { aWhile, until } from './until';

expectNoDescriptorLeft();

const native = loadNative();
const LIMITS = { frames: 256, bytes: 1 << 20 };
let serial = 0;
const freshName = (): string => `\0mctp-seqpacket-${process.pid}-${serial++}`;

class Recorder implements SeqpacketListener {
  readonly messages: Uint8Array[] = [];
  readonly oversizes: number[] = [];
  ends: (MctpError | undefined)[] = [];
  drains = 0;
  react: (bytes: Uint8Array) => void = () => undefined;

  message(bytes: Uint8Array): void {
    this.messages.push(bytes);
    this.react(bytes);
  }
  writable(): void {
    this.drains++;
  }
  closed(cause: MctpError | undefined): void {
    this.ends.push(cause);
  }
  oversized(length: number): void {
    this.oversizes.push(length);
  }
}

interface Bench {
  readonly server: SeqpacketServer;
  readonly accepted: { connection: SeqpacketConnection; recorder: Recorder }[];
}

function serve(name: string, adopt?: number): Bench {
  const accepted: Bench['accepted'] = [];
  const options = {
    ops: native,
    clock: systemClock,
    limits: LIMITS,
    accept: (connection: SeqpacketConnection) => {
      const recorder = new Recorder();
      accepted.push({ connection, recorder });
      return recorder;
    },
  };
  const server =
    adopt === undefined
      ? SeqpacketServer.listen({ ...options, name })
      : SeqpacketServer.adopt(options, adopt);
  return { server, accepted };
}

function connect(name: string, more: Partial<ConnectOptions> = {}): Promise<SeqpacketConnection> {
  return connectSeqpacket({
    ops: native,
    clock: systemClock,
    name,
    limits: LIMITS,
    listener: new Recorder(),
    patienceMs: 2000,
    ...more,
  });
}

async function bench(
  clientOps: ConnectOptions['ops'] = native,
): Promise<
  Bench & { client: SeqpacketConnection; heard: Recorder; peer: SeqpacketConnection; peerHeard: Recorder }
> {
  const name = freshName();
  const { server, accepted } = serve(name);
  const heard = new Recorder();
  const client = await connect(name, { listener: heard, ops: clientOps });
  await until(() => accepted.length === 1, 'the client');
  const [first] = accepted;
  if (first === undefined) throw new Error('nobody came');
  return { server, accepted, client, heard, peer: first.connection, peerHeard: first.recorder };
}

test('R-CONS-33 message boundaries hold both ways on an abstract name', async () => {
  const { server, client, heard, peer, peerHeard } = await bench();
  for (const length of [1, 4, 4097, 65536]) client.send(new Uint8Array(length).fill(length));
  await until(() => peerHeard.messages.length === 4, 'four messages');
  expect(peerHeard.messages.map((each) => each.length)).toEqual([1, 4, 4097, 65536]);
  peer.send(Uint8Array.of(1, 2));
  await until(() => heard.messages.length === 1, 'the answer');
  expect(heard.messages).toEqual([Uint8Array.of(1, 2)]);
  for (const each of [client, peer, server]) each.close();
});

test('R-DEMUX-40 the server knows pid, uid and gid of its client', async () => {
  const { server, client, peer } = await bench();
  expect(peer.credentials).toEqual({ pid: process.pid, uid: process.getuid?.(), gid: process.getgid?.() });
  for (const each of [client, peer, server]) each.close();
});

test('pitfall 9: a message longer than 65600 bytes is dropped with its true length', async () => {
  const { server, client, peer, peerHeard } = await bench();
  client.send(new Uint8Array(70_000));
  client.send(Uint8Array.of(1));
  await until(() => peerHeard.messages.length === 1, 'the short one');
  expect(peerHeard.oversizes).toEqual([70_000]);
  for (const each of [client, peer, server]) each.close();
});

test('pitfall 10: the end is heard once, after the last message', async () => {
  const { server, client, peer, peerHeard } = await bench();
  client.send(Uint8Array.of(7));
  client.close();
  await until(() => peerHeard.ends.length === 1, 'the end');
  expect(peerHeard.messages).toEqual([Uint8Array.of(7)]);
  expect(peerHeard.ends).toEqual([undefined]);
  expect(peer.closed).toBe(true);
  server.close();
});

test('a peer that goes with our message unread is heard too, with what it had sent', async () => {
  const { server, client, heard, peer } = await bench();
  peer.pause();
  client.send(Uint8Array.of(1));
  client.pause();
  peer.send(Uint8Array.of(9));
  await aWhile(5);
  client.resume();
  peer.close();
  await until(() => heard.ends.length === 1, 'the end');
  expect(heard.ends).toEqual([undefined]);
  expect(heard.messages).toEqual([Uint8Array.of(9)]);
  server.close();
});

test('pitfall 8: a stalled reader queues, nothing is lost or turned round, and the loop is not spun', async () => {
  let attempts = 0;
  const counting = {
    ...native,
    send: (...args: Parameters<typeof native.send>) => {
      attempts++;
      return native.send(...args);
    },
  };
  const { server, client, peer, peerHeard } = await bench(counting);
  peer.pause();
  const results = new Map<string, number>();
  let count = 0;
  const send = (): string => {
    const bytes = new Uint8Array(64);
    new DataView(bytes.buffer).setUint32(0, count);
    const result = client.send(bytes);
    results.set(result, (results.get(result) ?? 0) + 1);
    return result;
  };
  while (send() !== 'full') count++;
  expect(client.backlog).toEqual({ frames: 256, bytes: 256 * 64 });
  expect(results.get('sent')).toBeGreaterThan(50);
  const before = attempts;
  await aWhile(50);
  // With WRITABLE asked for on a full socket the loop must sleep, not call for ever.
  expect(attempts).toBe(before);
  peer.resume();
  await until(() => peerHeard.messages.length === count, 'all of it');
  const order = peerHeard.messages.map((each) => new DataView(each.buffer).getUint32(0));
  expect(order).toEqual(Array.from({ length: count }, (_, index) => index));
  expect(client.backlog.frames).toBe(0);
  for (const each of [client, peer, server]) each.close();
});

test('pitfall 8: a flood answered by an echo loses nothing', async () => {
  const { server, client, heard, peer, peerHeard } = await bench();
  let waiting: Uint8Array[] = [];
  peerHeard.react = (bytes) => {
    if (waiting.length > 0 || peer.send(bytes) === 'full') waiting.push(bytes);
  };
  peerHeard.writable = () => {
    const again = waiting;
    waiting = [];
    for (const bytes of again) peerHeard.react(bytes);
  };
  let sent = 0;
  const pump = (): void => {
    while (sent < 5000 && client.send(Uint8Array.of(sent & 0xff, sent >> 8)) !== 'full') sent++;
  };
  heard.writable = pump;
  pump();
  await until(() => heard.messages.length === 5000, 'the echo');
  expect(heard.messages.every((each, index) => ((each[1] ?? 0) << 8) + (each[0] ?? 0) === index)).toBe(true);
  for (const each of [client, peer, server]) each.close();
});

test('pitfall 7: a flooding client does not keep another one waiting', async () => {
  const { server, client, peer, peerHeard, accepted } = await bench();
  const other = await connect(server.name);
  await until(() => accepted.length === 2, 'the other client');
  let before = -1;
  const otherHeard = accepted[1]?.recorder ?? new Recorder();
  otherHeard.react = () => (before = peerHeard.messages.length);
  for (let i = 0; i < 200; i++) client.send(Uint8Array.of(i));
  other.send(Uint8Array.of(1));
  await until(() => before >= 0, 'the other message');
  expect(before).toBeLessThanOrEqual(128);
  for (const each of [client, other, peer, server]) each.close();
  accepted[1]?.connection.close();
});

test('a refused client is closed without a word', async () => {
  const name = freshName();
  const server = SeqpacketServer.listen({
    ops: native,
    clock: systemClock,
    limits: LIMITS,
    name,
    accept: () => undefined,
  });
  const heard = new Recorder();
  await connect(name, { listener: heard });
  await until(() => heard.ends.length === 1, 'the end');
  expect(heard.messages).toEqual([]);
  server.close();
});

describe('names', () => {
  test('R-DEMUX-3 a name that is taken is name-taken, and the first server lives on', async () => {
    const { server, client, peer } = await bench();
    expect(() => serve(server.name)).toThrow(expect.objectContaining({ code: 'name-taken' }) as Error);
    for (const each of [client, peer, server]) each.close();
  });

  test('a file path: mode, a living server is not replaced, a stale socket is, close removes it', async () => {
    const folder = mkdtempSync(join(tmpdir(), `mctp-socket-${process.pid}-`));
    const name = join(folder, 'bus');
    const stale = native.socket(1, 5, 0);
    native.bind(stale, encodeUnixAddress(name));
    native.closeFd(stale);
    const options = { ops: native, clock: systemClock, limits: LIMITS, accept: () => undefined, name };
    expect(() => SeqpacketServer.listen(options)).toThrow(/in use/);
    const server = SeqpacketServer.listen({ ...options, replaceStale: true, mode: 0o600 });
    expect(statSync(name).mode & 0o777).toBe(0o600);
    expect(() => SeqpacketServer.listen({ ...options, replaceStale: true })).toThrow(/in use/);
    (await connect(name)).close();
    server.close();
    expect(existsSync(name)).toBe(false);
    rmSync(folder, { recursive: true });
  });

  test("a file that is no socket is never taken over: it is somebody's data", () => {
    const folder = mkdtempSync(join(tmpdir(), `mctp-file-${process.pid}-`));
    const name = join(folder, 'notes.txt');
    writeFileSync(name, 'precious');
    const options = { ops: native, clock: systemClock, limits: LIMITS, accept: () => undefined, name };
    expect(() => SeqpacketServer.listen({ ...options, replaceStale: true })).toThrow(/no socket/);
    expect(readFileSync(name, 'utf8')).toBe('precious');
    rmSync(folder, { recursive: true });
  });

  test('R-DEMUX-4 a listening descriptor from outside is recognised and adopted with its name', async () => {
    const name = freshName();
    const fd = native.socket(1, 5, 0);
    native.bind(fd, encodeUnixAddress(name));
    expect(isListeningSeqpacket(native, fd)).toBe(false);
    native.listen(fd, 8);
    expect(isListeningSeqpacket(native, fd)).toBe(true);
    const { server, accepted } = serve('', fd);
    expect(server.name).toBe(name);
    const client = await connect(name);
    await until(() => accepted.length === 1, 'the client');
    for (const each of [client, accepted[0]?.connection, server]) each?.close();
  });
});

describe('connecting', () => {
  const fake = (connects: number[]): { ops: FakeSocketOps; clock: TestClock } => {
    const ops = new FakeSocketOps();
    ops.connects.push(...connects);
    return { ops, clock: new TestClock() };
  };

  test('pitfall 12, R-DEMUX-5: a full backlog is tried again with growing pauses', async () => {
    const { ops, clock } = fake([-Errno.EAGAIN, -Errno.EAGAIN, -Errno.EAGAIN]);
    const connection = await clock.settle(connect('\0x', { ops, clock }));
    expect(clock.now()).toBe(5 + 10 + 20);
    expect(connection.closed).toBe(false);
    expect(clock.timers).toBe(0);
  });

  test('patience ends: unreachable, and the descriptor is closed', async () => {
    const { ops, clock } = fake(Array<number>(100).fill(-Errno.EAGAIN));
    const attempt = connect('\0x', { ops, clock, patienceMs: 1000 });
    await expect(clock.settle(attempt)).rejects.toThrow(/@x.*backlog is full.*EAGAIN/);
    expect(clock.now()).toBe(1000);
    expect(ops.closed).toEqual([100]);
  });

  test('nobody there fails at once, or is waited for when asked', async () => {
    await expect(connect(freshName())).rejects.toMatchObject({ code: 'unreachable' });
    const { ops, clock } = fake([-Errno.ECONNREFUSED, -Errno.ENOENT]);
    const connection = await clock.settle(connect('\0x', { ops, clock, waitForServer: true }));
    expect(connection.closed).toBe(false);
  });

  test('permission denied is refused', async () => {
    const { ops, clock } = fake([-Errno.EACCES]);
    await expect(clock.settle(connect('/run/x', { ops, clock }))).rejects.toMatchObject({ code: 'refused' });
  });

  test('a real full backlog is overcome once the server accepts', async () => {
    const name = freshName();
    const fd = native.socket(1, 5, 0);
    native.bind(fd, encodeUnixAddress(name));
    native.listen(fd, 0);
    const first = await connect(name);
    const second = connect(name);
    await aWhile(10);
    const { server, accepted } = serve('', fd);
    const late = await second;
    await until(() => accepted.length === 2, 'both clients');
    for (const each of [first, late, server, ...accepted.map(({ connection }) => connection)]) each.close();
  });
});
