import { isMctpError } from '../../src/base/errors';
import type { DatagramOps } from '../../src/os/datagram-socket';
import { Errno } from '../../src/os/errno';
import { encodeMctpAddress, type MctpSocketAddress } from '../../src/os/mctp-address';
import { kernelHasMctp, MctpSocket } from '../../src/os/mctp-socket';
import { loadNative, type Received } from '../../src/os/native-module';
import { expectNoDescriptorLeft } from '../support/descriptors';
import { FakeWatcher } from './fake-native';
import { hex } from '../support/vectors';

expectNoDescriptorLeft();

const native = loadNative();
const silent = { message: () => undefined, failed: () => undefined };
const probe = native.socket(45, 2, 0);
if (probe >= 0) native.closeFd(probe);
const PEER: MctpSocketAddress = { network: 1, eid: 9, type: 0x84, tag: 8 };

/** A kernel with MCTP, as far as one socket shows it. */
function fakeKernel(socketResult = 50): {
  ops: DatagramOps;
  calls: unknown[][];
  inbox: (Received | number)[];
  watcher: () => FakeWatcher;
} {
  const calls: unknown[][] = [];
  const inbox: (Received | number)[] = [];
  const watchers: FakeWatcher[] = [];
  const note =
    (name: string, result = 0) =>
    (...args: unknown[]): number => {
      calls.push([name, ...args]);
      return result;
    };
  const ops: DatagramOps = {
    socket: note('socket', socketResult),
    bind: note('bind'),
    connect: note('connect'),
    send: note('send', -Errno.EBUSY),
    recv: (_fd, into) => {
      const next = inbox.shift();
      if (typeof next === 'object') into.fill(0xaa, 0, next[0]);
      return next ?? -Errno.EAGAIN;
    },
    getsockopt: () => -1,
    setsockopt: note('setsockopt'),
    getsockname: () => -1,
    ioctl: note('ioctl', -Errno.EINVAL),
    closeFd: note('closeFd'),
    FdWatcher: class extends FakeWatcher {
      constructor(...args: ConstructorParameters<typeof FakeWatcher>) {
        super(...args);
        watchers.push(this);
      }
    },
  };
  return {
    ops,
    calls,
    inbox,
    watcher: () => {
      const [first] = watchers;
      if (first === undefined) throw new Error('nothing watched');
      return first;
    },
  };
}

test('a kernel without MCTP answers EAFNOSUPPORT: not-supported, and nothing is left open', () => {
  // The real one where it is such a kernel.
  const ops = probe === -Errno.EAFNOSUPPORT ? native : fakeKernel(-Errno.EAFNOSUPPORT).ops;
  expect(kernelHasMctp(ops)).toBe(false);
  try {
    MctpSocket.open(ops, silent);
    throw new Error('opened');
  } catch (error) {
    expect(isMctpError(error, 'not-supported')).toBe(true);
    expect(String(error)).toMatch(/this kernel has no AF_MCTP \(EAFNOSUPPORT\)/);
  }
});

test('feature detection says what the kernel says', () => {
  expect(kernelHasMctp(native)).toBe(probe >= 0);
  expect(kernelHasMctp(fakeKernel().ops)).toBe(true);
  expect(kernelHasMctp(fakeKernel(-Errno.EAFNOSUPPORT).ops)).toBe(false);
  expect(() => kernelHasMctp(fakeKernel(-Errno.EMFILE).ops)).toThrow(/AF_MCTP.*EMFILE/);
});

test('binding, the extended option, sending and tag requests reach the kernel in its own layout', () => {
  const { ops, calls } = fakeKernel();
  const socket = MctpSocket.open(ops, silent);
  socket.bind({ network: 0, eid: 0xff, type: 4 });
  socket.useExtendedAddresses();
  expect(socket.send(Uint8Array.of(1, 2), PEER)).toBe(-Errno.EBUSY);
  const argument = Uint8Array.of(9, 0, 0, 0);
  expect(socket.ioctl(0x89e0, argument)).toBe(-Errno.EINVAL);
  expect(calls).toEqual([
    ['socket', 45, 2, 0],
    ['bind', 50, encodeMctpAddress({ network: 0, eid: 0xff, type: 4, tag: 0 })],
    ['setsockopt', 50, 285, 1, Uint8Array.from(new Uint8Array(Int32Array.of(1).buffer))],
    ['send', 50, Uint8Array.of(1, 2), encodeMctpAddress(PEER), 0],
    ['ioctl', 50, 0x89e0, argument],
  ]);
  socket.close();
  expect(() => socket.send(Uint8Array.of(1), PEER)).toThrow(/closed/);
});

test('R-API-11 the peer is named in the layout of an address; a kernel that cannot says so', () => {
  const { ops, calls } = fakeKernel();
  const socket = MctpSocket.open(ops, silent);
  const nine = { network: 1, eid: 9, type: 4 };
  expect(socket.nameSource(nine)).toBe(true);
  expect(calls.at(-1)).toEqual(['connect', 50, Uint8Array.from(hex('2d0000000100000009040000'))]);
  ops.connect = () => -Errno.EOPNOTSUPP;
  expect(socket.nameSource(nine)).toBe(false);
  ops.connect = () => -Errno.EINVAL;
  expect(() => socket.nameSource(nine)).toThrow(/name the peer.*EINVAL/);
  socket.close();
});

test('messages come with their address; an empty one (a lone type byte) is a message, junk addresses are none', () => {
  const { ops, inbox, watcher } = fakeKernel();
  const heard: unknown[] = [];
  const socket = MctpSocket.open(ops, {
    message: (bytes, from) => heard.push([bytes.length, from]),
    failed: (errno) => heard.push(errno),
  });
  const raw = encodeMctpAddress(PEER);
  inbox.push([3, 0, raw], [0, 0, raw], [3, 0, raw.subarray(0, 4)], [3, 0], -Errno.ENOMEM);
  watcher().fire(1);
  expect(heard).toEqual([[3, PEER], [0, PEER], Errno.ENOMEM]);
  socket.close();
});

test('a socket error stops the watcher; it is started again once the error is fetched', () => {
  const { ops, inbox, watcher } = fakeKernel();
  const errors: number[] = [];
  const socket = MctpSocket.open(ops, { message: () => undefined, failed: (errno) => errors.push(errno) });
  inbox.push(-Errno.ENOBUFS);
  watcher().fire(0, -Errno.EBADF);
  expect(errors).toEqual([Errno.ENOBUFS]);
  expect(watcher().masks).toEqual([1, 1]);
  socket.close();
  expect(watcher().isClosed).toBe(true);
});
