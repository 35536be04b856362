import { Iface, endpointPath, linkPath } from '../../src/base/bus-names';
import { FakeBus, variant } from '../scan/fake-bus';
import { endpointObject, linkObject, recordedObjects, UUID_9 } from '../scan/recorded';
import { CliHarness, lines } from './harness';

describe('list', () => {
  test('is a table by network and EID', async () => {
    const { code, out, err } = await new CliHarness().run('list');
    expect(lines(out)).toEqual([
      'NETWORK  EID  TYPES                                UUID                                  STATE      LINK   ADDRESS',
      '      1    8  control                              21f0f554-7f7c-4211-9ca1-6d0f000ea9e7  local      -      -',
      '      1    9  control,nvme-mi                      595a522d-77c5-4628-8400-37bfb41b710c  available  mctp0  0x1d',
      '      1   10  control,pldm,vendor-pci,vendor-iana  595a522d-77c5-4628-8400-37bfb41b710d  available  mctp0  0x1e',
      '      1   11  control                              -                                     available  mctp0  0x1f',
      '      1   12  control,pldm                         -                                     degraded   mctp0  behind 11',
    ]);
    expect([code, err]).toEqual([0, '']);
  });

  test('R-DBUS-50 shows what the reference daemon has, and a dash for the rest', async () => {
    const cli = new CliHarness(new FakeBus(recordedObjects({ own: false, networkSignature: 'u' })));
    const { out } = await cli.run('list');
    expect(lines(out)[2]).toBe(
      '      1    9  control,nvme-mi                      595a522d-77c5-4628-8400-37bfb41b710c  available  -     -',
    );
  });

  test('--json has every key for every endpoint, null where nothing is known', async () => {
    const cli = new CliHarness(
      new FakeBus({ [endpointPath(1, 20)]: endpointObject(20, { types: [0, 0x55] }) }),
    );
    const { out } = await cli.run('list', '--json');
    expect(JSON.parse(out)).toEqual([
      {
        network: 1,
        eid: 20,
        path: endpointPath(1, 20),
        local: false,
        types: [0, 0x55],
        typeNames: ['control', '0x55'],
        vendorTypes: [],
        uuid: null,
        connectivity: 'Available',
        link: null,
        physicalAddress: null,
        bridge: null,
        pool: null,
      },
    ]);
  });

  test('global options may stand before the verb', async () => {
    const before = await new CliHarness().run('--json', 'list');
    const after = await new CliHarness().run('list', '--json');
    expect(before).toEqual(after);
    expect(JSON.parse(before.out)).toHaveLength(5);
  });

  test('--network leaves the others out, and no endpoint at all is a note', async () => {
    const { code, out, err } = await new CliHarness().run('list', '--network', '2');
    expect([code, out]).toEqual([0, '']);
    expect(err).toBe('mctpctl: no endpoints in network 2; `mctpctl link list` shows the links\n');
    const json = await new CliHarness().run('list', '--network', '2', '--json');
    expect(JSON.parse(json.out)).toEqual([]);
  });

  test('R-CONS-14 a malformed object is reported on standard error and the rest shown', async () => {
    const objects = { ...recordedObjects(), [endpointPath(1, 50)]: { [Iface.endpoint]: {} } };
    const { code, out, err } = await new CliHarness(new FakeBus(objects)).run('list');
    expect(code).toBe(0);
    expect(lines(out)).toHaveLength(6);
    expect(err).toBe(`mctpctl: skipped ${endpointPath(1, 50)}: NetworkId is missing or not a number\n`);
  });

  test('control characters of a hostile daemon do not reach the terminal', async () => {
    const hostile = endpointObject(9, { uuid: '\x1b[2J\u202egone\n', connectivity: '\x07' });
    const { out } = await new CliHarness(new FakeBus({ [endpointPath(1, 9)]: hostile })).run('list');
    expect(out).toContain('\\x1b[2J\\u202egone\\x0a');
    expect(lines(out)).toHaveLength(2);
    expect(out).not.toContain('\x1b');
  });
});

describe('colour', () => {
  test('only on a terminal', async () => {
    const cli = new CliHarness();
    expect((await cli.run('list')).out).not.toContain('\x1b');
    cli.isTerminal = true;
    const { out } = await cli.run('list');
    expect(out).toContain('\x1b[32mavailable\x1b[39m');
    expect(lines(out)[2]?.replace(/\x1b\[\d+m/g, '')).toContain('  available  mctp0  0x1d');
  });

  test.each([
    ['--no-color', ['--no-color'], {}],
    ['NO_COLOR', [], { NO_COLOR: '1' }],
    ['a dumb terminal', [], { TERM: 'dumb' }],
  ])('%s switches it off', async (_name, options, env) => {
    const cli = new CliHarness();
    cli.isTerminal = true;
    cli.env = env;
    expect((await cli.run('list', ...options)).out).not.toContain('\x1b');
  });

  test('an empty NO_COLOR does not', async () => {
    const cli = new CliHarness();
    cli.isTerminal = true;
    cli.env = { NO_COLOR: '' };
    expect((await cli.run('list')).out).toContain('\x1b[32m');
  });
});

describe('tree', () => {
  test('hangs endpoints below their link, and those behind a bridge below it', async () => {
    const { out } = await new CliHarness().run('tree');
    expect(lines(out)).toEqual([
      'network 1',
      '├─ eid 8  local  control  21f0f554-7f7c-4211-9ca1-6d0f000ea9e7',
      '└─ link mctp0  bus-owner  i2c  0x10',
      '   ├─ eid 9  available  control,nvme-mi  595a522d-77c5-4628-8400-37bfb41b710c  at 0x1d',
      '   ├─ eid 10  available  control,pldm,vendor-pci,vendor-iana  595a522d-77c5-4628-8400-37bfb41b710d  at 0x1e',
      '   └─ eid 11  available  control  at 0x1f  pool 12-13',
      '      └─ eid 12  degraded  control,pldm',
    ]);
  });

  test('R-DBUS-50 without our interfaces the pool says what is behind a bridge', async () => {
    const cli = new CliHarness(new FakeBus(recordedObjects({ own: false })));
    expect(lines((await cli.run('tree')).out)).toEqual([
      'network 1',
      '├─ eid 8  local  control  21f0f554-7f7c-4211-9ca1-6d0f000ea9e7',
      '├─ eid 9  available  control,nvme-mi  595a522d-77c5-4628-8400-37bfb41b710c',
      '├─ eid 10  available  control,pldm,vendor-pci,vendor-iana  595a522d-77c5-4628-8400-37bfb41b710d',
      '├─ eid 11  available  control  pool 12-13',
      '│  └─ eid 12  degraded  control,pldm',
      '└─ link mctp0  bus-owner',
    ]);
  });

  test('endpoints that name each other as bridge are still all there', async () => {
    const own = (bridge: number) => ({ link: linkPath('mctp0'), address: [1], bridge });
    const objects = {
      ...recordedObjects(),
      [endpointPath(1, 30)]: endpointObject(30, { own: own(31) }),
      [endpointPath(1, 31)]: endpointObject(31, { own: own(30) }),
    };
    const { out } = await new CliHarness(new FakeBus(objects)).run('tree');
    expect(out).toContain('eid 30');
    expect(out).toContain('eid 31');
  });

  test('--json has networks, links and endpoints', async () => {
    const { out } = await new CliHarness().run('tree', '--json');
    expect(JSON.parse(out)).toMatchObject({
      networks: [{ network: 1, localEids: [8] }],
      links: [
        {
          name: 'mctp0',
          path: linkPath('mctp0'),
          network: 1,
          role: 'BusOwner',
          index: 3,
          backend: 'user',
          binding: 'i2c',
          physicalAddress: '0x10',
          minMtu: 68,
          maxMtu: 254,
          up: true,
        },
      ],
      endpoints: [{ eid: 8 }, { eid: 9 }, { eid: 10 }, { eid: 11 }, { eid: 12 }],
    });
  });

  test('R-DBUS-5 a daemon without links is no error', async () => {
    const { code, out, err } = await new CliHarness(new FakeBus()).run('tree');
    expect([code, out]).toEqual([0, '']);
    expect(err).toContain('no network');
  });
});

describe('show', () => {
  const status = () => [
    { LastError: variant('s', ''), RoundTripMicroseconds: variant('u', 1234), Requests: variant('t', 12n) },
  ];

  test.each(['9', '1:9', endpointPath(1, 9)])('R-DBUS-54 %s with its status', async (ref) => {
    const cli = new CliHarness();
    cli.bus.on(`${Iface.ownEndpoint}.GetStatus`, status);
    const { code, out } = await cli.run('show', ref);
    expect(code).toBe(0);
    expect(lines(out)).toEqual([
      'endpoint 1:9',
      `  path        ${endpointPath(1, 9)}`,
      '  state       available',
      '  types       control (0x00), nvme-mi (0x04)',
      `  uuid        ${UUID_9}`,
      '  link        mctp0',
      '  address     0x1d',
      '  requests    12, 0 without an answer',
      '  round trip  1.234 ms',
      '  last error  none',
    ]);
  });

  test('R-DBUS-22 vendor-defined types one by one', async () => {
    const { out } = await new CliHarness().run('show', '10');
    expect(out).toContain('  vendor type  pci 0x8086 subtype 0x0001\n');
    expect(out).toContain('  vendor type  iana 40981 subtype 0x0002\n');
  });

  test('R-DBUS-40 an ordinary user sees all but the status', async () => {
    const cli = new CliHarness();
    cli.bus.fail(`${Iface.ownEndpoint}.GetStatus`, 'AccessDenied', 'Rejected send message');
    const { code, out, err } = await cli.run('show', '9', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ eid: 9, status: null });
    expect(err).toContain('mctp-admin');
  });

  test('an EID in two networks has to be named with its network', async () => {
    const objects = { ...recordedObjects(), [endpointPath(2, 9)]: endpointObject(9, { network: 2 }) };
    const cli = new CliHarness(new FakeBus(objects));
    expect(await cli.run('show', '9')).toEqual({
      code: 2,
      out: '',
      err: 'mctpctl: EID 9 is there in several networks\ntry: 1:9\ntry: 2:9\n',
    });
    expect((await cli.run('show', '2:9')).code).toBe(0);
  });
});

describe('link', () => {
  test('R-DBUS-52 list is the default', async () => {
    const { out } = await new CliHarness().run('link');
    expect(lines(out)).toEqual([
      'NAME   NETWORK  ROLE       BINDING  ADDRESS  MTU     STATE',
      'mctp0        1  bus-owner  i2c      0x10     68-254  up',
    ]);
  });

  test('R-DBUS-52 show has the counters, and of the drop reasons those that happened', async () => {
    const cli = new CliHarness();
    const counters = { RxPackets: 5n, TxErrors: 0n, FrameBadFcs: 2n, NotForUs: 0n };
    cli.bus.on(`${Iface.ownLink}.GetCounters`, () => [counters]);
    const { out } = await cli.run('link', 'show', 'mctp0');
    expect(lines(out)).toEqual([
      'link',
      '  name         mctp0',
      `  path         ${linkPath('mctp0')}`,
      '  network      1',
      '  role         bus-owner',
      '  state        up',
      '  binding      i2c (user stack, index 3)',
      '  address      0x10',
      '  mtu          68-254',
      '  RxPackets    5',
      '  TxErrors     0',
      '  FrameBadFcs  2',
    ]);
    const json = JSON.parse((await cli.run('link', 'show', 'mctp0', '--json')).out) as { counters: unknown };
    expect(json.counters).toEqual({ RxPackets: 5, TxErrors: 0, FrameBadFcs: 2, NotForUs: 0 });
  });

  test('R-DBUS-50 says what is missing with a foreign daemon', async () => {
    const cli = new CliHarness(new FakeBus({ [linkPath('mctp0')]: linkObject({ own: false }) }));
    const { code, out, err } = await cli.run('link');
    expect(lines(out)[1]).toBe('mctp0        1  bus-owner  -        -        -    -');
    expect(err).toContain('org.mctp_endpoint_manager.Link1');
    expect(code).toBe(0);
  });

  test('R-DBUS-13 role sets the property', async () => {
    const cli = new CliHarness();
    cli.bus.on(`${Iface.properties}.Set`, () => []);
    expect((await cli.run('link', 'role', 'mctp0', 'bus-owner')).out).toBe('mctp0  role bus-owner\n');
    expect(cli.bus.calls[0]?.body).toEqual([Iface.link, 'Role', variant('s', 'BusOwner')]);
  });
});

describe('route and neigh', () => {
  function routed(): CliHarness {
    const cli = new CliHarness();
    cli.bus.on(`${Iface.ownNetwork}.ListRoutes`, () => [
      [
        [9, 0, 'mctp0', 128, 0],
        [12, 1, '', 0, 11],
      ],
    ]);
    cli.bus.on(`${Iface.ownNetwork}.ListNeighbours`, () => [[[9, 'mctp0', Buffer.of(0x1d)]]]);
    for (const member of ['AddRoute', 'RemoveRoute']) cli.bus.on(`${Iface.ownNetwork}.${member}`, () => []);
    return cli;
  }

  test('R-DBUS-53 routes as a table and as JSON', async () => {
    const { out } = await routed().run('route');
    expect(lines(out)).toEqual([
      'NETWORK  EIDS   LINK   VIA  MTU',
      '      1  9      mctp0    -  128',
      '      1  12-13  -       11    -',
    ]);
    expect(JSON.parse((await routed().run('route', 'list', '--json')).out)).toEqual([
      { network: 1, first: 9, last: 9, link: 'mctp0', gateway: null, mtu: 128 },
      { network: 1, first: 12, last: 13, link: null, gateway: 11, mtu: null },
    ]);
  });

  test('R-DBUS-53 add and del', async () => {
    const cli = routed();
    expect((await cli.run('route', 'add', '20-24', '--link', 'mctp0', '--mtu', '68')).out).toBe(
      'network 1  20-24  added\n',
    );
    expect(cli.bus.calls.at(-1)).toMatchObject({ member: 'AddRoute', body: [20, 4, 'mctp0', 68, 0] });
    await cli.run('route', 'add', '30', '--via', '11');
    expect(cli.bus.calls.at(-1)).toMatchObject({ body: [30, 0, '', 0, 11] });
    expect((await cli.run('route', 'del', '20-24', '--link', 'mctp0')).out).toBe(
      'network 1  20-24  deleted\n',
    );
    expect(cli.bus.calls.at(-1)).toMatchObject({ member: 'RemoveRoute', body: [20, 4, 'mctp0'] });
  });

  test('R-DBUS-53 neighbours', async () => {
    const { out } = await routed().run('neigh', 'list');
    expect(lines(out)).toEqual(['NETWORK  EID  LINK   ADDRESS', '      1    9  mctp0  0x1d']);
  });

  test.each(['route', 'neigh'])('R-DBUS-50 %s says so when the daemon has none', async (verb) => {
    const cli = new CliHarness(new FakeBus(recordedObjects({ own: false })));
    const { code, err } = await cli.run(verb);
    expect(code).toBe(1);
    expect(err).toContain('org.mctp_endpoint_manager.Network1');
    expect(err).toContain('try: --kernel');
  });
});
