import { AttachedLine } from '../../src/os/attached-line';
import { Errno } from '../../src/os/errno';
import { loadNative } from '../../src/os/native-module';
import { expectNoDescriptorLeft } from '../support/descriptors';
import { FakeKernel } from '../support/fake-kernel/fake-kernel';
import { FakeTtys } from '../support/fake-kernel/ttys';
import { TestClock } from '../support/test-clock';

expectNoDescriptorLeft();

const PATH = '/dev/ttyS1';

function ttys(): FakeTtys {
  const made = new FakeTtys(new FakeKernel({ clock: new TestClock() }));
  made.add(PATH);
  return made;
}

test('a line that is not there, and one that is no terminal: nothing stays open', () => {
  const native = loadNative();
  const missing = (): AttachedLine => AttachedLine.attach(native, { path: '/dev/nowhere', baud: 0 });
  expect(missing).toThrow(expect.objectContaining({ context: { errno: Errno.ENOENT } }) as Error);
  const file = (): AttachedLine => AttachedLine.attach(native, { path: '/dev/null', baud: 0 });
  expect(file).toThrow(/not a terminal line/);
});

test('what is attached is asked of the tty itself, by TIOCGETD', () => {
  const native = loadNative();
  const opened = native.openpty();
  if (typeof opened === 'number') throw new Error(`openpty ${opened}`);
  const [master, slave, path] = opened;
  // 28 can be set only where the kernel has MCTP, so the answer is turned into that.
  const ops = {
    open: native.open.bind(native),
    closeFd: native.closeFd.bind(native),
    setRaw: native.setRaw.bind(native),
    setLineDiscipline: native.setLineDiscipline.bind(native),
    ioctl: (fd: number, request: number, argument: Uint8Array | null): number => {
      const result = native.ioctl(fd, request, argument);
      expect([result, argument]).toEqual([0, Uint8Array.of(0, 0, 0, 0)]);
      argument?.set([28]);
      return result;
    },
  };
  expect(() => AttachedLine.attach(ops, { path, baud: 0 })).toThrow(
    expect.objectContaining({ code: 'name-taken' }) as Error,
  );
  native.closeFd(master);
  native.closeFd(slave);
});

test('detached it is an ordinary tty again, also where somebody else has it open; twice is fine', () => {
  const { ops, ttys: all } = ttys();
  const other = ops.open(PATH, 2);
  const line = AttachedLine.attach(ops, { path: PATH, baud: 9600 });
  expect(all.get(PATH)).toMatchObject({ discipline: 28, isRaw: true, baud: 9600 });
  line.detach();
  line.detach();
  expect(all.get(PATH)?.discipline).toBe(0);
  ops.closeFd(other);
});
