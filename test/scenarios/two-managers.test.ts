import { Iface, endpointPath, linkPath, networkPath } from '../../src/base/bus-names';
import { linkTable, SECOND_DAEMON } from '../support/daemon';
import { expectNothingLeft } from '../support/leftovers';
import { PrivateBus } from '../support/private-bus';
import { VirtualManager } from '../support/virtual-manager';

/**
 * Two managers: one owns `bus0`; the other is an endpoint there, asks for a pool, and hands it out on `down0`, where two
 * devices are. Each is on a D-Bus of its own.
 */

let upper: PrivateBus;
let lower: PrivateBus;

expectNothingLeft(async () => {
  await upper.stop();
  await lower.stop();
});

beforeAll(async () => {
  [upper, lower] = await Promise.all([PrivateBus.start(), PrivateBus.start()]);
});

const UUID = '595a522d-77c5-4628-8400-37bfb41b710d';

function bridging(owner: VirtualManager): Promise<VirtualManager> {
  const configuration = [
    'state = false',
    '[mctp]',
    `uuid = "${UUID}"`,
    linkTable('bus0', { binding: 'loopback', role: 'endpoint', pool_request: 5 }),
    linkTable('down0', { binding: 'loopback', upstream: 'bus0' }),
    '[[link.endpoint]]\naddress = [0x20]',
    '[[link.endpoint]]\naddress = [0x21]',
  ].join('\n');
  const device = [
    { address: 0x20, types: ['control', 'nvme-mi'] },
    { address: 0x21, types: ['control', 'pldm'] },
  ];
  return VirtualManager.startBeside(lower, owner, {
    configuration,
    buses: [{ name: 'down0', kind: 'loopback', device }],
  });
}

/** EID by physical address of what a manager has published on its links. */
async function devices(manager: VirtualManager): Promise<Readonly<Record<number, number>>> {
  const found: Record<number, number> = {};
  for (const eid of await manager.client.eids()) {
    const address = await manager.published(eid, Iface.ownEndpoint, 'PhysicalAddress');
    const [first] = address instanceof Uint8Array ? address : [];
    if (first !== undefined) found[first] = eid;
  }
  return found;
}

test('R-DISC-170 R-DISC-162 R-DISC-144 a pool goes down, and a device behind the bridge is reached through it', async () => {
  await using owner = await VirtualManager.start(upper, []);
  await using bridge = await bridging(owner);
  expect(await bridge.client.eids()).toEqual([]);

  expect(await owner.setUp(SECOND_DAEMON)).toBe(`9 1 ${endpointPath(1, 9)} true`);
  expect(await owner.published(9, Iface.bridge, 'PoolStart')).toBe(10);
  expect(await owner.published(9, Iface.bridge, 'PoolEnd')).toBe(14);
  expect(await owner.published(9, Iface.uuid, 'UUID')).toBe(UUID);

  await owner.daemon.clock.advance(1000);
  const found = await devices(bridge);
  expect(Object.keys(found)).toEqual(['16', '32', '33']);
  expect(found[0x10]).toBe(8);
  const [nvme = 0, pldm = 0] = [found[0x20], found[0x21]];
  for (const eid of [nvme, pldm]) expect(eid >= 10 && eid <= 14).toBe(true);
  expect(await bridge.client.get(networkPath(1), Iface.network, 'LocalEIDs')).toEqual(Buffer.from([9]));
  expect(await bridge.client.get(linkPath('bus0'), Iface.link, 'Role')).toBe('Endpoint');

  expect(await owner.learnByEid(nvme)).toBe(`${endpointPath(1, nvme)} true`);
  expect(await owner.learnByEid(pldm)).toBe(`${endpointPath(1, pldm)} true`);
  expect(await owner.published(nvme, Iface.endpoint, 'SupportedMessageTypes')).toEqual(Buffer.from([0, 4]));
  expect(await owner.published(pldm, Iface.endpoint, 'SupportedMessageTypes')).toEqual(Buffer.from([0, 1]));
  expect(await owner.published(nvme, Iface.ownEndpoint, 'Bridge')).toBe(9);
  expect(owner.daemon.log.filter(([level]) => level === 'error' || level === 'warn')).toEqual([]);

  // Set up again: everything is as it should be, nothing moves.
  await bridge.news();
  expect(await owner.setUp(SECOND_DAEMON)).toBe(`9 1 ${endpointPath(1, 9)} false`);
  expect(await bridge.news()).toEqual([]);
});

test('R-DISC-170 R-DISC-81 another EID for the bridge takes everything down, and the next pool brings it up again', async () => {
  await using owner = await VirtualManager.start(upper, []);
  await using bridge = await bridging(owner);
  await owner.setUp(SECOND_DAEMON);
  await owner.daemon.clock.advance(1000);
  expect(await bridge.client.eids()).toHaveLength(4);

  await owner.endpoint(9, 'Remove');
  const again = await owner.link('AssignBridgeStatic', 'ayyyy', SECOND_DAEMON, 40, 0, 3);
  expect(again).toBe(`40 41 1 ${endpointPath(1, 40)} true`);
  await owner.daemon.clock.advance(10_000);
  const found = await devices(bridge);
  for (const address of [0x20, 0x21]) {
    const eid = found[address] ?? 0;
    expect(eid >= 41 && eid <= 43).toBe(true);
    expect(await owner.learnByEid(eid)).toBe(`${endpointPath(1, eid)} true`);
  }
  expect(await bridge.client.eids()).toHaveLength(4);
  expect(await bridge.client.get(networkPath(1), Iface.network, 'LocalEIDs')).toEqual(Buffer.from([40]));
});

test('R-DISC-170 without a pool the bridge has no EID to give', async () => {
  await using owner = await VirtualManager.start(upper, []);
  await using bridge = await bridging(owner);
  const setup = () =>
    bridge.call(linkPath('down0'), Iface.busOwner, 'SetupEndpoint', 'ay', Buffer.from([0x20]));
  expect(await setup()).toBe('org.freedesktop.DBus.Error.Failed: Ran out of EIDs');
  expect(await owner.link('AssignEndpointStatic', 'ayy', SECOND_DAEMON, 20)).toBe(
    `20 1 ${endpointPath(1, 20)} true`,
  );
  expect(await setup()).toBe('org.freedesktop.DBus.Error.Failed: Ran out of EIDs');
});
