import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isMctpError } from '../../src/base/errors';
import { Errno } from '../../src/os/errno';
import { loadNative, MSG_TRUNC, packageRoot, PollEvent } from '../../src/os/native-module';
import { int32, LITTLE_ENDIAN, viewOf } from '../../src/os/native-order';
import { encodeUnixAddress } from '../../src/os/unix-address';
import { expectNoDescriptorLeft, openDescriptors } from '../support/descriptors';
import { aWhile, until } from './until';

expectNoDescriptorLeft();

const native = loadNative();
const ROOT = join(__dirname, '..', '..');
let serial = 0;
const freshName = (): string => `\0mctp-native-${process.pid}-${serial++}`;

/** Two connected seqpacket sockets. */
function pair(): [number, number] {
  const address = encodeUnixAddress(freshName());
  const server = native.socket(1, 5, 0);
  expect(native.bind(server, address)).toBe(0);
  expect(native.listen(server, 4)).toBe(0);
  const client = native.socket(1, 5, 0);
  expect(native.connect(client, address)).toBe(0);
  const accepted = native.accept(server) ?? -1;
  native.closeFd(server);
  expect(accepted).toBeGreaterThan(2);
  return [client, accepted];
}

describe('loading', () => {
  test('finds the package root from any folder below it', () => {
    expect(packageRoot(join(ROOT, 'src', 'os'))).toBe(ROOT);
    expect(packageRoot(join(ROOT, 'dist', 'src', 'os'))).toBe(ROOT);
    expect(() => packageRoot('/')).toThrow(/reinstall/);
  });

  test('a missing build says what to run', () => {
    const folder = mkdtempSync(join(tmpdir(), `mctp-root-${process.pid}-`));
    writeFileSync(join(folder, 'package.json'), '{"name":"x"}');
    try {
      loadNative(folder);
      throw new Error('loaded');
    } catch (error) {
      expect(isMctpError(error, 'not-supported')).toBe(true);
      expect(String(error)).toMatch(/npm rebuild mctp-endpoint-manager.*npx node-gyp-build/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('loading again gives the same module and no global appears', () => {
    const before = Object.getOwnPropertyNames(globalThis).length;
    expect(loadNative()).toBe(native);
    expect(Object.getOwnPropertyNames(globalThis)).toHaveLength(before);
  });
});

describe('results and errors', () => {
  test.each([
    ['closed descriptor', () => native.closeFd(987654), 'EBADF', 'close'],
    ['file as socket', () => native.recv(0, new Uint8Array(1)), 'ENOTSOCK', 'recvmsg'],
    [
      'watching a closed descriptor',
      () => new native.FdWatcher(987654, () => undefined),
      'EBADF',
      'uv_poll_init',
    ],
    ['too small an ioctl argument', () => native.ioctl(0, 0x802c542a, new Uint8Array(4)), 'EINVAL', 'ioctl'],
  ])('%s is a defect and throws with code, errno and syscall', (_, act, code, syscall) => {
    const name = code as keyof typeof Errno;
    expect(act).toThrow(expect.objectContaining({ code, errno: -Errno[name], syscall }) as Error);
  });

  test.each<[string, () => unknown]>([
    ['a negative descriptor', () => native.closeFd(-1)],
    ['a fraction', () => native.closeFd(1.5)],
    ['NaN', () => native.listen(0, NaN)],
    ['more than 32 bits', () => native.listen(0, 2 ** 31)],
    ['a string for a Buffer', () => untyped('write', 1, 'text')],
    ['words for bytes', () => untyped('write', 1, new Uint16Array(2))],
    ['no argument at all', () => untyped('recv')],
    ['a NUL in a path', () => native.open('/dev/null\0x', 0)],
    ['a negative position', () => native.read(0, new Uint8Array(1), -1)],
    ['no callback', () => Reflect.construct(native.FdWatcher, [0]) as unknown],
  ])('%s is a TypeError', (_, act) => {
    // By name: the helper's errors are of Node's realm, not of the test's.
    expect(act).toThrow(expect.objectContaining({ name: 'TypeError' }) as Error);
  });

  test('what the system may answer is a negative errno', () => {
    const [a, b] = pair();
    expect(native.recv(a, new Uint8Array(8))).toBe(-Errno.EAGAIN);
    expect(native.open('/dev/does-not-exist', 0)).toBe(-Errno.ENOENT);
    expect(native.socket(1, 4, 0)).toBe(-Errno.ESOCKTNOSUPPORT);
    expect(native.getsockopt(a, 1, 9999, 4)).toBeLessThan(0);
    native.closeFd(a);
    native.closeFd(b);
  });

  test('open never creates a file', () => {
    const path = join(tmpdir(), `mctp-never-${process.pid}`);
    expect(native.open(path, 0o102)).toBe(-Errno.ENOENT);
  });

  test('a position reads from there each time', () => {
    const path = join(tmpdir(), `mctp-positions-${process.pid}`);
    writeFileSync(path, 'abcdef');
    const fd = native.open(path, 0);
    const into = Buffer.alloc(2);
    for (const at of [0, 0, 4]) {
      expect(native.read(fd, into, at)).toBe(2);
      expect(into.toString()).toBe('abcdef'.slice(at, at + 2));
    }
    expect(native.read(fd, into, 6)).toBe(0);
    native.closeFd(fd);
    rmSync(path);
  });
});

describe('pitfalls', () => {
  test('pitfall 2: the descriptor is closed with the watcher and its number can be watched again at once', async () => {
    for (let round = 0; round < 50; round++) {
      const [a, b] = pair();
      let calls = 0;
      const watcher = new native.FdWatcher(a, () => calls++);
      watcher.start(PollEvent.readable);
      watcher.close();
      watcher.close();
      native.send(b, Buffer.from('x'), null, 0);
      native.closeFd(b);
      await new Promise((resolve) => setImmediate(resolve));
      expect(calls).toBe(0);
    }
  });

  test('pitfall 3: a second watcher on a watched descriptor is EEXIST, and the descriptor stays the first one’s', () => {
    const [a, b] = pair();
    const first = new native.FdWatcher(a, () => undefined);
    first.start(PollEvent.readable);
    expect(() => new native.FdWatcher(a, () => undefined)).toThrow(/EEXIST/);
    first.start(PollEvent.readable + PollEvent.writable);
    first.close();
    expect(() => first.start(PollEvent.readable)).toThrow(/EBADF/);
    native.closeFd(b);
  });

  test.each([0, 16, 255])('event mask %d is refused', (mask) => {
    const [a, b] = pair();
    const watcher = new native.FdWatcher(a, () => undefined);
    expect(() => watcher.start(mask)).toThrow(/EINVAL/);
    watcher.close();
    native.closeFd(b);
  });

  test('pitfall 6: the callback may close its own watcher', async () => {
    const [a, b] = pair();
    let calls = 0;
    const watcher = new native.FdWatcher(a, () => {
      calls++;
      watcher.close();
    });
    watcher.start(PollEvent.readable);
    native.send(b, Buffer.from('x'), null, 0);
    await until(() => calls > 0, 'the callback');
    await aWhile();
    expect(calls).toBe(1);
    native.closeFd(b);
  });

  test('pitfall 6: a callback may close the watcher that is due next in the same turn', async () => {
    const pairs = [pair(), pair()] as const;
    const called: number[] = [];
    const watchers = pairs.map(
      ([a], index) =>
        new native.FdWatcher(a, () => {
          called.push(index);
          for (const each of watchers) each.close();
        }),
    );
    for (const watcher of watchers) watcher.start(PollEvent.readable);
    for (const [, b] of pairs) native.send(b, Buffer.from('x'), null, 0);
    await until(() => called.length > 0, 'one callback');
    await aWhile();
    expect(called).toHaveLength(1);
    for (const [, b] of pairs) native.closeFd(b);
  });

  test('pitfall 5: promise reactions of a callback run before the next one', async () => {
    const pairs = [pair(), pair()] as const;
    const order: string[] = [];
    const watchers = pairs.map(
      ([a], index) =>
        new native.FdWatcher(a, () => {
          order.push(`call ${index}`);
          queueMicrotask(() => order.push(`reaction ${index}`));
          watchers[index]?.stop();
        }),
    );
    for (const watcher of watchers) watcher.start(PollEvent.readable);
    for (const [, b] of pairs) native.send(b, Buffer.from('x'), null, 0);
    await until(() => order.length === 4, 'both callbacks');
    expect(order.filter((each) => each.startsWith('call'))).toHaveLength(2);
    expect(order[1]).toBe(order[0]?.replace('call', 'reaction'));
    for (const watcher of watchers) watcher.close();
    for (const [, b] of pairs) native.closeFd(b);
  });

  test('pitfall 9: a cut message tells its true length and MSG_TRUNC', () => {
    const [a, b] = pair();
    native.send(b, Buffer.alloc(100, 7), null, 0);
    native.send(b, Buffer.alloc(10, 8), null, 0);
    const into = new Uint8Array(10);
    expect(receive(a, into)).toEqual([100, MSG_TRUNC]);
    expect(receive(a, into)).toEqual([10, 0]);
    expect([...into]).toEqual(Array(10).fill(8));
    native.closeFd(a);
    native.closeFd(b);
  });

  test('pitfall 10: an empty message and the end of the connection look the same', () => {
    const [a, b] = pair();
    native.send(b, new Uint8Array(0), null, 0);
    const into = new Uint8Array(4);
    const empty = receive(a, into);
    native.closeFd(b);
    expect(receive(a, into)).toEqual(empty);
    expect(empty).toEqual([0, 0]);
    native.closeFd(a);
  });

  test('pitfall 11: sending to a peer that is gone is EPIPE and no signal; 1 MiB is EMSGSIZE', () => {
    const [a, b] = pair();
    expect(native.send(a, new Uint8Array(1 << 20), null, 0)).toBe(-Errno.EMSGSIZE);
    native.closeFd(b);
    let signalled = false;
    const note = (): void => {
      signalled = true;
    };
    process.once('SIGPIPE', note);
    expect(native.send(a, Buffer.from('x'), null, 0)).toBe(-Errno.EPIPE);
    process.off('SIGPIPE', note);
    expect(signalled).toBe(false);
    native.closeFd(a);
  });

  test('pitfall 12: a full backlog is EAGAIN, an absent name and one with a NUL more are ECONNREFUSED', () => {
    const name = freshName();
    const server = native.socket(1, 5, 0);
    native.bind(server, encodeUnixAddress(name));
    native.listen(server, 1);
    const clients = Array.from({ length: 3 }, () => native.socket(1, 5, 0));
    const results = clients.map((fd) => native.connect(fd, encodeUnixAddress(name)));
    expect(results).toEqual([0, 0, -Errno.EAGAIN]);
    const other = native.socket(1, 5, 0);
    expect(native.connect(other, encodeUnixAddress(`${name}\0`))).toBe(-Errno.ECONNREFUSED);
    expect(native.connect(other, encodeUnixAddress(freshName()))).toBe(-Errno.ECONNREFUSED);
    for (const fd of [server, other, ...clients]) native.closeFd(fd);
  });

  test('a seqpacket socket of another kind is refused too', () => {
    const name = encodeUnixAddress(freshName());
    const stream = native.socket(1, 1, 0);
    native.bind(stream, name);
    native.listen(stream, 1);
    const client = native.socket(1, 5, 0);
    // 91, EPROTOTYPE, for a path; an abstract name is looked up by type as well.
    expect([-Errno.ECONNREFUSED, -91]).toContain(native.connect(client, name));
    native.closeFd(stream);
    native.closeFd(client);
  });

  test('priority events: a terminal master in packet mode reports a flush of its slave as event 8', async () => {
    const opened = native.openpty();
    if (typeof opened === 'number') throw new Error(`openpty ${opened}`);
    const [master, slave] = opened;
    const TIOCPKT = 0x5420;
    const TCFLSH = 0x540b;
    expect(native.ioctl(master, TIOCPKT, int32(1))).toBe(0);
    const seen: number[] = [];
    const watcher = new native.FdWatcher(master, (status, events) => {
      seen.push(status, events);
      watcher.stop();
    });
    watcher.start(PollEvent.prioritised);
    await aWhile();
    expect(seen).toEqual([]);
    expect(native.ioctl(slave, TCFLSH, null)).toBe(0);
    await until(() => seen.length > 0, 'the priority event');
    expect(seen).toEqual([0, PollEvent.prioritised]);
    watcher.close();
    native.closeFd(slave);
  });

  test('new descriptors are close-on-exec and non-blocking', () => {
    const [a, b] = pair();
    const opened = native.openpty();
    if (typeof opened === 'number') throw new Error(`openpty ${opened}`);
    const device = native.open('/dev/null', 2);
    const O_CLOEXEC_NONBLOCK = 0o2004000;
    for (const fd of [a, b, opened[0], opened[1], device]) {
      expect(flagsOf(fd) & O_CLOEXEC_NONBLOCK).toBe(O_CLOEXEC_NONBLOCK);
      native.closeFd(fd);
    }
  });

  test('getsockopt gives what setsockopt set, in the length the kernel uses', () => {
    const [a, b] = pair();
    expect(native.setsockopt(a, 1, 7, int32(65536))).toBe(0);
    const value = native.getsockopt(a, 1, 7, 64);
    if (typeof value === 'number') throw new Error(`getsockopt ${value}`);
    expect(value).toHaveLength(4);
    // The kernel doubles SO_SNDBUF for its own accounting.
    expect(viewOf(value).getInt32(0, LITTLE_ENDIAN)).toBe(131072);
    native.closeFd(a);
    native.closeFd(b);
  });
});

test('10000 connect and close cycles leave no descriptor', () => {
  const address = encodeUnixAddress(freshName());
  const server = native.socket(1, 5, 0);
  native.bind(server, address);
  native.listen(server, 8);
  const before = openDescriptors();
  for (let cycle = 0; cycle < 10_000; cycle++) {
    const client = native.socket(1, 5, 0);
    native.connect(client, address);
    const accepted = native.accept(server) ?? -1;
    if (accepted < 0) throw new Error(`accept ${accepted}`);
    native.closeFd(accepted);
    native.closeFd(client);
  }
  expect(openDescriptors()).toEqual(before);
  native.closeFd(server);
});

/** A call that the types forbid. */
function untyped(name: string, ...values: unknown[]): unknown {
  return (native as unknown as Record<string, (...values: unknown[]) => unknown>)[name]?.(...values);
}

/** Length and flags; a client also gets the server's name. */
function receive(fd: number, into: Uint8Array): unknown {
  const received = native.recv(fd, into);
  return typeof received === 'number' ? received : [received[0], received[1]];
}

function flagsOf(fd: number): number {
  const info = Buffer.alloc(512);
  const file = native.open(`/proc/self/fdinfo/${fd}`, 0);
  const length = native.read(file, info, null);
  native.closeFd(file);
  return parseInt(/flags:\s*(\d+)/.exec(info.toString('latin1', 0, length))?.[1] ?? '0', 8);
}
