import { SERVICE_NAME, ROOT_PATH, endpointPath, networkPath } from '../../src/base/bus-names';
import { BusClient } from '../support/bus-client';
import { DaemonProcess, linkTable } from '../support/daemon';
import { expectNothingLeft } from '../support/leftovers';
import { PrivateBus } from '../support/private-bus';
import { Program } from '../support/program';
import { Simulated } from '../support/simulated';
import { TempFolder } from '../support/temp-folder';
import { eventually, within } from '../support/within';

expectNothingLeft();

const NO_LINKS = 'state = false\n';
const BUS_OWNER = 'au.com.codeconstruct.MCTP.BusOwner1';

/** A serial drive that is found by itself, and a bus with nothing but dead devices on it. */
function startDevices(): Promise<Simulated> {
  const dead = { address: 0x20, count: 3, silent: true };
  return Simulated.start([
    { name: 'serial0', kind: 'pty', device: [{ types: [0, 4] }] },
    { name: 'dead0', kind: 'sim', device: [dead] },
  ]);
}

function startDaemon(bus: PrivateBus, devices: Simulated): Promise<DaemonProcess> {
  const configuration = [
    'state = false',
    linkTable('serial0', { binding: 'serial', path: devices.bus('serial0').reach }),
    linkTable('dead0', { binding: 'sim', socket: devices.bus('dead0').reach }),
  ];
  return DaemonProcess.start(bus, configuration.join('\n'));
}

test('R-DBUS-1 a second daemon on the bus exits 1 and says who owns the name, the first goes on', async () => {
  await using bus = await PrivateBus.start();
  await using daemon = await DaemonProcess.start(bus, NO_LINKS);
  using folder = new TempFolder();
  const env = { DBUS_SYSTEM_BUS_ADDRESS: bus.address };
  const second = await Program.run('mctp-endpointd', ['-c', folder.write('c.toml', NO_LINKS)], { env });
  expect(second.status).toBe(1);
  expect(second.stderr).toContain(
    `${SERVICE_NAME} is owned already: another mctp-endpointd or mctpd is running`,
  );
  await using client = await BusClient.connect(bus);
  expect(await client.objects()).toBeDefined();
  expect(await daemon.program.stop()).toMatchObject({ status: 0 });
});

test('R-DBUS-5 R-CONS-13 without links it runs, and GetManagedObjects is not empty', async () => {
  await using bus = await PrivateBus.start();
  await using daemon = await DaemonProcess.start(bus, NO_LINKS);
  expect(daemon.program.stderr).toContain('no [[link]] is configured');
  await using client = await BusClient.connect(bus);
  const objects = Object.entries(await client.objects());
  expect(objects.length).toBeGreaterThan(0);
  for (const [, interfaces] of objects) expect(Object.keys(interfaces).length).toBeGreaterThan(0);
});

test('R-DBUS-3 R-CONS-9 who sees the name can call at once, and endpoints are announced after the name', async () => {
  await using bus = await PrivateBus.start();
  await using devices = await startDevices();
  await using client = await BusClient.connect(bus);
  await client.watch();
  const ownerSeen = eventually('the name', () => client.heard().includes(`NameOwnerChanged ${SERVICE_NAME}`));
  const called = ownerSeen.then(async () => {
    const objects = Object.keys(await client.objects());
    expect(objects).toEqual(expect.arrayContaining([networkPath(1), endpointPath(1, 8)]));
    expect(objects).toContain(`${ROOT_PATH}/interfaces/serial0`);
  });
  await using daemon = await startDaemon(bus, devices);
  await called;
  const found = `InterfacesAdded ${endpointPath(1, 9)}`;
  await eventually('the endpoint', () => client.heard().includes(found));
  const heard = client.heard();
  const named = heard.indexOf(`NameOwnerChanged ${SERVICE_NAME}`);
  expect(heard.indexOf(found)).toBeGreaterThan(named);
  expect(await daemon.program.stop()).toMatchObject({ status: 0 });
  // Network, own EID, link: before the name, from the unique name.
  expect(heard.slice(0, named)).toEqual(
    expect.arrayContaining([
      `InterfacesAdded ${networkPath(1)}`,
      `InterfacesAdded ${endpointPath(1, 8)}`,
      `InterfacesAdded ${ROOT_PATH}/interfaces/serial0`,
    ]),
  );
});

test.each(['SIGTERM', 'SIGINT'] as const)(
  'R-DBUS-4 R-DBUS-44 %s ends it with status 0 while requests wait for dead devices, endpoints go before the name',
  async (signal) => {
    await using bus = await PrivateBus.start();
    await using devices = await startDevices();
    await using daemon = await startDaemon(bus, devices);
    await using client = await BusClient.connect(bus);
    await eventually('the drive', async () => (await client.eids()).includes(9));
    await client.watch();
    const link = `${ROOT_PATH}/interfaces/dead0`;
    const calls = [0x20, 0x21, 0x22].map((address) =>
      client.refusal(link, BUS_OWNER, 'SetupEndpoint', 'ay', Buffer.from([address])),
    );
    // A round trip on the same connection: the calls have arrived.
    await client.objects();
    expect(await daemon.program.stop(signal)).toMatchObject({ status: 0, signal: null });
    for (const answer of await within('answers to the calls', Promise.all(calls))) {
      expect(answer).toMatch(/^org\.freedesktop\.DBus\.Error\./);
    }
    await eventually('the loss of the name', () =>
      client.heard().includes(`NameOwnerChanged ${SERVICE_NAME}`),
    );
    expect(client.heard()).toEqual([
      `InterfacesRemoved ${endpointPath(1, 8)}`,
      `InterfacesRemoved ${endpointPath(1, 9)}`,
      `NameOwnerChanged ${SERVICE_NAME}`,
    ]);
    expect(client.signals.map(({ body }) => body[2])).toEqual([undefined, undefined, '']);
  },
);

test('R-CONS-6 the removals at the end name every interface of the objects', async () => {
  await using bus = await PrivateBus.start();
  await using devices = await startDevices();
  await using daemon = await startDaemon(bus, devices);
  await using client = await BusClient.connect(bus);
  await client.watch();
  const before = await client.objects();
  await daemon.program.stop();
  await eventually('the loss of the name', () => client.heard().includes(`NameOwnerChanged ${SERVICE_NAME}`));
  const removed = client.signals.filter(({ member }) => member === 'InterfacesRemoved');
  const names = removed.find(({ body }) => body[0] === endpointPath(1, 8))?.body[1] as string[];
  expect([...names].sort()).toEqual(Object.keys(before[endpointPath(1, 8)] ?? {}).sort());
});

test('a bus daemon that dies ends it with status 1 and a clear line', async () => {
  await using bus = await PrivateBus.start();
  await using daemon = await DaemonProcess.start(bus, NO_LINKS);
  await bus.stop();
  const { status, signal, stderr } = await within('its end', daemon.program.ended);
  expect({ status, signal }).toEqual({ status: 1, signal: null });
  expect(stderr).toMatch(/<3>the D-Bus connection was lost: /);
  expect(stderr).not.toContain('    at ');
});

test('a stderr that nobody reads any more costs log lines, not the daemon', async () => {
  await using bus = await PrivateBus.start();
  using folder = new TempFolder();
  await using daemon = Program.start('mctp-endpointd', ['-v', '-c', folder.write('c.toml', NO_LINKS)], {
    env: { DBUS_SYSTEM_BUS_ADDRESS: bus.address },
    deafStderr: true,
  });
  await using client = await BusClient.connect(bus);
  await eventually('the name', () =>
    client.objects().then(
      () => true,
      () => false,
    ),
  );
  await client.call(ROOT_PATH, 'org.mctp_endpoint_manager.Manager1', 'Rescan');
  expect(await daemon.stop()).toMatchObject({ status: 0, signal: null });
});

test('SIGTERM while it starts ends it with status 0', async () => {
  await using bus = await PrivateBus.start();
  using folder = new TempFolder();
  const env = { DBUS_SYSTEM_BUS_ADDRESS: bus.address };
  await using daemon = Program.start('mctp-endpointd', ['-c', folder.write('c.toml', NO_LINKS)], { env });
  await daemon.says('starting');
  expect(await daemon.stop()).toMatchObject({ status: 0, signal: null });
});

test('R-API-37 two daemons side by side have two sockets for clients, and neither complains', async () => {
  await using first = await PrivateBus.start();
  await using second = await PrivateBus.start();
  await using one = await DaemonProcess.start(first, 'state = false\n');
  await using other = await DaemonProcess.start(second, 'state = false\n');
  expect(one.program.stderr + other.program.stderr).not.toContain('no socket for clients');
});
