import { readdirSync, readlinkSync } from 'node:fs';

/** Sockets, terminals, pipes and the like this process has open, by descriptor. Plain files come and go with the test runner. */
export function openDescriptors(): string[] {
  return readdirSync('/proc/self/fd')
    .map((fd) => `${fd} ${target(fd)}`)
    .filter((each) => /^\d+ (socket:|pipe:|anon_inode:|\/dev\/)/.test(each))
    .sort();
}

/** To be called once at the top of a test file: fails it when it leaves a descriptor behind. */
export function expectNoDescriptorLeft(): void {
  let before: string[] = [];
  beforeAll(() => {
    before = openDescriptors();
  });
  afterAll(async () => {
    // What was closed in the last test may still need turns of the event loop.
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(openDescriptors()).toEqual(before);
  });
}

function target(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    // The descriptor the listing itself was read through.
    return 'gone';
  }
}
