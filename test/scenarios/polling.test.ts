import { Iface, endpointPath, linkPath } from '../../src/base/bus-names';
import { PLAIN_DEVICE } from '../../src/sim/profile';
import type { BridgeDevice } from '../../src/sim/bridge-device';
import { expectNothingLeft } from '../support/leftovers';
import { PrivateBus } from '../support/private-bus';
import { hex } from '../support/vectors';
import { VirtualManager } from '../support/virtual-manager';

let bus: PrivateBus;

expectNothingLeft(() => bus.stop());

beforeAll(async () => {
  bus = await PrivateBus.start();
});

const ADDRESS = 0x20;
const UUID = '595a522d-77c5-4628-8400-37bfb41b7100';
const OTHER_UUID = '595a522d-77c5-4628-8400-37bfb41b71ff';
const FAILED = 'org.freedesktop.DBus.Error.Failed: ';
const INVALID = 'org.freedesktop.DBus.Error.InvalidArgs: ';
const path = (eid: number): string => endpointPath(1, eid);

/** Two devices behind a bridge, which have their EIDs at once. */
const BRIDGE = {
  address: ADDRESS,
  downstream: [{ uuid: UUID, types: ['control', 'nvme-mi'] }, { types: ['control', 'pldm'] }],
};

/** A manager that polls, with a bridge that is set up as EID 9 with the pool from 10 on. */
async function start(pollMs: number, ...devices: readonly object[]): Promise<VirtualManager> {
  const head = `[bus-owner]\nendpoint_poll_ms = ${pollMs}\n`;
  const manager = await VirtualManager.start(bus, devices, { head });
  await manager.setUp(ADDRESS);
  await manager.news();
  return manager;
}

/** As {@link start}, and whoever is behind the bridge is found. */
async function found(...devices: readonly object[]): Promise<VirtualManager> {
  const manager = await start(2500, ...devices);
  await manager.daemon.clock.advance(3000);
  expect(await manager.news()).toEqual([`InterfacesAdded ${path(10)}`, `InterfacesAdded ${path(11)}`]);
  return manager;
}

const bridgeOf = (manager: VirtualManager): BridgeDevice => manager.daemon.devices.bridge('bus0');

describe('what is behind a bridge', () => {
  test('R-DISC-76 R-DISC-32 R-DBUS-20 R-DBUS-54 is learnt by its EID over the pool route, where nothing is polled', async () => {
    await using manager = await start(0, { ...BRIDGE, pool_size: 3 });
    expect(await manager.learnByEid(10)).toBe(`${path(10)} true`);
    expect(await manager.learnByEid(10)).toBe(`${path(10)} false`);
    expect(await manager.learnByEid(12)).toBe(`${FAILED}MCTP Endpoint did not respond`);
    const own = async (property: string) => manager.published(10, Iface.ownEndpoint, property);
    expect([await own('Bridge'), await own('Link'), await own('PhysicalAddress')]).toEqual([
      9,
      linkPath('bus0'),
      Buffer.alloc(0),
    ]);
    expect(await manager.published(10, Iface.uuid, 'UUID')).toBe(UUID);
    expect(await manager.published(10, Iface.endpoint, 'SupportedMessageTypes')).toEqual(Buffer.of(0, 4));
    await manager.daemon.clock.advance(60_000);
    expect(await manager.client.eids()).toEqual([8, 9, 10]);
  });

  test('R-DISC-115 R-DISC-111 R-DISC-112 is found by polling, also if it takes 4 s, or is never there', async () => {
    const late = { ...BRIDGE, downstream_ready_ms: 4000, pool_size: 4 };
    await using manager = await start(2500, late);
    await manager.daemon.clock.advance(5000);
    expect(await manager.news()).toEqual([]);
    await manager.daemon.clock.advance(400);
    expect(await manager.news()).toEqual([`InterfacesAdded ${path(10)}`, `InterfacesAdded ${path(11)}`]);
    await manager.daemon.clock.advance(60_000);
    expect(await manager.news()).toEqual([]);
    bridgeOf(manager).plug(3, PLAIN_DEVICE);
    await manager.daemon.clock.advance(7000);
    expect(await manager.news()).toEqual([`InterfacesAdded ${path(13)}`]);
  });

  test('R-DISC-42 R-DBUS-23 has a UUID that it tells late', async () => {
    const quiet = { uuid: UUID, silent_to: ['get-endpoint-uuid'] };
    await using manager = await start(2500, { address: ADDRESS, downstream: [quiet] });
    await manager.daemon.clock.advance(4000);
    expect(await manager.news()).toEqual([`InterfacesAdded ${path(10)}`]);
    expect(await manager.published(10, Iface.uuid, 'UUID')).toBeUndefined();
    bridgeOf(manager).plug(0, { ...PLAIN_DEVICE, uuid: hex(UUID.replaceAll('-', '')) });
    await manager.daemon.clock.advance(10_000);
    expect(await manager.news()).toEqual([`InterfacesRemoved ${path(10)}`, `InterfacesAdded ${path(10)}`]);
    expect(await manager.published(10, Iface.uuid, 'UUID')).toBe(UUID);
  });
});

describe('Remove', () => {
  test('R-DISC-81 of the bridge: the bridge first, then what is behind it; nobody is polled any more', async () => {
    await using manager = await found(BRIDGE);
    expect(await manager.endpoint(9, 'Remove')).toBe('');
    expect(await manager.news()).toEqual([9, 10, 11].map((eid) => `InterfacesRemoved ${path(eid)}`));
    await manager.daemon.clock.advance(60_000);
    expect([await manager.news(), manager.daemon.clock.timers]).toEqual([[], 0]);
  });

  test('R-DISC-82 of one behind it: only that one, which is found again', async () => {
    await using manager = await found(BRIDGE);
    expect(await manager.endpoint(10, 'Remove')).toBe('');
    expect(await manager.news()).toEqual([`InterfacesRemoved ${path(10)}`]);
    await manager.daemon.clock.advance(3000);
    expect(await manager.news()).toEqual([`InterfacesAdded ${path(10)}`]);
  });
});

describe('Recover', () => {
  const degraded = `PropertiesChanged ${path(10)}`;

  test('R-DISC-98 R-DISC-163 one that was unplugged is removed alone, and found when it is back', async () => {
    await using manager = await found(BRIDGE);
    bridgeOf(manager).unplug(0);
    await manager.endpoint(10, 'Recover');
    await manager.daemon.clock.advance(5000);
    expect(await manager.news()).toEqual([degraded]);
    await manager.daemon.clock.advance(300);
    expect(await manager.news()).toEqual([`InterfacesRemoved ${path(10)}`]);
    expect(await manager.client.eids()).toEqual([8, 9, 11]);
    bridgeOf(manager).plug(0, PLAIN_DEVICE);
    await manager.daemon.clock.advance(6000);
    expect(await manager.news()).toEqual([`InterfacesAdded ${path(10)}`]);
  });

  test('R-DISC-98 R-DISC-163 one that was reset is Available once the bridge has given it its EID again', async () => {
    await using manager = await found({ ...BRIDGE, downstream_ready_ms: 2000 });
    bridgeOf(manager).reset(0);
    await manager.endpoint(10, 'Recover');
    await manager.daemon.clock.advance(2000);
    expect(await manager.published(10, Iface.endpoint1, 'Connectivity')).toBe('Degraded');
    await manager.daemon.clock.advance(1000);
    expect(await manager.news()).toEqual([degraded, degraded]);
    expect(await manager.published(10, Iface.endpoint1, 'Connectivity')).toBe('Available');
  });

  test('R-DISC-98 R-DISC-163 one that was swapped is another object', async () => {
    await using manager = await found(BRIDGE);
    bridgeOf(manager).plug(0, { ...PLAIN_DEVICE, uuid: hex(OTHER_UUID.replaceAll('-', '')) });
    await manager.endpoint(10, 'Recover');
    await manager.daemon.clock.advance(1000);
    expect(await manager.news()).toEqual([
      degraded,
      `InterfacesRemoved ${path(10)}`,
      `InterfacesAdded ${path(10)}`,
    ]);
    expect(await manager.published(10, Iface.uuid, 'UUID')).toBe(OTHER_UUID);
    expect(await manager.client.eids()).toEqual([8, 9, 10, 11]);
  });
});

describe('static EIDs', () => {
  const assignBridge = (
    manager: VirtualManager,
    address: number,
    eid: number,
    size: number,
  ): Promise<string> => manager.link('AssignBridgeStatic', 'ayyyy', address, eid, 0, size);

  test('R-DISC-66 R-DISC-68 none that lies in a pool, or belongs to who is behind a bridge', async () => {
    await using manager = await found({ ...BRIDGE, pool_size: 4 }, { address: 0x21, pool_size: 2 });
    const assign = (eid: number) => manager.link('AssignEndpointStatic', 'ayy', 0x21, eid);
    expect([await assign(10), await assign(12)]).toEqual([
      `${INVALID}Address in use`,
      `${FAILED}Request failed`,
    ]);
    expect(await assignBridge(manager, 0x21, 10, 2)).toBe(`${INVALID}Address in use`);
    expect(await assignBridge(manager, 0x21, 13, 2)).toBe(`${FAILED}Ran out of EIDs`);
    expect(await assignBridge(manager, 0x21, 14, 2)).toBe(`14 15 1 ${path(14)} true`);
  });

  test('R-DISC-68 R-DISC-70 another size for a known bridge: it goes with what is behind it, and comes back alone', async () => {
    await using manager = await found(BRIDGE);
    // It keeps the pool it was allocated first, and says so.
    expect(await assignBridge(manager, ADDRESS, 9, 1)).toBe(`9 0 1 ${path(9)} true`);
    expect(await manager.news()).toEqual([
      ...[9, 10, 11].map((eid) => `InterfacesRemoved ${path(eid)}`),
      `InterfacesAdded ${path(9)}`,
    ]);
    await manager.daemon.clock.advance(60_000);
    expect([await manager.news(), manager.daemon.clock.timers]).toEqual([[], 0]);
  });
});
