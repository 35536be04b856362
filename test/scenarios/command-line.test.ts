import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expectNothingLeft } from '../support/leftovers';
import { PrivateBus } from '../support/private-bus';
import { Program } from '../support/program';
import { TempFolder } from '../support/temp-folder';

/** What mctp-endpointd says to a command line, a configuration or a bus that it cannot use. */

let bus: PrivateBus;

expectNothingLeft(() => bus.stop());

beforeAll(async () => {
  bus = await PrivateBus.start();
});

const run = (args: readonly string[], address = bus.address) =>
  Program.run('mctp-endpointd', args, { env: { DBUS_SYSTEM_BUS_ADDRESS: address } });

describe('R-DBUS-44 usage', () => {
  test.each([['-h'], ['--help']])(
    '%s prints the usage to stderr and exits 255, as upstream does',
    async (flag) => {
      const { status, stdout, stderr } = await run([flag]);
      expect({ status, stdout }).toEqual({ status: 255, stdout: '' });
      expect(stderr).toMatch(/^Usage: mctp-endpointd /);
    },
  );

  test.each([[['--nonsense']], [['-x']], [['-c']], [['extra']], [['--check-config=1']]])(
    '%j is refused by name with the usage and status 255',
    async (args) => {
      const { status, stdout, stderr } = await run(args);
      expect({ status, stdout }).toEqual({ status: 255, stdout: '' });
      const [first, , third] = stderr.split('\n');
      expect(first).toMatch(new RegExp(`^mctp-endpointd: .*${String(args[0]).split('=')[0] ?? ''}`));
      expect(third).toMatch(/^Usage: mctp-endpointd /);
      expect(stderr).not.toContain('    at ');
    },
  );

  test('--version prints the version of the package', async () => {
    const text = readFileSync(join(__dirname, '..', '..', 'package.json'), 'utf8');
    const { version } = JSON.parse(text) as { version: string };
    expect(await run(['--version'])).toMatchObject({ status: 0, stdout: `mctp-endpointd ${version}\n` });
  });
});

describe('R-DBUS-44 configuration', () => {
  test('a file named with -c that is not there is fatal', async () => {
    using folder = new TempFolder();
    const path = folder.join('missing.toml');
    const { status, stderr } = await run(['-c', path]);
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^mctp-endpointd: \S+missing\.toml: cannot be read; name a readable file with -c: ENOENT[^\n]*\n$/,
    );
  });

  const files = [
    ['no TOML', 'role = \n', /bad\.toml:1\b/],
    [
      'an unknown key of ours',
      '[[link]]\nname = "a"\nbinding = "sim"\nsocket = "/x"\nbaut = 1\n',
      /bad\.toml:5: .*baut/,
    ],
    [
      'a value out of range',
      'state = true\n[mctp]\nmessage_timeout_ms = 0\n',
      /bad\.toml:3: .*message_timeout_ms/,
    ],
    ['a wrong role of upstream', 'role = "owner"\n', /bad\.toml:1: .*role/],
    ['a link without its path', '[[link]]\nname = "a"\nbinding = "serial"\n', /bad\.toml:1: .*path/],
    [
      'two links of one name',
      '[[link]]\nname = "a"\nbinding = "loopback"\n'.repeat(2),
      /bad\.toml:\d+: .*name/,
    ],
  ] as const;

  test.each(files)(
    '%s: status 1, and the message names file, line and key (R-DBUS-45)',
    async (_what, text, message) => {
      using folder = new TempFolder();
      const path = folder.write('bad.toml', text);
      const { status, stdout, stderr } = await run(['-c', path]);
      expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
      expect(stderr).toMatch(message);
      expect(stderr).not.toContain('    at ');
    },
  );

  test('--check-config refuses a bad file as the daemon does', async () => {
    using folder = new TempFolder();
    const path = folder.write('bad.toml', 'role = "owner"');
    const { status, stdout, stderr } = await run(['--check-config', '-c', path]);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/bad\.toml:1: .*role/);
  });

  test('--check-config names the links of a good file and touches neither bus nor device', async () => {
    using folder = new TempFolder();
    const path = folder.write(
      'good.toml',
      '[[link]]\nname = "tty"\nbinding = "serial"\npath = "/nonexistent"\n',
    );
    const { status, stdout } = await run(['--check-config', '-c', path], 'unix:path=/nonexistent');
    expect({ status, stdout }).toEqual({ status: 0, stdout: `${path}: ok, links tty\n` });
  });

  test('--check-config prints the warnings for an upstream file with keys nobody knows', async () => {
    using folder = new TempFolder();
    const path = folder.write('mctpd.conf', 'mode = "bus-owner"\nspeed = 9\n');
    const { status, stdout, stderr } = await run(['--check-config', '-c', path]);
    expect({ status, stdout }).toEqual({ status: 0, stdout: `${path}: ok, no links\n` });
    expect(stderr).toMatch(/^warning: \S+mctpd\.conf:2: .*speed/);
  });
});

describe('a bus that cannot be used ends it with status 1 and one clear line', () => {
  test.each([
    [
      'nobody listens',
      'unix:path=/nonexistent/bus',
      /cannot connect to the D-Bus at unix:path=\/nonexistent\/bus/,
    ],
    ['a kind we cannot reach', 'unix:abstract=/tmp/x', /abstract sockets are not supported/],
    ['nonsense', 'nonsense', /cannot use the D-Bus address/],
  ])('%s (R-DBUS-2)', async (_what, address, message) => {
    using folder = new TempFolder();
    const { status, stderr } = await run(['-c', folder.write('c.toml', 'state = false\n')], address);
    expect(status).toBe(1);
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain('    at ');
    expect(stderr.split('\n').filter((line) => line.startsWith('<3>'))).toHaveLength(1);
  });

  test('the session bus is used when asked for, by flag or by DBUS_STARTER_BUS_TYPE (R-DBUS-2, R-CONS-1)', async () => {
    using folder = new TempFolder();
    const path = folder.write('c.toml', 'state = false\n');
    const nowhere = {
      DBUS_SYSTEM_BUS_ADDRESS: 'unix:path=/nonexistent',
      DBUS_SESSION_BUS_ADDRESS: bus.address,
    };
    for (const [args, env] of [
      [['--session'], {}],
      [[], { DBUS_STARTER_BUS_TYPE: 'user' }],
    ] as const) {
      await using daemon = Program.start('mctp-endpointd', ['-c', path, ...args], {
        env: { ...nowhere, ...env },
      });
      await daemon.says('ready');
      expect(await daemon.stop()).toMatchObject({ status: 0, signal: null });
    }
  });
});
