import { expectNothingLeft } from '../support/leftovers';
import { Program } from '../support/program';
import { TempFolder } from '../support/temp-folder';

/** The words of mctp-endpointd where no bus is needed to hear them. */

expectNothingLeft();

const NO_BUS = { env: { DBUS_SYSTEM_BUS_ADDRESS: 'unix:path=/nonexistent/bus' } };

test('R-DBUS-44 -c without a name is a wrong command line', async () => {
  const { status, stderr } = await Program.run('mctp-endpointd', ['--check-config', '-c', '']);
  expect(status).toBe(255);
  expect(stderr).toMatch(/^mctp-endpointd: Option '-c, --config' needs the name of a file\n\nUsage: /);
});

test('R-DBUS-44 each problem of a file has a line with the name of the program', async () => {
  using folder = new TempFolder();
  const path = folder.write('bad.toml', 'state = 3\nfoo = 1\n');
  const { status, stderr } = await Program.run('mctp-endpointd', ['-c', path]);
  expect(status).toBe(1);
  expect(stderr.trimEnd().split('\n')).toEqual([
    `mctp-endpointd: ${path}:1: state: found 3, expected true or false`,
    expect.stringContaining(`mctp-endpointd: ${path}:2: foo: found an unknown key, expected one of `),
  ]);
});

test('R-DBUS-44 of two -c the last counts, as with getopt', async () => {
  using folder = new TempFolder();
  const first = folder.write('first.toml', 'state = 3\n');
  const last = folder.write('last.toml', 'state = false\n');
  const { status, stdout } = await Program.run('mctp-endpointd', ['--check-config', '-c', first, '-c', last]);
  expect([status, stdout]).toEqual([0, `${last}: ok, no links\n`]);
});

test('R-DBUS-44 a folder is no configuration', async () => {
  using folder = new TempFolder();
  const path = folder.join('.');
  const { status, stderr } = await Program.run('mctp-endpointd', ['-c', path]);
  expect(status).toBe(1);
  expect(stderr).toMatch(/^mctp-endpointd: .*: cannot be read; name a readable file with -c: EISDIR/);
});

test('R-DBUS-2 without a bus it says so once, and what to do', async () => {
  using folder = new TempFolder();
  const { status, stderr } = await Program.run(
    'mctp-endpointd',
    ['-c', folder.write('c.toml', 'state = false\n')],
    NO_BUS,
  );
  expect(status).toBe(1);
  const [line = '', ...others] = stderr.split('\n').filter((each) => each.startsWith('<3>'));
  expect(others).toEqual([]);
  expect(line).toContain(
    'could not start; start the bus, or name another with DBUS_SYSTEM_BUS_ADDRESS or --session cause=',
  );
  expect(line.split('cannot connect to the D-Bus')).toHaveLength(2);
});

test('R-DBUS-44 --state-dir without a name is a wrong command line', async () => {
  const { status, stderr } = await Program.run('mctp-endpointd', ['--state-dir', '']);
  expect(status).toBe(255);
  expect(stderr).toMatch(/^mctp-endpointd: Option '--state-dir' needs the name of a folder\n\nUsage: /);
});

test('R-DBUS-44 --session without a session bus is not told to take the session bus', async () => {
  using folder = new TempFolder();
  const { status, stderr } = await Program.run(
    'mctp-endpointd',
    ['--session', '-c', folder.write('c.toml', 'state = false\n')],
    { env: { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent/bus' } },
  );
  expect(status).toBe(1);
  expect(stderr).toContain(
    'could not start; start the bus (dbus-run-session gives you one), or leave out --session',
  );
});
