import { existsSync } from 'node:fs';
import { systemClock } from '../../../src/base/clock';
import { systemRandom } from '../../../src/base/random';
import { KernelAdmin } from '../../../src/kernel/admin';
import type { SerialLink } from '../../../src/kernel/serial-link';
import { loadNative } from '../../../src/os/native-module';
import { openPty, type PtyPair } from '../../../src/os/pty';
import { CliHarness, type CliRun } from '../../cli/harness';
import { CleanUp } from '../../support/clean-up';
import { expectNoDescriptorLeft } from '../../support/descriptors';
import { Program, type ProgramEnd } from '../../support/program';
import { eventually, within } from '../../support/within';
import { Rtnl } from './rtnl';

/**
 * The verbs of `mctpctl` that speak to the kernel and not to a daemon. Those that last, and those of another user, are
 * processes, the others are run in ours; what they did is read with `Rtnl`.
 */

const NOBODY = 65534;

expectNoDescriptorLeft();

function openKernel(): KernelAdmin | undefined {
  return KernelAdmin.open(loadNative(), systemClock, systemRandom);
}

function isDevice(name: string): boolean {
  return existsSync(`/sys/class/net/${name}`);
}

function refused(...args: readonly string[]): Promise<CliRun> {
  const cli = new CliHarness();
  cli.openKernel = openKernel;
  return cli.run(...args);
}

async function mctpctl(...args: readonly string[]): Promise<string> {
  const { code, out, err } = await refused(...args);
  if (code !== 0) throw new Error(`mctpctl ${args.join(' ')}: status ${code}\n${err}`);
  return out;
}

interface LinkJson {
  readonly index: number;
  readonly network: number;
  readonly mtu: number;
  readonly up: boolean;
  readonly localEids: readonly number[];
}

async function shown(link: string): Promise<LinkJson> {
  return JSON.parse(await mctpctl('link', 'show', link, '--kernel', '--json')) as LinkJson;
}

/** A pty whose slave `mctpctl link serial` holds. */
class Attached implements AsyncDisposable {
  private constructor(
    readonly name: string,
    readonly program: Program,
    readonly pty: PtyPair,
  ) {}

  static async start(): Promise<Attached> {
    const pty = openPty({ ops: loadNative() });
    const program = Program.start('mctpctl', ['link', 'serial', pty.slavePath]);
    await program.says('Ctrl-C removes it');
    const [name] = /mctpserial\d+/.exec(program.stderr) ?? [''];
    return new Attached(name, program, pty);
  }

  get isThere(): boolean {
    return isDevice(this.name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program[Symbol.asyncDispose]();
    this.pty.close();
    await eventually(`the end of ${this.name}`, () => !this.isThere);
  }
}

test('link serial makes a link that is down, and says what comes next; SIGINT and SIGTERM remove it', async () => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    await using line = await Attached.start();
    expect(line.isThere).toBe(true);
    expect(await shown(line.name)).toMatchObject({ network: 1, mtu: 68, up: false, localEids: [] });
    const { status, stdout, stderr } = await line.program.stop(signal);
    expect([status, stdout]).toEqual([0, `${line.name}\n`]);
    expect(stderr).toContain(`mctpctl link set ${line.name} --up`);
    // We hold the slave as well: closing alone would have left it.
    expect(line.isThere).toBe(false);
  }
});

test('link serial ends when the line hangs up', async () => {
  await using line = await Attached.start();
  line.pty.close();
  const { status, stderr } = await line.program.ended;
  expect(status).toBe(1);
  expect(stderr).toContain(`has hung up; ${line.name} is gone with its EIDs and routes`);
  expect(line.isThere).toBe(false);
});

test('link serial of a line that is a link already leaves that one alone', async () => {
  await using line = await Attached.start();
  const second = await refused('link', 'serial', line.pty.slavePath);
  expect(second.code).toBe(1);
  expect(second.err).toContain(`${line.pty.slavePath} is a link already; another program has attached it`);
  expect(line.isThere).toBe(true);
});

/** What `link serial` does, in our own process: only so do two of them certainly meet. */
async function held(cleanUp: CleanUp): Promise<{ readonly serial: SerialLink; readonly pty: PtyPair }> {
  const pty = openPty({ ops: loadNative() });
  cleanUp.defer(() => pty.close());
  const kernel = openKernel();
  if (kernel === undefined) throw new Error('the kernel has no MCTP');
  cleanUp.defer(() => kernel.close());
  const serial = await kernel.attachSerial({ path: pty.slavePath, baud: 115_200 });
  cleanUp.defer(() => serial.detach());
  return { serial, pty };
}

test('link serial of two lines at the same moment: each tells its own link', async () => {
  await using cleanUp = new CleanUp();
  const [left, right] = await Promise.all([held(cleanUp), held(cleanUp)]);
  const names = [left, right].map(({ serial }) => serial.link.name);
  expect(new Set(names).size).toBe(2);
  left.pty.close();
  await within('the end of the left link', left.serial.gone);
  expect(names.map(isDevice)).toEqual([false, true]);
  right.serial.detach();
  expect(names.map(isDevice)).toEqual([false, false]);
});

test('link serial of what is no line', async () => {
  const { code, err } = await refused('link', 'serial', '/dev/null');
  expect(code).toBe(1);
  expect(err).toContain('this device is not a terminal line');
});

test('link set: up, down, network, MTU, all at once; what the device cannot is refused', async () => {
  await using line = await Attached.start();
  const { name } = line;
  expect(await mctpctl('link', 'set', name, '--up')).toBe(`${name}  up\n`);
  expect(await shown(name)).toMatchObject({ up: true, network: 1 });
  expect(await mctpctl('link', 'set', name, '--network', '5', '--mtu', '68', '--down')).toBe(
    `${name}  network 5  mtu 68  down\n`,
  );
  expect(await shown(name)).toMatchObject({ up: false, network: 5, mtu: 68 });
  expect(await mctpctl('link', 'list', '-k')).toMatch(
    new RegExp(`^${name} +5 +- +unknown +none +68-68 +down$`, 'm'),
  );
  const { code, err } = await refused('link', 'set', name, '--mtu', '69');
  expect(code).toBe(2);
  expect(err).toContain(`the MTU of ${name} is always 68`);
  // The loopback device has a wide range, and no limit at the top.
  expect(await mctpctl('link', 'set', 'lo', '--mtu', '1500')).toBe('lo  mtu 1500\n');
  expect(await shown('lo')).toMatchObject({ mtu: 1500 });
  await mctpctl('link', 'set', 'lo', '--mtu', '65536');
});

test('addr add and del, and each a second time', async () => {
  await using line = await Attached.start();
  const { name } = line;
  const { index } = await shown(name);
  using rtnl = new Rtnl();
  expect(await mctpctl('addr', 'add', '8', '--link', name)).toBe('network 1  8  added\n');
  expect(await rtnl.eids(index)).toEqual([8]);
  expect(await mctpctl('addr', 'list', '--kernel')).toMatch(new RegExp(`^ +1 +8 +${name}$`, 'm'));
  const twice = await refused('addr', 'add', '8', '--link', name);
  expect([twice.code, twice.err.split('\n')[0]]).toEqual([
    1,
    `mctpctl: the link has this EID already (link ${name}, EID 8)`,
  ]);
  expect(await mctpctl('addr', 'del', '8', '--link', name)).toBe('network 1  8  deleted\n');
  expect(await rtnl.eids(index)).toEqual([]);
  expect((await refused('addr', 'del', '8', '--link', name)).err).toContain(
    'the link does not have this EID',
  );
});

test('route add with an MTU and del; the newest is the first of the list', async () => {
  await using line = await Attached.start();
  const { name } = line;
  const { index } = await shown(name);
  using rtnl = new Rtnl();
  await mctpctl('route', 'add', '20-29', '--link', name, '--mtu', '68', '--kernel');
  await mctpctl('route', 'add', '21', '--link', name, '--kernel');
  expect(await rtnl.routes()).toEqual([`21 via ${index} mtu 0`, `20-29 via ${index} mtu 68`]);
  const routes = JSON.parse(await mctpctl('route', 'list', '--kernel', '--json')) as unknown;
  const rest = { network: 1, link: name, gateway: null };
  expect(routes).toEqual([
    { ...rest, first: 21, last: 21, mtu: null },
    { ...rest, first: 20, last: 29, mtu: 68 },
  ]);
  const twice = await refused('route', 'add', '21', '--link', name, '--kernel');
  expect(twice.err).toContain('its network has a route to just these EIDs already');
  await mctpctl('route', 'del', '20-29', '--link', name, '--kernel');
  expect(await rtnl.routes()).toEqual([`21 via ${index} mtu 0`]);
  const gone = await refused('route', 'del', '20-29', '--link', name, '--kernel');
  expect(gone.err).toContain('there is no route to just these EIDs');
});

test('routes that this kernel cannot have', async () => {
  await using line = await Attached.start();
  const gateway = await refused('route', 'add', '20', '--via', '9', '--network', '1', '--kernel');
  expect(gateway.err).toContain('this kernel has no routes through a gateway');
  const loopback = await refused('route', 'add', '20', '--link', 'lo', '--kernel');
  expect(loopback.err).toContain('cannot add the route: the kernel does not take it ("');
  const long = await refused('route', 'add', '20', '--link', line.name, '--mtu', '69', '--kernel');
  expect([long.code, long.err]).toEqual([2, expect.stringContaining(`the MTU of ${line.name} is always 68`)]);
});

test('neigh add and del; on a serial line the address is empty', async () => {
  await using line = await Attached.start();
  const { name } = line;
  expect(await mctpctl('neigh', 'add', '9', '--link', name, '--lladdr', 'none')).toBe(
    'network 1  9  added\n',
  );
  expect(await mctpctl('neigh', '--kernel')).toMatch(new RegExp(`^ +1 +9 +${name} +none$`, 'm'));
  const twice = await refused('neigh', 'add', '9', '--link', name);
  expect(twice.err).toContain('there is one for this EID already');
  await mctpctl('neigh', 'del', '9', '--link', name);
  expect(JSON.parse(await mctpctl('neigh', 'list', '-k', '--json'))).toEqual([]);
  expect((await refused('neigh', 'del', '9', '--link', name)).err).toContain('there is none for this EID');
  const wrong = await refused('neigh', 'add', '9', '--link', name, '--lladdr', '0x1d');
  expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining('has 0 bytes, not 1')]);
});

test('anybody may look; changing takes CAP_NET_ADMIN, and the message says so', async () => {
  await using line = await Attached.start();
  const { name } = line;
  const as = (...args: readonly string[]): Promise<ProgramEnd> =>
    Program.run('mctpctl', args, { uid: NOBODY });
  expect((await as('link', 'list', '--kernel')).stdout).toContain(name);
  const { status, stderr } = await as('addr', 'add', '8', '--link', name);
  expect([status, stderr]).toEqual([
    1,
    expect.stringContaining(`cannot add the EID: that needs CAP_NET_ADMIN (link ${name}, EID 8)`),
  ]);
});
