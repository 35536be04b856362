import { Errno } from '../../src/os/errno';
import { loadNative } from '../../src/os/native-module';
import { LITTLE_ENDIAN, viewOf } from '../../src/os/native-order';
import { N_MCTP, setLineDiscipline, setRaw } from '../../src/os/tty';
import { expectNoDescriptorLeft } from '../support/descriptors';

expectNoDescriptorLeft();

const native = loadNative();
/** The ordinary line discipline; setting it detaches another. */
const N_TTY = 0;
const TCGETS2 = 0x802c542a;

function onPty(act: (slave: number) => void): void {
  const opened = native.openpty();
  if (typeof opened === 'number') throw new Error(`openpty ${opened}`);
  try {
    act(opened[1]);
  } finally {
    native.closeFd(opened[0]);
    native.closeFd(opened[1]);
  }
}

test('raw is 8N1 with no echo, translation or flow control; the speed is set where one is given', () => {
  onPty((slave) => {
    setRaw(native, slave, 123456);
    const settings = new Uint8Array(44);
    expect(native.ioctl(slave, TCGETS2, settings)).toBe(0);
    const word = (index: number): number => viewOf(settings).getUint32(4 * index, LITTLE_ENDIAN);
    const [input, output, control, local] = [word(0), word(1), word(2), word(3)];
    expect([input, output, local]).toEqual([0, 0, 0]);
    // CSIZE = CS8, no PARENB, CSTOPB or CRTSCTS.
    expect(control & (0x30 | 0x40 | 0x100 | 0x80000000)).toBe(0x30);
    expect([word(9), word(10)]).toEqual([123456, 123456]);
    setRaw(native, slave);
    native.ioctl(slave, TCGETS2, settings);
    expect([word(9), word(10)]).toEqual([123456, 123456]);
  });
});

test('a file is no terminal line', () => {
  const fd = native.open('/dev/null', 2);
  expect(() => setRaw(native, fd)).toThrow(expect.objectContaining({ code: 'not-supported' }) as Error);
  expect(() => setLineDiscipline(native, fd, N_TTY)).toThrow(/not a terminal line/);
  native.closeFd(fd);
});

test('the ordinary line discipline can always be set; one that cannot be there is not-supported', () => {
  onPty((slave) => {
    setLineDiscipline(native, slave, N_TTY);
    expect(() => setLineDiscipline(native, slave, 29)).toThrow(
      expect.objectContaining({ code: 'not-supported' }) as Error,
    );
  });
});

test.each([
  [-Errno.EINVAL, 'not-supported', /this kernel has no N_MCTP.*mctp-serial/],
  [-Errno.EPERM, 'refused', /CAP_NET_ADMIN/],
  [-Errno.EIO, 'internal', /cannot attach N_MCTP: EIO/],
])('N_MCTP answered with %d is %s', (result, code, text) => {
  const attach = (): void => setLineDiscipline({ setLineDiscipline: () => result }, 3, N_MCTP);
  expect(attach).toThrow(expect.objectContaining({ code }) as Error);
  expect(attach).toThrow(text);
});
