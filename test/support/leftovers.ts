import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { expectNoDescriptorLeft } from './descriptors';

/**
 * To be called once at the top of a test file: no descriptor, process, file or socket may be left behind.
 * @param close ends what the tests of the file share
 */
export function expectNothingLeft(close: () => Promise<void> = () => Promise.resolve()): void {
  // Above every single wait, so that what was waited for in vain is told.
  jest.setTimeout(60_000);
  afterAll(close);
  afterAll(() => {
    expect(childProcesses()).toEqual([]);
    expect(ownFiles()).toEqual([]);
  });
  expectNoDescriptorLeft();
}

/** Command lines of our children, zombies included. */
function childProcesses(): string[] {
  return readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8')
    .split(' ')
    .filter((pid) => pid.trim() !== '')
    .map((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '));
}

/** Names carry the process id, so those of other tests that run at the same time are not meant. */
function ownFiles(): string[] {
  return readdirSync(tmpdir()).filter(
    (name) => name.startsWith('mctp-') && name.includes(`-${process.pid}-`),
  );
}
