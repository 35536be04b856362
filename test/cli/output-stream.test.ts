import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const PROGRAM = join(__dirname, '..', '..', 'dist', 'src', 'cli', 'mctpctl.js');
const shell = (redirection: string) =>
  spawnSync('sh', ['-c', `"$0" "$1" --help ${redirection}`, process.execPath, PROGRAM], {
    encoding: 'utf8',
  });

test('R-DBUS-44 output that cannot be written is a failure of one line, not a stack', () => {
  const { status, stderr } = shell('> /dev/full');
  expect(status).toBe(1);
  expect(stderr).toMatch(/^mctpctl: cannot write the output: ENOSPC[^\n]*\n$/);
});

test('a reader that has enough is none', () => {
  const { status, stdout, stderr } = shell('| head -n 1');
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^Usage: mctpctl/);
});
