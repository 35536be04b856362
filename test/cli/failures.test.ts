import { Iface, linkPath } from '../../src/base/bus-names';
import { MctpError } from '../../src/base/errors';
import { FakeBus } from '../scan/fake-bus';
import { linkObject, recordedObjects } from '../scan/recorded';
import { TempFolder } from '../support/temp-folder';
import { CliHarness } from './harness';

const SETUP = `${Iface.busOwner}.SetupEndpoint`;

describe('R-DBUS-44 exit status', () => {
  test.each([
    [[], /Usage: mctpctl/],
    [['frobnicate'], /unknown command 'frobnicate'[^]*try: mctpctl --help/],
    [['list', '--colour'], /unknown option '--colour'[^]*try: mctpctl list --help/],
    [['setup'], /missing required argument 'link'[^]*try: mctpctl setup --help/],
    [['setup', 'mctp0', 'xyz'], /hex bytes: 0x1d, 1d, 01:02, or none/],
    [['setup', 'mctp0', '1:234'], /hex bytes/],
    [['setup', 'mctp0', '123'], /hex bytes/],
    [['setup', 'mctp0', '00'.repeat(33)], /at most 32 bytes/],
    [['assign', 'mctp0', '1d', '--eid', '7'], /An EID is a number from 8 to 254/],
    [['assign', 'mctp0', '1d', '--eid', '255'], /An EID is a number from 8 to 254/],
    [['show', '1:2:3'], /An endpoint is an EID/],
    [['show', '/org/freedesktop'], /An endpoint is an EID/],
    [['scan', '--type', 'nvme'], /one of: control, pldm, .*nvme-mi/],
    [['scan', '--type', '128'], /A message type is a number 0..127/],
    [['list', '--network', '0'], /A network is a number from 1/],
    [['list', '--timeout', '0'], /more than 0/],
    [['link', 'role', 'mctp0', 'boss'], /bus-owner, endpoint or unknown/],
    [
      ['link', 'fly'],
      /unknown command 'fly'; .* are: list, show, role, set, serial\ntry: mctpctl link --help/,
    ],
    [['link', 'list', 'fly'], /too many arguments for 'list'\ntry: mctpctl link list --help/],
    [
      ['route', '--network', '1', 'x'],
      /unknown command 'x'; .* are: list, add, del\ntry: mctpctl route --help/,
    ],
    [['list', '--session', '--address', 'unix:path=/x'], /cannot be used with/],
    [['route', 'add', '20'], /either a link or a gateway/],
    [['route', 'add', '24-20', '--via', '9'], /a range \(20-24\)/],
    [['mtu', '1:9'], /missing required argument 'mtu'/],
    [['list', 'extra'], /too many arguments/],
  ])('2 for a wrong command line: %j', async (argv, text) => {
    const cli = new CliHarness();
    const { code, out, err } = await cli.run(...argv);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(text);
    expect(cli.bus.calls).toEqual([]);
  });

  test.each([[['--help']], [['help']], [['scan', '--help']], [['help', 'scan']]])(
    '0 for %j, on standard output',
    async (argv) => {
      const { code, out, err } = await new CliHarness().run(...argv);
      expect([code, err]).toEqual([0, '']);
      expect(out).toMatch(/^Usage: mctpctl/);
    },
  );

  test('--help tells of them', async () => {
    const { out } = await new CliHarness().run('--help');
    expect(out).toContain('  2  wrong command line\n');
    expect(out).toContain('  3  the daemon or the bus cannot be reached\n');
  });

  test('--version', async () => {
    expect(await new CliHarness().run('--version')).toEqual({ code: 0, out: '1.2.3\n', err: '' });
  });

  test('3 without a daemon, with what to start', async () => {
    const cli = new CliHarness();
    cli.bus.running = false;
    const { code, out, err } = await cli.run('list');
    expect([code, out]).toEqual([3, '']);
    expect(err).toContain('mctpctl: the daemon is not running (nobody owns au.com.codeconstruct.MCTP1');
    expect(err).toContain('try: systemctl start mctp-endpointd');
    expect(err).toContain('try: npm run demo -- --keep');
    expect(err).toContain('try: --session or --address ADDRESS');
    expect(cli.bus.closed).toBe(1);
  });

  test('3 without a bus', async () => {
    const cli = new CliHarness();
    cli.connectError = new MctpError('bus-failed', 'cannot connect to the D-Bus at /nowhere');
    const { code, err } = await cli.run('list', '--address', 'unix:path=/nowhere');
    expect(code).toBe(3);
    expect(err).toContain('mctpctl: cannot connect to the D-Bus at /nowhere\n');
    expect(err).toContain('try: --session or --address ADDRESS');
  });

  test('3 without a session bus, and not the advice to use one', async () => {
    const cli = new CliHarness();
    cli.connectError = new MctpError('bus-failed', 'there is no session bus');
    const { code, err } = await cli.run('list', '--session');
    expect(code).toBe(3);
    expect(err).toBe(
      'mctpctl: there is no session bus\ntry: without --session, for the system bus\n' +
        'try: dbus-run-session, or DBUS_SESSION_BUS_ADDRESS   (where there is no session bus yet)\n',
    );
  });

  test('1 for a scenario file that cannot be read or is wrong, with every problem', async () => {
    const cli = new CliHarness();
    const missing = await cli.run('sim', '/nonexistent/scenario.toml');
    expect(missing.code).toBe(1);
    expect(missing.err).toMatch(
      /^mctpctl: cannot read the scenario \/nonexistent\/scenario\.toml: [^\n]*ENOENT[^\n]*\ntry: config\/sim-demo\.toml/,
    );
    using folder = new TempFolder();
    const { code, err } = await cli.run('sim', folder.write('bad.toml', 'a = 1\n[[bus]]\nname = 3\n'));
    expect(code).toBe(1);
    expect(err.split('\n')).toHaveLength(3);
    expect(err).toMatch(/bad\.toml: bus\[0\]\.name: [^;\n]*; \S*bad\.toml: bus\[0\]\.kind: /);
  });
});

describe('an error says what to do', () => {
  test.each([
    ['Failed', 'MCTP Endpoint did not respond', 'try: mctpctl link show mctp0'],
    ['Failed', 'MCTP Endpoint replied with failure', 'try: mctpctl learn mctp0 ADDRESS'],
    ['Failed', 'Endpoint returned failure to Set Endpoint ID', 'try: mctpctl learn mctp0 ADDRESS'],
    ['Failed', 'Endpoint requested EID 9 instead of assigned 10, already used', 'try: mctpctl list'],
    ['Failed', 'Ran out of EIDs', 'dynamic_eid_range'],
    ['Failed', 'Request failed', 'try: journalctl -u mctp-endpointd'],
    ['InvalidArgs', 'Already assigned a different EID', 'try: mctpctl remove'],
    ['InvalidArgs', 'Address in use', 'try: another EID'],
    ['FileExists', 'Endpoint claimed EID 9 which is already used', 'try: another EID'],
    ['InvalidArgs', 'Bad physaddr', 'try: one byte such as 0x1d'],
    ['InvalidArgs', 'Invalid EID', 'try: an EID from 8 to 254'],
    ['Failed', 'Link is down', 'try: is mctp0 plugged in and powered?'],
  ])('%s %s', async (name, message, advice) => {
    const cli = new CliHarness();
    cli.bus.fail(SETUP, name, message);
    const { code, out, err } = await cli.run('setup', 'mctp0', '0x1d');
    expect([code, out]).toEqual([1, '']);
    expect(err.split('\n')[0]).toBe(`mctpctl: ${message} (link mctp0, address 0x1d)`);
    expect(err).toContain(advice);
  });

  test('AccessDenied names the group and sudo', async () => {
    const cli = new CliHarness();
    cli.bus.fail(SETUP, 'AccessDenied', 'Rejected send message, 2 matched rules');
    const { code, err } = await cli.run('setup', 'mctp0', '0x1d');
    expect(code).toBe(1);
    expect(err).toContain('try: sudo mctpctl');
    expect(err).toContain('mctp-admin');
  });

  test('NoReply names --timeout, which reaches the call', async () => {
    const cli = new CliHarness();
    cli.bus.fail(SETUP, 'NoReply', 'no reply');
    const { code, err } = await cli.run('setup', 'mctp0', '0x1d', '--timeout', '1.5');
    expect(code).toBe(1);
    expect(err).toContain('the daemon did not answer in time (link mctp0, address 0x1d)');
    expect(err).toContain('try: --timeout SECONDS');
    expect(cli.bus.calls[0]?.timeoutMs).toBe(1500);
  });

  test('R-DBUS-39 an unknown link is answered with the links there are', async () => {
    const cli = new CliHarness();
    cli.bus.fail(SETUP, 'UnknownObject', "Unknown object '...'.");
    expect(await cli.run('setup', 'mctp9', '0x1d')).toEqual({
      code: 1,
      out: '',
      err: 'mctpctl: there is no link mctp9; the links are: mctp0\ntry: mctpctl link list\n',
    });
    expect((await cli.run('link', 'show', 'mctp9')).err).toContain('the links are: mctp0');
  });

  test('R-DBUS-14 a link without BusOwner1 is told from an unknown one', async () => {
    const cli = new CliHarness(new FakeBus({ [linkPath('mctp0')]: linkObject({ role: 'Endpoint' }) }));
    const { code, err } = await cli.run('setup', 'mctp0', '0x1d');
    expect(code).toBe(1);
    expect(err).toContain('we are not the bus owner of link mctp0');
    expect(err).toContain('try: mctpctl link role mctp0 bus-owner');
  });

  test('an unknown endpoint', async () => {
    const cli = new CliHarness();
    cli.bus.fail(`${Iface.endpoint1}.Remove`, 'UnknownObject', "Unknown object '/x'.");
    const { code, err } = await cli.run('remove', '1:99');
    expect(code).toBe(1);
    expect(err.split('\n')[0]).toBe(
      'mctpctl: there is no endpoint 1:99; the endpoints are: 1:8, 1:9, 1:10, 1:11, 1:12',
    );
    expect((await cli.run('show', '99')).err).toContain(
      'there is no endpoint EID 99; the endpoints are: 1:8, 1:9',
    );
  });

  test('an unknown network', async () => {
    const cli = new CliHarness();
    cli.bus.fail(`${Iface.network}.LearnEndpoint`, 'UnknownObject', "Unknown object '/x'.");
    const text = 'there is no network 7; the networks are: 1';
    expect((await cli.run('learn', '7:9')).err).toContain(`mctpctl: ${text}\n`);
    expect((await cli.run('route', 'list', '--network', '7')).err).toContain(text);
  });

  test.each([
    [`${Iface.endpoint1}.Remove`, 'Cannot remove mctpd-local endpoint', ['remove', '1:8']],
    [`${Iface.endpoint1}.Recover`, 'Cannot recover mctpd-local endpoint', ['recover', '1:8']],
    [`${Iface.endpoint1}.SetMTU`, 'Cannot set local endpoint MTU', ['mtu', '1:8', '68']],
  ])('%s of a local endpoint', async (member, message, argv) => {
    const cli = new CliHarness();
    cli.bus.fail(member, 'Failed', message);
    const { code, err } = await cli.run(...argv);
    expect(code).toBe(1);
    expect(err).toContain(`${message} (network 1, EID 8)`);
    expect(err).toContain("try: an endpoint that is not the daemon's own");
  });

  test.each([
    ['FileExists', 'Route exists', 'try: mctpctl route list'],
    ['Failed', 'No such route', 'try: mctpctl route list'],
  ])('R-DBUS-53 %s %s', async (name, message, advice) => {
    const cli = new CliHarness();
    cli.bus.fail(`${Iface.ownNetwork}.AddRoute`, name, message);
    const { code, err } = await cli.run('route', 'add', '20', '--link', 'mctp0');
    expect(code).toBe(1);
    expect(err).toContain(`mctpctl: ${message} (link mctp0, network 1)`);
    expect(err).toContain(advice);
  });

  test('R-DBUS-50 rescan with a daemon that has no such method', async () => {
    const { code, err } = await new CliHarness().run('rescan');
    expect(code).toBe(1);
    expect(err).toContain('this daemon does not offer that');
  });

  test('what the daemon says is escaped too', async () => {
    const cli = new CliHarness();
    cli.bus.fail(SETUP, 'Failed', 'gone\x1b[31m\nred');
    const { err } = await cli.run('setup', 'mctp0', '0x1d');
    expect(err).toContain('mctpctl: gone\\x1b[31m\\x0ared (link');
  });
});

describe('options about the bus', () => {
  test('--session and --address choose it', async () => {
    const cli = new CliHarness(new FakeBus(recordedObjects()));
    await cli.run('list');
    await cli.run('list', '--session');
    await cli.run('--address', 'unix:path=/mine', 'list');
    expect(cli.addresses).toEqual(['unix:path=/system', 'unix:path=/session', 'unix:path=/mine']);
    expect(cli.bus.closed).toBe(3);
  });

  test('-v tells of each call on standard error', async () => {
    const { out, err } = await new CliHarness().run('list', '-v', '--json');
    expect(JSON.parse(out)).toHaveLength(5);
    expect(err).toMatch(
      /^mctpctl: org\.freedesktop\.DBus\.ObjectManager\.GetManagedObjects on \/au.*: answered after/,
    );
  });
});
