import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Iface, ROOT_PATH, endpointPath } from '../../src/base/bus-names';
import { BusClient } from '../support/bus-client';
import { DaemonProcess, linkTable } from '../support/daemon';
import { expectNothingLeft } from '../support/leftovers';
import { PrivateBus } from '../support/private-bus';
import { Program } from '../support/program';
import { TempFolder } from '../support/temp-folder';
import { VirtualManager } from '../support/virtual-manager';

let bus: PrivateBus;

expectNothingLeft(() => bus.stop());

beforeAll(async () => {
  bus = await PrivateBus.start();
});

const UPSTREAM = readFileSync(join(__dirname, '..', '..', 'config', 'mctpd.conf'), 'utf8');

test('D-1 R-DBUS-45 a configuration of mctpd is accepted as it is, without a word about it', async () => {
  using folder = new TempFolder();
  const path = folder.write('mctpd.conf', UPSTREAM);
  const { status, stderr } = await Program.run('mctp-endpointd', ['--check-config', '-c', path]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});

test('D-1 R-DBUS-45 keys that upstream ignores are warnings in its file, and the daemon runs', async () => {
  const text =
    'mode = "bus-owner"\ncolour = "blue"\n[mctp]\nmessage_timeout_ms = 30\nuuid = 7\n[extras]\nx = 1\n';
  await using daemon = await DaemonProcess.start(bus, text);
  for (const key of ['colour', 'uuid', 'extras'])
    expect(daemon.program.stderr).toMatch(new RegExp(`<4>.*${key}`));
  expect(await daemon.program.stop()).toMatchObject({ status: 0 });
});

test('D-9 nothing is probed with it', async () => {
  await using daemon = await DaemonProcess.start(bus, UPSTREAM);
  await using client = await BusClient.connect(bus);
  await client.call(ROOT_PATH, Iface.ownManager, 'Rescan');
  const objects = Object.keys(await client.objects());
  const found = objects.filter((path) => path.includes('/interfaces/') || path.includes('/endpoints/'));
  // A kernel with MCTP always has this link, which nobody can be asked on.
  expect(found.filter((path) => path !== `${ROOT_PATH}/interfaces/lo`)).toEqual([]);
  expect(await daemon.program.stop()).toMatchObject({ status: 0 });
});

test('R-DISC-11 R-DISC-20 R-DBUS-41 its keys count on our links too: range, time-out, UUID', async () => {
  const uuid = 'd66d6866-2325-406c-83d5-2786b7d6afd1';
  const head = [
    '[mctp]\nmessage_timeout_ms = 30',
    `uuid = "${uuid.replaceAll('-', '').toUpperCase()}"`,
    '[bus-owner]\ndynamic_eid_range = [100, 200]\nmax_pool_size = 1\n',
  ].join('\n');
  await using manager = await VirtualManager.start(bus, [{ address: 0x20, count: 2 }], { head });
  expect(await manager.published(8, Iface.uuid, 'UUID')).toBe(uuid);
  expect(await manager.setUp(0x20)).toBe(`100 1 ${endpointPath(1, 100)} true`);
  expect(await manager.setUp(0x21)).toBe(`101 1 ${endpointPath(1, 101)} true`);
  const before = manager.daemon.clock.now();
  expect(await manager.setUp(0x30)).toBe('org.freedesktop.DBus.Error.Failed: MCTP Endpoint did not respond');
  expect(manager.daemon.clock.now() - before).toBeLessThan(250);
});

test('R-DBUS-13 R-DBUS-14 with role unknown a link has no BusOwner1 until a client says so', async () => {
  await using manager = await VirtualManager.start(bus, [{ address: 0x20 }], { head: 'role = "unknown"' });
  expect(await manager.setUp(0x20)).toMatch(/^org\.freedesktop\.DBus\.Error\.UnknownMethod: /);
  const link = `${ROOT_PATH}/interfaces/bus0`;
  const set = await bus.busctl(
    'set-property',
    'au.com.codeconstruct.MCTP1',
    link,
    Iface.link,
    'Role',
    's',
    'BusOwner',
  );
  expect(set).toEqual({ status: 0, stdout: '', stderr: '' });
  // A bus owner has an EID: the link had none while its role was unknown.
  expect(await manager.news()).toEqual([
    `PropertiesChanged ${link}`,
    `InterfacesAdded ${ROOT_PATH}/networks/1/endpoints/8`,
    `InterfacesAdded ${link}`,
  ]);
  expect(await manager.setUp(0x20)).toMatch(/ true$/);
});

test('a link of ours in the file makes it strict', async () => {
  using folder = new TempFolder();
  const text = `colour = "blue"\n${linkTable('bus0', { binding: 'loopback' })}`;
  const path = folder.write('mixed.toml', text);
  const { status, stderr } = await Program.run('mctp-endpointd', ['-c', path]);
  expect(status).toBe(1);
  expect(stderr).toMatch(/mixed\.toml:1: .*colour/);
});

test('R-CONS-25 R-API-34 a dead device that is asked again and again with short time-outs stays absent, not busy', async () => {
  const head = '[mctp]\nmessage_timeout_ms = 30\n';
  await using manager = await VirtualManager.start(bus, [{ address: 0x20, latency_ms: 20 }], { head });
  const absent = 'org.freedesktop.DBus.Error.Failed: MCTP Endpoint did not respond';
  for (let call = 0; call < 12; call++) expect(await manager.setUp(0x30)).toBe(absent);
  expect(await manager.setUp(0x20)).toBe(`9 1 ${endpointPath(1, 9)} true`);
});
