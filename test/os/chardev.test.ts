import { CharDevice, OpenMode } from '../../src/os/chardev';
import { Errno } from '../../src/os/errno';
import { loadNative, PollEvent } from '../../src/os/native-module';
import { openPty } from '../../src/os/pty';
import { expectNoDescriptorLeft } from '../support/descriptors';
import { until } from './until';

expectNoDescriptorLeft();

const native = loadNative();

test('a device that is not there says which', () => {
  expect(() => CharDevice.open(native, '/dev/aspeed-mctp-absent')).toThrow(
    expect.objectContaining({
      code: 'configuration',
      message: 'device /dev/aspeed-mctp-absent is not there (ENOENT)',
    }) as Error,
  );
  expect(() => CharDevice.open({ ...native, open: () => -Errno.EACCES }, '/dev/x')).toThrow(
    expect.objectContaining({ code: 'refused' }) as Error,
  );
});

test('packets are read and written, readiness is told, and close ends it', async () => {
  const pty = openPty({ ops: native });
  pty.master.start({ data: (bytes) => pty.master.write(bytes), closed: () => undefined });
  const device = CharDevice.open(native, pty.slavePath);
  const due: number[] = [];
  device.watch(PollEvent.readable, { ready: (events) => due.push(events), failed: () => due.push(-1) });
  expect(() => device.watch(1, { ready: () => undefined, failed: () => undefined })).toThrow(
    /watched already/,
  );
  const into = new Uint8Array(16);
  expect(device.read(into)).toBe(-Errno.EAGAIN);
  expect(device.write(Uint8Array.of(1, 2, 3))).toBe(3);
  await until(() => due.length > 0, 'the echo');
  expect(due[0]).toBe(PollEvent.readable);
  expect(device.read(into)).toBe(3);
  device.rewatch(0);
  device.rewatch(PollEvent.readable);
  device.close();
  device.close();
  expect(() => device.read(into)).toThrow(expect.objectContaining({ code: 'closed' }) as Error);
  pty.close();
});

test('priority events reach the listener (a terminal master in packet mode)', async () => {
  const device = CharDevice.open(native, '/dev/ptmx');
  const unlock = new Uint8Array(4);
  device.ioctl(0x40045431, unlock);
  const number = new Uint8Array(4);
  device.ioctl(0x80045430, number);
  const slave = CharDevice.open(native, `/dev/pts/${new Uint32Array(number.buffer)[0] ?? -1}`);
  device.ioctl(0x5420, new Uint8Array(Int32Array.of(1).buffer));
  const due: number[] = [];
  device.watch(PollEvent.prioritised, {
    ready: (events) => {
      due.push(events);
      device.rewatch(0);
    },
    failed: (errno) => due.push(-errno),
  });
  slave.ioctl(0x540b);
  await until(() => due.length > 0, 'the priority event');
  expect(due).toEqual([PollEvent.prioritised]);
  slave.close();
  device.close();
});

test('pitfall 10: a read of nothing is 0 for the caller to judge', () => {
  const device = CharDevice.open(native, '/dev/null', OpenMode.read);
  expect(device.read(new Uint8Array(4), 0)).toBe(0);
  expect(device.read(new Uint8Array(4))).toBe(0);
  device.close();
});
