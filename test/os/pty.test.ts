import { loadNative } from '../../src/os/native-module';
import type { NativeModule } from '../../src/os/native-module';
import { Errno } from '../../src/os/errno';
import { FdStream } from '../../src/os/fd-stream';
import { openPty, type PtyPair } from '../../src/os/pty';
import { expectNoDescriptorLeft } from '../support/descriptors';
import { aWhile, until } from './until';

expectNoDescriptorLeft();

const native = loadNative();
const O_RDWR = 2;

interface Heard {
  bytes: Buffer;
  drains: number;
  ends: unknown[];
}

function listen(stream: FdStream): Heard {
  const heard: Heard = { bytes: Buffer.alloc(0), drains: 0, ends: [] };
  stream.start({
    data: (bytes) => (heard.bytes = Buffer.concat([heard.bytes, bytes])),
    writable: () => heard.drains++,
    closed: (cause) => heard.ends.push(cause),
  });
  return heard;
}

function openSlave(pty: PtyPair): FdStream {
  const fd = native.open(pty.slavePath, O_RDWR);
  expect(fd).toBeGreaterThan(2);
  return new FdStream(native, fd, { frames: 8, bytes: 1 << 20 });
}

test('all 256 byte values pass both ways unchanged, without echo', async () => {
  const pty = openPty({ ops: native });
  const master = listen(pty.master);
  const slave = openSlave(pty);
  const slaveHeard = listen(slave);
  const all = Uint8Array.from({ length: 256 }, (_, index) => index);
  expect(pty.master.write(all)).toBe('written');
  await until(() => slaveHeard.bytes.length === 256, 'bytes at the slave');
  expect(Buffer.compare(slaveHeard.bytes, all)).toBe(0);
  slave.write(all);
  await until(() => master.bytes.length >= 256, 'bytes at the master');
  await aWhile();
  expect(Buffer.compare(master.bytes, all)).toBe(0);
  slave.close();
  pty.close();
});

test('users of the slave come and go, the master does not hang up while a slave descriptor is kept', async () => {
  const pty = openPty({ ops: native });
  const heard = listen(pty.master);
  for (let round = 0; round < 3; round++) {
    const slave = openSlave(pty);
    slave.write(Uint8Array.of(round));
    await until(() => heard.bytes.length === round + 1, 'a byte');
    slave.close();
  }
  await aWhile();
  expect(heard.ends).toEqual([]);
  pty.close();
  pty.close();
});

test('without a kept slave descriptor the master hears the hang-up once', async () => {
  const pty = openPty({ ops: native, keepSlaveOpen: false });
  const slave = openSlave(pty);
  const heard = listen(pty.master);
  slave.write(Uint8Array.of(5));
  slave.close();
  await until(() => heard.ends.length === 1, 'the hang-up');
  expect(heard.ends).toEqual([undefined]);
  expect([...heard.bytes]).toEqual([5]);
  expect(pty.master.write(Uint8Array.of(1))).toBe('closed');
  pty.close();
});

test('closing the pty hangs up the slave', async () => {
  const pty = openPty({ ops: native });
  const slave = openSlave(pty);
  const heard = listen(slave);
  pty.close();
  await until(() => heard.ends.length === 1, 'the hang-up');
  expect(heard.ends).toEqual([undefined]);
});

test('a slave that does not read: writes queue up to the limit, then are refused whole, then all arrive in order', async () => {
  const pty = openPty({ ops: native, limits: { frames: 10, bytes: 1 << 20 } });
  const heard = listen(pty.master);
  const slave = openSlave(pty);
  let value = 0;
  const sent: Buffer[] = [];
  for (;;) {
    const frame = Buffer.alloc(1000, value++);
    if (pty.master.write(frame) === 'full') break;
    sent.push(frame);
  }
  expect(pty.master.backlog).toBeGreaterThan(8000);
  const slaveHeard = listen(slave);
  const total = sent.length * 1000;
  await until(() => slaveHeard.bytes.length === total, 'everything');
  expect(Buffer.compare(slaveHeard.bytes, Buffer.concat(sent))).toBe(0);
  expect(heard.drains).toBeGreaterThan(0);
  expect(pty.master.backlog).toBe(0);
  slave.close();
  pty.close();
});

test('a paused master leaves bytes in the terminal', async () => {
  const pty = openPty({ ops: native });
  const heard = listen(pty.master);
  pty.master.pause();
  const slave = openSlave(pty);
  slave.write(Uint8Array.of(1, 2, 3));
  await aWhile();
  expect(heard.bytes).toHaveLength(0);
  pty.master.resume();
  await until(() => heard.bytes.length === 3, 'the bytes');
  slave.close();
  pty.close();
});

test('closing from the data callback ends delivery', async () => {
  const pty = openPty({ ops: native });
  let chunks = 0;
  pty.master.start({
    data: () => {
      chunks++;
      pty.close();
    },
    closed: () => chunks++,
  });
  const slave = openSlave(pty);
  slave.write(new Uint8Array(4000));
  slave.write(Uint8Array.of(1));
  await until(() => chunks > 0, 'a chunk');
  await aWhile();
  expect(chunks).toBe(1);
  slave.close();
});

test('no terminal left is an error that names it, and a failed set-up closes both ends', () => {
  expect(() => openPty({ ops: { ...spread(), openpty: () => -Errno.EMFILE } })).toThrow(
    /pseudo terminal.*EMFILE/,
  );
  expect(() => openPty({ ops: { ...spread(), setRaw: () => -Errno.EIO } })).toThrow(/terminal line.*EIO/);
});

function spread(): NativeModule {
  return { ...native };
}
