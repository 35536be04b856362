import { Iface, ROOT_PATH, endpointPath, networkPath } from '../../src/base/bus-names';
import { BusClient } from '../support/bus-client';
import { DaemonProcess, linkTable, VirtualDaemon } from '../support/daemon';
import { expectNothingLeft } from '../support/leftovers';
import { PrivateBus } from '../support/private-bus';

let bus: PrivateBus;

expectNothingLeft(() => bus.stop());

beforeAll(async () => {
  bus = await PrivateBus.start();
});

const LISTED = '[[link.endpoint]]\naddress = [32]\n';

test('R-DISC-2 the same EID in two networks is two endpoints, and their devices are not mixed up', async () => {
  const uuid = (digit: number): string => `595a522d-77c5-4628-8400-37bfb41b710${digit}`;
  const link = (network: number): string =>
    `${linkTable(`bus${network}`, { binding: 'loopback', network })}${LISTED}`;
  await using daemon = await VirtualDaemon.start(bus, {
    configuration: `state = false\n${link(1)}${link(2)}`,
    buses: [1, 2].map((network) => ({
      name: `bus${network}`,
      kind: 'loopback',
      device: [{ address: 0x20, uuid: uuid(network) }],
    })),
  });
  await using client = await BusClient.connect(bus);
  await daemon.clock.advance(1000);
  for (const network of [1, 2]) {
    const published = (await client.objects())[endpointPath(network, 9)];
    expect(published?.[Iface.uuid]?.['UUID']?.value).toBe(uuid(network));
    expect(published?.[Iface.ownEndpoint]?.['Link']?.value).toBe(`${ROOT_PATH}/interfaces/bus${network}`);
    expect(await client.get(networkPath(network), Iface.network, 'LocalEIDs')).toEqual(Buffer.from([8]));
  }
  await client.call(endpointPath(1, 9), Iface.endpoint1, 'Remove');
  expect(Object.keys(await client.objects())).toContain(endpointPath(2, 9));
});

test('R-DBUS-34 our EID on two links of one network is one object', async () => {
  const links = ['bus1', 'bus2'].map((name) => linkTable(name, { binding: 'loopback' })).join('');
  await using daemon = await VirtualDaemon.start(bus, {
    configuration: `state = false\n${links}`,
    buses: [],
  });
  await using client = await BusClient.connect(bus);
  expect(await client.eids()).toEqual([8]);
  expect(await client.get(networkPath(1), Iface.network, 'LocalEIDs')).toEqual(Buffer.from([8]));
  expect(daemon.log.filter(([level]) => level === 'error')).toEqual([]);
});

test('R-DBUS-7 names that a path cannot hold are escaped', async () => {
  const links = ['mctp-usb0', 'eth0.1', '0lead', 'plain_0']
    .map((name) => linkTable(name, { binding: 'loopback' }))
    .join('');
  await using daemon = await VirtualDaemon.start(bus, {
    configuration: `state = false\n${links}`,
    buses: [],
  });
  await using client = await BusClient.connect(bus);
  const names = Object.entries(await client.objects()).flatMap(([path, interfaces]) => {
    const name = interfaces[Iface.ownLink]?.['Name']?.value;
    return name === undefined ? [] : [[path.slice(`${ROOT_PATH}/interfaces/`.length), name]];
  });
  const expected = { mctp_2dusb0: 'mctp-usb0', eth0_2e1: 'eth0.1', '0lead': '0lead', plain_0: 'plain_0' };
  expect(Object.fromEntries(names)).toEqual(expected);
  expect(daemon.log.filter(([level]) => level === 'error')).toEqual([]);
});

test('D-12 a link that this build cannot serve is left out with the reason, the others run', async () => {
  const links = [linkTable('i2c0', { binding: 'i2c', bus: 5 }), linkTable('bus0', { binding: 'loopback' })];
  await using daemon = await DaemonProcess.start(bus, `state = false\n${links.join('')}`);
  await using client = await BusClient.connect(bus);
  const paths = Object.keys(await client.objects()).filter((path) => path.includes('/interfaces/'));
  expect(paths).toEqual([`${ROOT_PATH}/interfaces/bus0`]);
  expect(daemon.program.stderr).toMatch(/<3>link left out link=i2c0 .*I2C binding/);
  expect(await daemon.program.stop()).toMatchObject({ status: 0 });
});

test('D-17 a capture that cannot be written costs the capture, not the link', async () => {
  const table = linkTable('bus0', { binding: 'loopback', capture: '/nonexistent/folder/x.pcapng' });
  await using daemon = await DaemonProcess.start(bus, `state = false\n${table}`);
  await using client = await BusClient.connect(bus);
  expect(await client.get(`${ROOT_PATH}/interfaces/bus0`, Iface.ownLink, 'Up')).toBe(true);
  expect(daemon.program.stderr).toMatch(/\/nonexistent\/folder\/x\.pcapng/);
  expect(await daemon.program.stop()).toMatchObject({ status: 0 });
});
