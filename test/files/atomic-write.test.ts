import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atomicWrite } from '../../src/files/atomic-write';

describe('D-8 atomicWrite', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mctp-atomic-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  test('creates and replaces, leaving one file of the mode asked for', async () => {
    const path = join(folder, 'state.json');
    await atomicWrite(path, 'one');
    await atomicWrite(path, Uint8Array.of(0x32));
    expect(readFileSync(path, 'utf8')).toBe('2');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['state.json']);
  });

  test('a failure leaves the old content and no temporary file', async () => {
    const path = join(folder, 'taken');
    mkdirSync(join(path, 'full'), { recursive: true });
    await expect(atomicWrite(path, 'x')).rejects.toThrow(/EISDIR|ENOTEMPTY|EEXIST/);
    expect(readdirSync(folder).sort()).toEqual(['state.json', 'taken']);
    await expect(atomicWrite(join(folder, 'no', 'where'), 'x')).rejects.toThrow('ENOENT');
  });

  test('a leftover temporary file, even a link elsewhere, is replaced and not followed', async () => {
    const victim = join(folder, 'victim');
    writeFileSync(victim, 'kept');
    symlinkSync(victim, join(folder, 'again.tmp'));
    await atomicWrite(join(folder, 'again'), 'new');
    expect(readFileSync(victim, 'utf8')).toBe('kept');
    expect(readFileSync(join(folder, 'again'), 'utf8')).toBe('new');
  });
});
