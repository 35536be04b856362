import { MctpError } from '../../src/base/errors';
import type { FakeKernel, FakeKernelOptions } from '../support/fake-kernel/fake-kernel';
import { CliHarness, lines } from './harness';

/** The verbs that speak to the kernel, on one in memory: `mctpserial0` (index 2) and `mctpi2c1` (index 3). */

async function withLinks(options: Partial<FakeKernelOptions> = {}): Promise<CliHarness> {
  const cli = new CliHarness();
  cli.bus.running = false;
  const kernel = cli.useKernel(options);
  await kernel.plug('mctpserial0', { up: false });
  await kernel.plug('mctpi2c1', { network: 2, address: Uint8Array.of(0x10), maxMtu: 254, eids: [8] });
  return cli;
}

function link({ state }: FakeKernel, name: string) {
  const found = [...state.links.values()].find((each) => each.name === name);
  if (found === undefined) throw new Error(`no link ${name}`);
  return found;
}

const words = (command: string): string[] => command.split(' ');

describe('without the daemon', () => {
  test('link list is the table of the daemon; what only that knows is left out', async () => {
    const cli = await withLinks();
    const { code, out, err } = await cli.run('link', 'list', '--kernel');
    expect(lines(out)).toEqual([
      'NAME         NETWORK  ROLE  BINDING  ADDRESS            MTU       STATE',
      'lo                 1  -     unknown  00:00:00:00:00:00  68-65536  up',
      'mctpserial0        1  -     unknown  none               68-68     down',
      'mctpi2c1           2  -     unknown  0x10               68-254    up',
    ]);
    expect([code, err]).toEqual([0, '']);
    expect(cli.addresses).toEqual([]);
    expect(cli.kernel.openDescriptors).toBe(0);
    expect((await cli.run('link', '-k')).out).toBe(out);
  });

  test('link show has the MTU at the moment and our EIDs', async () => {
    const cli = await withLinks({ isNew: true });
    expect(lines((await cli.run('link', 'show', 'mctpi2c1', '-k')).out)).toEqual([
      'link',
      '  name     mctpi2c1',
      '  network  2',
      '  state    up',
      '  binding  unknown (kernel stack, index 3)',
      '  address  0x10',
      '  mtu      254 (68-254)',
      '  eids     8',
    ]);
    expect(JSON.parse((await cli.run('link', 'show', 'mctpi2c1', '-k', '--json')).out)).toEqual({
      ...{ name: 'mctpi2c1', path: null, network: 2, role: null, index: 3, backend: 'kernel' },
      ...{ binding: 'unknown', physicalAddress: '0x10', minMtu: 68, maxMtu: 254, up: true },
      ...{ mtu: 254, localEids: [8] },
    });
  });

  test('addr list', async () => {
    const cli = await withLinks();
    link(cli.kernel, 'mctpserial0').eids = [20, 9];
    expect(lines((await cli.run('addr', '--kernel')).out)).toEqual([
      'NETWORK  EID  LINK',
      '      1    9  mctpserial0',
      '      1   20  mctpserial0',
      '      2    8  mctpi2c1',
    ]);
    const { out } = await cli.run(...words('addr list -k --network 2 --json'));
    expect(JSON.parse(out)).toEqual([{ network: 2, eid: 8, link: 'mctpi2c1' }]);
  });

  test('route list keeps the order of the kernel, in which the first that fits is taken', async () => {
    const cli = await withLinks({ isNew: true });
    cli.kernel.state.routes = [
      { first: 12, extent: 1, mtu: 0, link: 0, gateway: { network: 2, eid: 11 } },
      { first: 20, extent: 0, mtu: 0, link: 2 },
      { first: 9, extent: 20, mtu: 128, link: 3 },
    ];
    expect(lines((await cli.run('route', '-k')).out)).toEqual([
      'NETWORK  EIDS   LINK         VIA  MTU',
      '      2  12-13  -             11    -',
      '      1  20     mctpserial0    -    -',
      '      2  9-29   mctpi2c1       -  128',
    ]);
  });

  test('neigh list, and the order of its rows', async () => {
    const cli = await withLinks();
    cli.kernel.state.neighbours = [
      { link: 3, eid: 10, address: Uint8Array.of(0x1e) },
      { link: 3, eid: 9, address: Uint8Array.of(0x1d) },
      { link: 2, eid: 30, address: new Uint8Array(0) },
    ];
    expect(lines((await cli.run('neigh', 'list', '-k')).out)).toEqual([
      'NETWORK  EID  LINK         ADDRESS',
      '      1   30  mctpserial0  none',
      '      2    9  mctpi2c1     0x1d',
      '      2   10  mctpi2c1     0x1e',
    ]);
  });
});

describe('changes', () => {
  test.each([
    ['link set mctpserial0 --up', 'mctpserial0  up', { up: true }],
    ['link set mctpi2c1 --down --mtu 128', 'mctpi2c1  mtu 128  down', { up: false, mtu: 128 }],
    ['link set mctpserial0 --network 5', 'mctpserial0  network 5', { network: 5, up: false }],
  ])('%s', async (command, said, after) => {
    const cli = await withLinks();
    expect(await cli.run(...words(command))).toEqual({ code: 0, out: `${said}\n`, err: '' });
    expect(link(cli.kernel, said.split(' ')[0] ?? '')).toMatchObject(after);
  });

  test.each([
    ['addr add 9 --link mctpserial0', 'network 1  9  added', { network: 1, eid: 9, link: 'mctpserial0' }],
    ['addr del 8 --link mctpi2c1', 'network 2  8  deleted', { network: 2, eid: 8, link: 'mctpi2c1' }],
    [
      'route add 20-24 --link mctpi2c1 --mtu 100 -k',
      'network 2  20-24  added',
      { network: 2, first: 20, last: 24, link: 'mctpi2c1', gateway: null, mtu: 100 },
    ],
    [
      'neigh add 9 --link mctpi2c1 --lladdr 1d',
      'network 2  9  added',
      { network: 2, eid: 9, link: 'mctpi2c1', physicalAddress: '0x1d' },
    ],
    [
      'neigh add 9 --link mctpserial0',
      'network 1  9  added',
      { network: 1, eid: 9, link: 'mctpserial0', physicalAddress: 'none' },
    ],
  ])('%s, for people and for programs', async (command, said, value) => {
    expect(await (await withLinks()).run(...words(command))).toEqual({ code: 0, out: `${said}\n`, err: '' });
    const { out } = await (await withLinks()).run(...words(command), '--json');
    expect(JSON.parse(out)).toEqual(value);
  });

  test('what was added is there, and can be deleted', async () => {
    const cli = await withLinks();
    const { state } = cli.kernel;
    await cli.run(...words('route add 20-24 --link mctpi2c1 --kernel'));
    await cli.run(...words('neigh add 20 --link mctpi2c1 --lladdr 0x1d'));
    expect(state.routes).toEqual([{ first: 20, extent: 4, mtu: 0, link: 3 }]);
    expect(state.neighbours).toEqual([{ link: 3, eid: 20, address: Buffer.of(0x1d) }]);
    expect((await cli.run(...words('route del 20-24 --link mctpi2c1 -k'))).out).toContain('deleted');
    expect((await cli.run(...words('neigh del 20 --link mctpi2c1 --json'))).out).toContain('"0x1d"');
    expect([state.routes, state.neighbours]).toEqual([[], []]);
  });

  test('a route through a gateway, on a kernel that has those', async () => {
    const cli = await withLinks({ isNew: true });
    await cli.run(...words('route add 20-21 --via 9 --network 2 -k'));
    expect(cli.kernel.state.routes).toEqual([
      { first: 20, extent: 1, mtu: 0, link: 0, gateway: { network: 2, eid: 9 } },
    ]);
    expect((await cli.run(...words('route del 20-21 -k'))).out).toBe('network 2  20-21  deleted\n');
    expect(cli.kernel.state.routes).toEqual([]);
  });
});

describe('what cannot be done', () => {
  test.each<[command: string, code: number, what: string, advice: string]>([
    [
      'addr add 8 --link serial0',
      1,
      'the kernel has no MCTP link serial0; the links are: lo, mctpserial0, mctpi2c1',
      'come from the configuration of the daemon',
    ],
    ['link show eth0 -k', 1, 'the kernel has no MCTP link eth0', 'mctpctl link list --kernel'],
    ['link set mctpserial0', 2, 'nothing to set', 'mctpctl link set mctpserial0 --up'],
    ['link set mctpserial0 --network 0', 2, 'A network is a number from 1', 'mctpctl link set --help'],
    ['link set mctpserial0 --up --down', 2, 'cannot be used with', 'mctpctl link set --help'],
    [
      'link set mctpserial0 --mtu 69',
      2,
      'the MTU of mctpserial0 is always 68',
      'mctpctl link show mctpserial0',
    ],
    ['link set mctpi2c1 --mtu 67', 2, 'the MTU of mctpi2c1 is 68 to 254', 'mctpctl link show mctpi2c1'],
    ['addr add 7 --link mctpi2c1', 2, 'An EID is a number from 8 to 254', 'mctpctl addr add --help'],
    ['addr add 255 --link mctpi2c1', 2, 'An EID is a number from 8 to 254', 'mctpctl addr add --help'],
    ['addr add 9', 2, "required option '-l, --link <LINK>'", 'mctpctl addr add --help'],
    ['addr add 8 --link mctpi2c1', 1, 'the link has this EID already (link mctpi2c1, EID 8)', 'addr list'],
    ['addr del 9 --link mctpi2c1', 1, 'the link does not have this EID (link mctpi2c1, EID 9)', 'addr list'],
    [
      'addr list -k --network 7',
      1,
      'there is no network 7; the networks are: 1, 2',
      'mctpctl link list --kernel',
    ],
    ['route add 20 -k', 2, 'either a link or a gateway', 'mctpctl route add 20-24 --link LINK'],
    ['route add 250-255 --link mctpi2c1 -k', 2, 'An EID is a number from 8 to 254', 'route add --help'],
    ['route add 20 --link lo -k', 1, '("no routes to loopback", EINVAL) (link lo, EID 20)', 'link list'],
    ['route add 20 --link mctpi2c1 --mtu 255 -k', 2, 'the MTU of mctpi2c1 is 68 to 254', 'link show'],
    ['route add 20 --link mctpi2c1 --network 1 -k', 2, 'the link mctpi2c1 is in network 2', '--network 2'],
    ['route add 8 --link mctpi2c1 -k', 1, 'its network has a route to just these EIDs already', 'addr list'],
    ['route add 20 --via 9 -k', 2, 'there are several networks', '--network 2'],
    [
      'route add 20 --via 9 -n 2 -k',
      1,
      'this kernel has no routes through a gateway',
      'mctpctl neigh add EID',
    ],
    [
      'route del 20 --link mctpi2c1 -k',
      1,
      'there is no route to just these EIDs (link',
      'mctpctl route list -',
    ],
    ['route del 20 -k', 1, 'there is no route to just these EIDs through a gateway', '--link LINK'],
    [
      'neigh add 9 --link mctpi2c1',
      2,
      'of mctpi2c1 has 1 byte, not 0',
      '--lladdr in the form of its own, 0x10',
    ],
    ['neigh add 9 --link mctpserial0 --lladdr 1d', 2, 'has 0 bytes, not 1', '--lladdr none'],
    ['neigh add 9 --link mctpi2c1 --lladdr xy', 2, 'A physical address is hex bytes', 'neigh add --help'],
    ['neigh del 9 --link mctpi2c1', 1, 'there is none for this EID (link mctpi2c1, EID 9)', 'neigh list'],
  ])('%s', async (command, code, what, advice) => {
    const cli = await withLinks();
    const result = await cli.run(...words(command));
    expect([result.code, result.out]).toEqual([code, '']);
    expect(result.err.split('\n')[0]).toContain(what);
    expect(result.err).toMatch(new RegExp(`^try: .*${advice.replace(/[(]/g, '\\(')}`, 'm'));
    expect(cli.kernel.openDescriptors).toBe(0);
  });

  test('one network is the one meant; lo counts once it has an EID, and by then somebody means it (D-10)', async () => {
    const cli = await withLinks({ isNew: true });
    for (const name of ['mctpserial0', 'mctpi2c1']) link(cli.kernel, name).network = 5;
    const add = words('route add 20 --via 9 --kernel');
    expect((await cli.run(...add)).out).toBe('network 5  20  added\n');
    link(cli.kernel, 'lo').eids = [9];
    const { code, err } = await cli.run(...add);
    expect([code, err]).toEqual([2, expect.stringContaining('there are several networks')]);
  });

  test('a gateway on a kernel that has nothing but lo', async () => {
    const cli = new CliHarness();
    cli.useKernel({ isNew: true });
    const { code, err } = await cli.run(...words('route add 20 --via 9 --kernel'));
    expect([code, err]).toEqual([1, expect.stringContaining('the kernel has no MCTP links but lo')]);
  });

  test('a gateway that a newer kernel does not take: what it says, and no word of missing gateways', async () => {
    const cli = await withLinks({ isNew: true });
    cli.kernel.refusals.push({ errno: 22, text: 'no such gateway' });
    const { code, err } = await cli.run(...words('route add 20 --via 9 -n 2 -k'));
    expect([code, lines(err)[0]]).toEqual([
      1,
      'mctpctl: cannot add the route: the kernel does not take it ("no such gateway", EINVAL) (EID 20)',
    ]);
  });

  test.each([
    ['--mtu 128 --network 5 --up', '', 1],
    ['--mtu 300 --network 5 --down', '; done all the same: down', 2],
    ['--mtu 128 --network 5 --down', '; done all the same: mtu 128, down', 1],
  ])('link set %s, of which the kernel does a part: which', async (change, done, status) => {
    const cli = await withLinks();
    const i2c = link(cli.kernel, 'mctpi2c1');
    cli.kernel.before = (type) => {
      if (type !== 16) return;
      if (done.includes('mtu')) i2c.mtu = 128;
      if (done.includes('down')) i2c.up = false;
    };
    cli.kernel.refusals.push({ errno: 22, text: 'no such network' });
    const { code, err } = await cli.run(...words(`link set mctpi2c1 ${change}`));
    const cause =
      status === 2
        ? 'the MTU of mctpi2c1 is 68 to 254'
        : 'cannot change the link: the kernel does not take it ("no such network", EINVAL) (link mctpi2c1)';
    expect([code, lines(err)[0]]).toEqual([status, `mctpctl: ${cause}${done}`]);
  });

  test('link set: the link has gone with the refusal', async () => {
    const cli = await withLinks();
    cli.kernel.before = (type) => {
      if (type === 16) cli.kernel.state.links.delete(3);
    };
    const { code, err } = await cli.run(...words('link set mctpi2c1 --mtu 128 --down'));
    expect([code, err]).toEqual([1, expect.stringContaining('the link has just gone (link mctpi2c1)')]);
  });

  test('a neighbour twice', async () => {
    const cli = await withLinks();
    const add = words('neigh add 9 --link mctpi2c1 --lladdr 0x1d');
    await cli.run(...add);
    const { code, err } = await cli.run(...add);
    expect(code).toBe(1);
    expect(err).toContain('there is one for this EID already (link mctpi2c1, address 0x1d, EID 9)');
  });

  test.each([
    'link set mctpserial0 --up',
    'addr add 9 --link mctpserial0',
    'addr del 8 --link mctpi2c1',
    'route add 9 --link mctpserial0 -k',
    'route del 9 --link mctpserial0 -k',
    'neigh add 9 --link mctpserial0',
    'neigh del 9 --link mctpserial0',
  ])('not permitted: %s', async (command) => {
    const cli = await withLinks({ may: { admin: false } });
    const { code, out, err } = await cli.run(...words(command));
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(/^mctpctl: cannot .*: that needs CAP_NET_ADMIN \(link mctp/);
    expect(err).toContain('try: sudo mctpctl');
  });

  test('the link went after we had looked', async () => {
    const cli = await withLinks();
    cli.kernel.refusals.push(19);
    const { code, err } = await cli.run(...words('addr add 9 --link mctpserial0'));
    expect(code).toBe(1);
    expect(err).toContain('cannot add the EID: the link has just gone (link mctpserial0, EID 9)');
  });

  test('the answer is lost: whether it was done is not known', async () => {
    const cli = await withLinks();
    cli.kernel.refusals.push(105);
    const { code, err } = await cli.run(...words('addr add 9 --link mctpserial0'));
    expect(code).toBe(1);
    expect(err).toContain('the answer of the kernel is lost; it may be done all the same (link mctpserial0');
  });

  test('without the native helper: how to get it, and nothing about a daemon', async () => {
    const cli = await withLinks();
    cli.openKernel = () => {
      throw new MctpError('not-supported', 'the native helper is not built; run `npm rebuild`');
    };
    const { code, err } = await cli.run('link', 'list', '--kernel');
    expect([code, err]).toEqual([1, 'mctpctl: the native helper is not built; run `npm rebuild`\n']);
  });

  test('a kernel without MCTP', async () => {
    const { code, err } = await new CliHarness().run('link', 'list', '--kernel');
    expect(code).toBe(1);
    expect(lines(err)).toEqual([
      'mctpctl: this kernel has no MCTP (no socket family AF_MCTP)',
      'try: sudo modprobe mctp   (the module may not be loaded)',
      'try: mctpctl link list    (user-space links, which need none; by the daemon)',
    ]);
  });
});

describe('with the daemon', () => {
  test('addr list has the local EIDs; the daemon does not say on which link', async () => {
    const { out } = await new CliHarness().run('addr');
    expect(lines(out)).toEqual(['NETWORK  EID  LINK', '      1    8  -']);
    const json = await new CliHarness().run('addr', 'list', '--json', '--network', '1');
    expect(JSON.parse(json.out)).toEqual([{ network: 1, eid: 8, link: null }]);
    expect((await new CliHarness().run('addr', '-n', '7')).err).toContain('there is no network 7');
  });

  test.each(['link', 'link show mctp0', 'addr', 'route', 'neigh'])(
    '%s advises --kernel where it cannot be reached',
    async (command) => {
      const cli = await withLinks();
      const { code, err } = await cli.run(...words(command));
      expect(code).toBe(3);
      expect(err).toContain('try: --kernel   (links of the kernel, without the daemon)');
      cli.connectError = new Error('no bus');
      expect((await cli.run(...words(command))).err).toContain('try: --kernel');
      expect((await cli.run('list')).err).not.toContain('--kernel');
    },
  );
});
