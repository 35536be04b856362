import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { packageRoot, packageVersion } from '../../src/files/package-root';

describe('packageRoot', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mctp-root-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  test('from src/files it is the checkout, whose version it tells', () => {
    const root = resolve(__dirname, '..', '..');
    expect(packageRoot()).toBe(root);
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    expect(packageVersion()).toBe(version);
  });

  test('works from dist/src/files as well', () => {
    const deep = join(folder, 'dist', 'src', 'files');
    mkdirSync(deep, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{"version": "9.8.7"}');
    expect(packageRoot(deep)).toBe(folder);
    expect(packageVersion(packageRoot(deep))).toBe('9.8.7');
  });

  test('says where it looked, and what is missing', () => {
    expect(() => packageRoot('/')).toThrow('no package.json in / or above');
    writeFileSync(join(folder, 'package.json'), '{}');
    expect(() => packageVersion(folder)).toThrow('has no version');
  });
});
