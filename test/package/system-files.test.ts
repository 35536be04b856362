import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseConfig } from '../../src/config/load';
import { TempFolder } from '../support/temp-folder';

const PACKAGING = join(__dirname, '..', '..', 'packaging');
const UNIT = join(PACKAGING, 'systemd', 'mctp-endpointd.service');
const SOCKETS = join(PACKAGING, 'systemd', 'mctp-endpointd.socket');
const POLICY = join(PACKAGING, 'dbus', 'mctp-endpointd.conf');

function settings(name: string, unit = UNIT): string[] {
  return readFileSync(unit, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith(`${name}=`))
    .map((line) => line.slice(name.length + 1));
}

function sysusers(kind: 'u' | 'g'): string[] {
  const lines = readFileSync(join(PACKAGING, 'sysusers', 'mctp-endpointd.conf'), 'utf8').split('\n');
  return lines
    .map((line) => line.split(/\s+/))
    .flatMap(([type, name]) => (type === kind ? [name ?? ''] : []));
}

const INTERNET = /✗ RestrictAddressFamilies=~AF_\(INET\|INET6\)/;

/** What systemd-analyze says of a unit. A setting it does not know goes to stderr. */
function exposure(unit: string): { readonly level: number; readonly report: string } {
  using folder = new TempFolder();
  const args = ['security', '--offline=true', '--no-pager', folder.write('mctp-endpointd.service', unit)];
  const env = { ...process.env, LC_ALL: 'C.UTF-8', SYSTEMD_COLORS: '0' };
  const report = execFileSync('systemd-analyze', args, { env, encoding: 'utf8' });
  const level = Number(/exposure level for mctp-endpointd\.service: (\d+\.\d)/.exec(report)?.[1]);
  return { level, report };
}

describe('the service unit', () => {
  test('R-CONS-10 goes by the name of the reference too, and owns the bus name', () => {
    expect(settings('Alias')).toEqual(['mctpd.service']);
    expect(settings('Type')).toEqual(['dbus']);
    expect(settings('BusName')).toEqual(['au.com.codeconstruct.MCTP1']);
  });

  test('R-CONS-10 comes back after an end with status 1, as after a restart of the bus; not after a wrong command line', () => {
    expect(settings('Restart')).toEqual(['on-failure']);
    expect(settings('RestartSec')).toEqual(['2']);
    expect(settings('RestartPreventExitStatus')).toEqual(['255']);
    // In [Unit]; five ends within a minute are more than a bus that is restarted causes.
    expect(settings('StartLimitBurst')).toEqual(['5']);
  });

  test('R-DBUS-40 has the three capabilities that the kernel backend needs, and no other', () => {
    const three = ['CAP_NET_ADMIN CAP_NET_RAW CAP_NET_BIND_SERVICE'];
    expect(settings('AmbientCapabilities')).toEqual(three);
    expect(settings('CapabilityBoundingSet')).toEqual(three);
  });

  test('R-DBUS-40 leaves out what would stop Node or AF_MCTP', () => {
    for (const name of ['PrivateUsers', 'MemoryDenyWriteExecute', 'PrivateNetwork', 'PrivateDevices']) {
      expect(settings(name)).toEqual([]);
    }
  });

  test('is exposed by 2.5 at most in the eyes of systemd-analyze (252: by 1.6)', () => {
    const { level, report } = exposure(readFileSync(UNIT, 'utf8'));
    expect(level).toBeLessThanOrEqual(2.5);
    expect(report).not.toMatch(INTERNET);
  });

  test('is exposed no more than that with the drop-in for metrics (252: by 1.9)', () => {
    const dropIn = readFileSync(join(PACKAGING, 'systemd', 'metrics.conf'), 'utf8');
    const { level, report } = exposure(
      readFileSync(UNIT, 'utf8').replace('[Install]', `${dropIn}\n[Install]`),
    );
    expect(level).toBeLessThanOrEqual(2.5);
    expect(report).toMatch(INTERNET);
  });

  test('names only accounts that sysusers.d makes', () => {
    expect(sysusers('u')).toEqual(settings('User'));
    const groups = settings('SupplementaryGroups').flatMap((line) => line.split(' '));
    expect(sysusers('g')).toEqual(expect.arrayContaining(groups));
  });
});

describe('the socket unit', () => {
  test('R-DEMUX-4, R-CONS-41 listens on the default names of the demux, for one process, with a long backlog', () => {
    const { names } = parseConfig('', 'test').config.demux;
    expect(settings('ListenSequentialPacket', SOCKETS)).toEqual(names.map((name) => `@${name}`));
    expect(settings('Accept', SOCKETS)).toEqual([]);
    // R-DEMUX-5, R-CONS-44.
    expect(Number(settings('Backlog', SOCKETS)[0])).toBeGreaterThanOrEqual(64);
    expect(settings('WantedBy', SOCKETS)).toEqual(['sockets.target']);
  });

  test('is understood by systemd, and is no part of the service: who wants it enables it', () => {
    const args = ['verify', '--man=no', '--recursive-errors=no', SOCKETS];
    const { stderr } = spawnSync('systemd-analyze', args, { encoding: 'utf8' });
    expect(stderr.split('\n').filter((line) => line.includes('mctp-endpointd.socket'))).toEqual([]);
    for (const name of ['Also', 'Sockets', 'Requires']) expect(settings(name)).toEqual([]);
  });
});

describe('the bus policy', () => {
  test('R-DBUS-40 is taken by dbus-daemon, and spells Properties as the specification does', () => {
    using folder = new TempFolder();
    expect(startBus(folder, readFileSync(POLICY, 'utf8'))).toBe('started');
    expect(startBus(folder, '<busconfig><policy/></busconfig>')).toMatch(/policy/);
    const members = rulesOf('au.com.codeconstruct.MCTP1').flatMap(
      (rule) => /"(org\.freedesktop\.DBus\.P\w+"(?: send_member="\w+)?)/.exec(rule)?.[1] ?? [],
    );
    expect(members).toEqual([
      'org.freedesktop.DBus.Peer"',
      'org.freedesktop.DBus.Properties" send_member="Get',
      'org.freedesktop.DBus.Properties" send_member="GetAll',
    ]);
  });

  test('R-CONS-46 R-CONS-11 the old name has the same rules', () => {
    const current = rulesOf('au.com.codeconstruct.MCTP1');
    expect(current).toHaveLength(11);
    expect(rulesOf('xyz.openbmc_project.MCTP')).toEqual(current);
  });

  test('R-CONS-11 names only accounts that exist, or that sysusers.d makes', () => {
    const named = (kind: string): string[] =>
      [...readFileSync(POLICY, 'utf8').matchAll(new RegExp(`<policy ${kind}="([^"]+)"`, 'g'))].flatMap(
        ([, name]) => name ?? [],
      );
    expect(named('user').sort()).toEqual([...sysusers('u'), 'root'].sort());
    expect(sysusers('g')).toEqual(expect.arrayContaining(named('group')));
  });
});

/** The rules about a bus name, which itself is left out. */
function rulesOf(name: string): string[] {
  const lines = readFileSync(POLICY, 'utf8').split('\n');
  return lines.filter((line) => line.includes(`="${name}"`)).map((line) => line.replace(name, 'NAME').trim());
}

/** Starts a bus with this policy and ends it again. @returns 'started', or what it complained about */
function startBus(folder: TempFolder, policy: string): string {
  const included = folder.write('policy.conf', policy);
  const configuration = folder.write(
    'bus.conf',
    `<busconfig><type>system</type><listen>unix:path=${folder.join('socket')}</listen><auth>EXTERNAL</auth>
     <policy context="default"><deny own="*"/></policy><include>${included}</include></busconfig>`,
  );
  const run = [`--config-file=${configuration}`, '--', 'echo', 'started'];
  const { stdout, stderr } = spawnSync('dbus-run-session', run, { encoding: 'utf8' });
  return stdout === '' ? stderr : stdout.trim();
}
