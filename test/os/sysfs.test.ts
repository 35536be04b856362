import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sysfsLookup } from '../../src/os/sysfs';

let root = '';

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), `mctp-sysfs-${process.pid}-`));
  const device = join(root, 'devices', 'platform', 'i2c-5');
  mkdirSync(join(device, 'net', 'mctpi2c5'), { recursive: true });
  mkdirSync(join(root, 'class', 'net', 'lo'), { recursive: true });
  symlinkSync('../../devices/platform/i2c-5/net/mctpi2c5', join(root, 'class', 'net', 'mctpi2c5'));
  symlinkSync('../..', join(device, 'net', 'mctpi2c5', 'device'));
  symlinkSync('/etc', join(root, 'class', 'net', 'lo', 'device'));
  writeFileSync(join(device, 'net', 'mctpi2c5', 'ifindex'), '7\n');
});

afterAll(() => rmSync(root, { recursive: true }));

test('a link’s device path is below the root', () => {
  expect(sysfsLookup(root).devicePath('mctpi2c5')).toBe('/devices/platform/i2c-5');
});

test('an attribute comes without its newline', () => {
  expect(sysfsLookup(root).attribute('mctpi2c5', 'ifindex')).toBe('7');
  expect(sysfsLookup(root).attribute('mctpi2c5', 'absent')).toBeUndefined();
  expect(sysfsLookup(root).attribute('mctpi2c5', 'device')).toBeUndefined();
});

test('no such link, and a device outside the root, are undefined', () => {
  expect(sysfsLookup(root).devicePath('mctpserial0')).toBeUndefined();
  expect(sysfsLookup(root).devicePath('lo')).toBeUndefined();
});

test.each(['', '.', '..', '../net/mctpi2c5', 'a\0b'])('the name %j does not leave the folder', (name) => {
  expect(sysfsLookup(root).devicePath(name)).toBeUndefined();
  expect(sysfsLookup(root).attribute('mctpi2c5', name)).toBeUndefined();
});

test('the real sysfs: lo has an ifindex and no device', () => {
  expect(sysfsLookup().attribute('lo', 'ifindex')).toBe('1');
  expect(sysfsLookup().devicePath('lo')).toBeUndefined();
});
