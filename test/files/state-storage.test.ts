import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { diskStorage } from '../../src/files/state-storage';
import { TempFolder } from '../support/temp-folder';

const LIMIT = 1000;

test('D-8 the folder is made, the file is for us alone, and it is read again', async () => {
  using folder = new TempFolder();
  const path = folder.join('new/state.json');
  expect(await diskStorage.read(path, LIMIT)).toBeUndefined();
  await diskStorage.write(path, 'text');
  expect(await diskStorage.read(path, LIMIT)).toBe('text');
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test.each([
  ['more than it may have', 'x'.repeat(LIMIT + 1), /more than 1000/],
  ['no UTF-8', Buffer.of(0xff), /not valid/],
])('D-8 a file is refused that has %s', async (_, content, cause) => {
  using folder = new TempFolder();
  writeFileSync(folder.join('state.json'), content);
  await expect(diskStorage.read(folder.join('state.json'), LIMIT)).rejects.toThrow(cause);
});

test('D-8 neither a folder nor a link is taken for the file', async () => {
  using folder = new TempFolder();
  mkdirSync(folder.join('state.json'));
  await expect(diskStorage.read(folder.join('state.json'), LIMIT)).rejects.toThrow();
  symlinkSync('/etc/hostname', folder.join('link'));
  await expect(diskStorage.read(folder.join('link'), LIMIT)).rejects.toThrow(/ELOOP/);
});

test('D-8 D-12 a folder that is a file is told by its name', async () => {
  using folder = new TempFolder();
  const file = folder.write('file', '');
  await expect(diskStorage.read(`${file}/state.json`, LIMIT)).rejects.toThrow(`${file} is no folder`);
});

test('D-8 of damaged files the last three are kept', async () => {
  using folder = new TempFolder();
  const path = folder.join('state.json');
  for (const text of ['a', 'b', 'c', 'd']) {
    await diskStorage.write(path, text);
    expect(await diskStorage.setAside(path)).toBe(`${path}.damaged.1`);
  }
  expect(readdirSync(folder.path).sort()).toEqual([1, 2, 3].map((at) => `state.json.damaged.${at}`));
  expect([1, 2, 3].map((at) => readFileSync(`${path}.damaged.${at}`, 'utf8'))).toEqual(['d', 'c', 'b']);
});
