import { rmSync, symlinkSync } from 'node:fs';
import { Iface, endpointPath, linkPath } from '../../src/base/bus-names';
import { BusClient } from '../support/bus-client';
import { DaemonProcess, linkTable } from '../support/daemon';
import { expectNothingLeft } from '../support/leftovers';
import { PrivateBus } from '../support/private-bus';
import { Simulated } from '../support/simulated';
import { TempFolder } from '../support/temp-folder';
import { eventually } from '../support/within';

expectNothingLeft();

const LINK = linkPath('serial0');
const FIRST_UUID = '595a522d-77c5-4628-8400-37bfb41b7101';
const SECOND_UUID = '595a522d-77c5-4628-8400-37bfb41b7102';

function plug(uuid: string): Promise<Simulated> {
  return Simulated.start([{ name: 'serial0', kind: 'pty', device: [{ uuid, types: [0, 4] }] }]);
}

/** A tty path that stays the same while the adapter behind it changes, as /dev/serial/by-id does. */
function connect(devices: Simulated, path: string): void {
  rmSync(path, { force: true });
  symlinkSync(devices.bus('serial0').reach, path);
}

test('R-DISC-126 R-DISC-160 R-DBUS-52 a wire that is cut takes the link down only; a new one brings it up and what hangs on it is found', async () => {
  await using bus = await PrivateBus.start();
  using folder = new TempFolder();
  const path = folder.join('tty');
  const first = await plug(FIRST_UUID);
  connect(first, path);
  const configuration = `state = false\n${linkTable('serial0', { binding: 'serial', path })}`;
  await using daemon = await DaemonProcess.start(bus, configuration);
  await using client = await BusClient.connect(bus);
  const uuid = async (eid: number): Promise<unknown> =>
    (await client.objects())[endpointPath(1, eid)]?.[Iface.uuid]?.['UUID']?.value;
  await eventually('the first drive', async () => (await uuid(9)) === FIRST_UUID);
  await client.watch();

  await first[Symbol.asyncDispose]();
  await eventually('the news', () => client.heard().includes(`PropertiesChanged ${LINK}`));
  const [changed] = client.signals.map(({ body }) => body);
  expect(changed).toEqual([Iface.ownLink, { Up: expect.objectContaining({ value: false }) as unknown }, []]);
  expect(await client.get(LINK, Iface.ownLink, 'Up')).toBe(false);
  expect(await client.eids()).toEqual([8, 9]);
  expect(await client.refusal(LINK, Iface.busOwner, 'SetupEndpoint', 'ay', Buffer.alloc(0))).toBe(
    'org.freedesktop.DBus.Error.Failed: Link is down',
  );
  // Known and not asked for anything: answered from what is known (R-DISC-65, R-CONS-25).
  const known = await client.call(LINK, Iface.busOwner, 'AssignEndpoint', 'ay', Buffer.alloc(0));
  expect(known).toEqual([9, 1, endpointPath(1, 9), false]);

  await using second = await plug(SECOND_UUID);
  connect(second, path);
  await eventually('the link', async () => (await client.get(LINK, Iface.ownLink, 'Up')) === true);
  await eventually(
    'the second drive',
    async () => (await client.eids()).length === 2 && (await uuid(9)) === SECOND_UUID,
  );
  expect(client.heard()).toEqual([
    `PropertiesChanged ${LINK}`,
    `PropertiesChanged ${LINK}`,
    `InterfacesRemoved ${endpointPath(1, 9)}`,
    `InterfacesAdded ${endpointPath(1, 9)}`,
  ]);
  expect(await daemon.program.stop()).toMatchObject({ status: 0 });
  expect(daemon.program.stderr).toMatch(/<4>\S+ hung up; trying to reopen it link=serial0/);
});

test('a tty that is not there at the start is opened when it comes, and says what to do meanwhile', async () => {
  await using bus = await PrivateBus.start();
  using folder = new TempFolder();
  const path = folder.join('tty');
  const configuration = `state = false\n${linkTable('serial0', { binding: 'serial', path })}`;
  await using daemon = await DaemonProcess.start(bus, configuration);
  expect(daemon.program.stderr).toMatch(new RegExp(`<3>cannot open ${path}: .*trying on`));
  await using client = await BusClient.connect(bus);
  expect(await client.get(LINK, Iface.ownLink, 'Up')).toBe(false);
  await using devices = await plug(FIRST_UUID);
  connect(devices, path);
  await eventually('the drive', async () => (await client.eids()).includes(9));
});

test('R-DISC-126 R-DISC-160 a bus that goes away and comes back with reset devices: they get their EIDs again', async () => {
  await using bus = await PrivateBus.start();
  using folder = new TempFolder();
  const socket = folder.join('bus.socket');
  const buses = [
    { name: 'bus0', kind: 'sim', socket, device: [{ address: 0x20, count: 3, uuid: FIRST_UUID }] },
  ];
  const listed = [0x20, 0x21, 0x22].map((address) => `[[link.endpoint]]\naddress = [${address}]\n`).join('');
  const first = await Simulated.start(buses);
  const configuration = `state = false\n${linkTable('bus0', { binding: 'sim', socket })}${listed}`;
  await using daemon = await DaemonProcess.start(bus, configuration);
  await using client = await BusClient.connect(bus);
  await eventually('the devices', async () => (await client.eids()).length === 4);
  const eids = await client.eids();
  await first[Symbol.asyncDispose]();
  await eventually(
    'the loss',
    async () => (await client.get(linkPath('bus0'), Iface.ownLink, 'Up')) === false,
  );
  expect(await client.eids()).toEqual(eids);
  await using second = await Simulated.start(buses);
  const assigned = (): number[] => second.bus('bus0').devices.map(({ eid }) => eid);
  await eventually('their EIDs', () => assigned().every((eid) => eid !== 0));
  await eventually('the objects', async () => (await client.eids()).length === 4);
  expect(assigned().sort((a, b) => a - b)).toEqual((await client.eids()).slice(1));
  expect(await daemon.program.stop()).toMatchObject({ status: 0 });
});
