import { execFile, execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { Iface, ROOT_PATH } from '../../src/base/bus-names';
import { expectNothingLeft } from '../support/leftovers';
import { PrivateBus } from '../support/private-bus';
import { TempFolder } from '../support/temp-folder';
import { VirtualManager } from '../support/virtual-manager';
import { within } from '../support/within';

/** A client in another language and another process, against the daemon and a simulated device. */

const SOURCE = join(__dirname, 'c-client', 'demux-client.c');

let folder: TempFolder;
let bus: PrivateBus;
let manager: VirtualManager;
let names: readonly string[];

expectNothingLeft(async () => {
  await manager[Symbol.asyncDispose]();
  await bus.stop();
  folder[Symbol.dispose]();
});

beforeAll(async () => {
  folder = new TempFolder();
  execFileSync('cc', ['-O1', '-Wall', '-Wextra', '-Werror', '-o', folder.join('demux-client'), SOURCE]);
  bus = await PrivateBus.start();
  manager = await VirtualManager.start(bus, [
    { address: 0x20, types: [0, 'vendor-pci'], echo: ['vendor-pci'] },
  ]);
  expect(await manager.setUp(0x20)).toContain('9 1 ');
  names = (await manager.client.get(ROOT_PATH, Iface.ownManager, 'DemuxSockets')) as string[];
});

/** What it prints, line by line. */
function run(...args: string[]): Promise<string[]> {
  const ended = new Promise<string[]>((resolve, reject) => {
    execFile(folder.join('demux-client'), args, { maxBuffer: 1 << 24 }, (error, stdout) => {
      if (error === null) resolve(stdout.trim().split('\n'));
      else reject(new Error(error.message));
    });
  });
  return within('the C client', ended);
}

test.each([0, 1])('R-CONS-33, R-DEMUX-2 it exchanges messages with a device, by name %i', async (index) => {
  const long = `097e${'5a'.repeat(4000)}`;
  const frames = ['097e01', '097e', long, '097e04'];
  expect(await run(names[index]?.slice(1) ?? '', '7e', ...frames)).toEqual(frames);
});

test('R-DEMUX-2 a name that is one byte longer is another one', async () => {
  await expect(run(`${names[0]?.slice(1) ?? ''}0`, '7e')).rejects.toThrow(/Connection refused/);
});

test('R-CONS-39 it hears itself at the local EID', async () => {
  expect(await run(names[1]?.slice(1) ?? '', '05', '0805aabb')).toEqual(['0805aabb']);
});

test('R-DEMUX-6 it is closed when it registers for no type', async () => {
  expect(await run(names[0]?.slice(1) ?? '', '80')).toEqual(['closed']);
});

// Only root can become somebody else.
const asRoot = process.getuid?.() === 0 ? test : test.skip;

asRoot('R-DEMUX-40 an unprivileged user is closed at once', async () => {
  expect(await run('-u', '65534', names[0]?.slice(1) ?? '', '7e', '097e01')).toEqual(['closed']);
});

asRoot('R-DEMUX-41 who it was when it connected counts', async () => {
  expect(await run('-U', '65534', names[0]?.slice(1) ?? '', '7e', '097e01')).toEqual(['097e01']);
});
