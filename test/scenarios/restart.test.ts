import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Iface, endpointPath, linkPath, SERVICE_NAME } from '../../src/base/bus-names';
import { BusClient } from '../support/bus-client';
import { DaemonProcess, linkTable } from '../support/daemon';
import { expectNothingLeft } from '../support/leftovers';
import { PrivateBus } from '../support/private-bus';
import { Simulated } from '../support/simulated';
import { TempFolder } from '../support/temp-folder';
import { eventually } from '../support/within';

/** The program with a state folder, ended and started again while the devices go on. */

const UUID = '595a522d-77c5-4628-8400-37bfb41b7000';
const LINK = linkPath('bus0');

let bus: PrivateBus;

expectNothingLeft(() => bus.stop());

beforeAll(async () => {
  bus = await PrivateBus.start();
});

/** Two drives, and a bridge that wants three EIDs. */
function startDevices(): Promise<Simulated> {
  const device = [
    { address: 0x20, count: 2, uuid: UUID },
    { address: 0x22, pool_size: 3 },
  ];
  return Simulated.start([{ name: 'bus0', kind: 'sim', device }]);
}

function startDaemon(devices: Simulated, stateDirectory: string): Promise<DaemonProcess> {
  const socket = devices.bus('bus0').reach;
  const configuration = linkTable('bus0', { binding: 'sim', socket, discover: 'off' });
  return DaemonProcess.start(bus, configuration, ['--state-dir', stateDirectory]);
}

/** A method of BusOwner1; the first of the numbers is the address of the device. */
function assign(
  client: BusClient,
  method: string,
  signature: string,
  [address = 0, ...more]: readonly number[],
): Promise<string> {
  return client.describe(LINK, Iface.busOwner, method, signature, Buffer.from([address]), ...more);
}

/** EIDs none of which would be chosen anew. */
async function setUp(client: BusClient): Promise<void> {
  expect(await assign(client, 'AssignEndpointStatic', 'ayy', [0x20, 50])).toContain('50 1 ');
  expect(await assign(client, 'AssignEndpointStatic', 'ayy', [0x21, 40])).toContain('40 1 ');
  expect(await assign(client, 'AssignBridgeStatic', 'ayyyy', [0x22, 60, 61, 3])).toContain('60 61 1 ');
}

test.each(['SIGTERM', 'SIGKILL'] as const)(
  'D-8 R-CONS-23 R-CONS-9 after %s every device has its EID again, and is announced under the name',
  async (signal) => {
    using folder = new TempFolder();
    await using devices = await startDevices();
    await using client = await BusClient.connect(bus);
    {
      await using daemon = await startDaemon(devices, folder.join('state'));
      await setUp(client);
      // What is no reservation may be a second late; the pool is not.
      await eventually('the last change', () => fileOf(folder).includes('"pool":{"start":61,"end":63}'));
      await daemon.program.stop(signal);
    }
    const objects = [40, 50, 60].map((eid) => endpointPath(1, eid));
    await client.watch();
    await using daemon = await startDaemon(devices, folder.join('state'));
    await eventually('the devices', () =>
      objects.every((path) => client.heard().includes(`InterfacesAdded ${path}`)),
    );
    expect(await client.eids()).toEqual([8, 40, 50, 60]);
    expect(await client.get(endpointPath(1, 40), Iface.uuid, 'UUID')).toBe(UUID.replace(/0$/, '1'));
    expect(await client.get(endpointPath(1, 60), Iface.bridge, 'PoolStart')).toBe(61);
    const heard = client.heard();
    const named = heard.indexOf(`NameOwnerChanged ${SERVICE_NAME}`);
    for (const path of objects) expect(heard.indexOf(`InterfacesAdded ${path}`)).toBeGreaterThan(named);
    expect(await daemon.program.stop()).toMatchObject({ status: 0 });
  },
);

test('D-8 a damaged file is set aside with one line, and everything works', async () => {
  using folder = new TempFolder();
  writeFileSync(folder.join('state.json'), '{"version":1,"endpoints":[{"netw');
  await using devices = await startDevices();
  await using client = await BusClient.connect(bus);
  await using daemon = await startDaemon(devices, folder.path);
  expect(daemon.program.stderr.match(/^<3>.*/gm)).toEqual([
    expect.stringMatching(/the state file cannot be used and is set aside; .*state\.json\.damaged\.1/),
  ]);
  expect(await assign(client, 'SetupEndpoint', 'ay', [0x20])).toContain('9 1 ');
  expect(readdirSync(folder.path).sort()).toEqual(
    expect.arrayContaining(['state.json', 'state.json.damaged.1']),
  );
  expect(await daemon.program.stop()).toMatchObject({ status: 0 });
});

test('D-8 a folder that cannot be written costs one line, and everything works', async () => {
  await using devices = await startDevices();
  await using client = await BusClient.connect(bus);
  await using daemon = await startDaemon(devices, '/proc/nowhere');
  await setUp(client);
  expect(await daemon.program.stop()).toMatchObject({ status: 0 });
  expect(daemon.program.stderr.match(/^<3>.*/gm)).toEqual([
    expect.stringMatching(/the state cannot be written: .* or set state = false.*ENOENT/),
  ]);
});

function fileOf(folder: TempFolder): string {
  return readFileSync(folder.join('state/state.json'), 'utf8');
}
