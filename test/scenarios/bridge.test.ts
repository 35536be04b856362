import { Iface, ROOT_PATH, endpointPath, networkPath } from '../../src/base/bus-names';
import { expectNothingLeft } from '../support/leftovers';
import { PrivateBus } from '../support/private-bus';
import { VirtualManager } from '../support/virtual-manager';

let bus: PrivateBus;

expectNothingLeft(() => bus.stop());

beforeAll(async () => {
  bus = await PrivateBus.start();
});

const BRIDGE = { address: 0x20, pool_size: 3 };
const PATH = endpointPath(1, 9);
const FAILED = 'org.freedesktop.DBus.Error.Failed: ';
const INVALID = 'org.freedesktop.DBus.Error.InvalidArgs: ';

/** PoolStart and PoolEnd of an endpoint. */
async function pool(manager: VirtualManager, eid = 9): Promise<unknown[]> {
  return [
    await manager.published(eid, Iface.bridge, 'PoolStart'),
    await manager.published(eid, Iface.bridge, 'PoolEnd'),
  ];
}

/** First EID, extent and gateway of the routes through bridges. */
async function gatewayRoutes(manager: VirtualManager): Promise<unknown[]> {
  const [routes] = await manager.client.call(networkPath(1), Iface.ownNetwork, 'ListRoutes');
  return (routes as [number, number, string, number, number][]).flatMap(([first, extent, , , gateway]) =>
    gateway === 0 ? [] : [[first, extent, gateway]],
  );
}

describe('SetupEndpoint of a bridge', () => {
  test('R-DISC-56 R-DISC-61 R-DBUS-28 its object, then Bridge1 alone, both before the reply', async () => {
    await using manager = await VirtualManager.start(bus, [BRIDGE]);
    expect(await manager.setUp(0x20)).toBe(`9 1 ${PATH} true`);
    // Both came before the reply: nothing was waited for since.
    const added = manager.client.signals.map(({ path, member, body }) => {
      const [object, interfaces] = body as [string, object];
      return [path, member, object, Object.keys(interfaces).includes(Iface.bridge)];
    });
    expect(added).toEqual([
      [ROOT_PATH, 'InterfacesAdded', PATH, false],
      [ROOT_PATH, 'InterfacesAdded', PATH, true],
    ]);
    const [, own] = manager.client.signals;
    const [, interfaces] = own?.body as [string, Record<string, Record<string, unknown>>];
    expect(Object.keys(interfaces)).toEqual([Iface.bridge]);
    expect(interfaces[Iface.bridge]).toMatchObject({
      PoolStart: { signature: 'y', value: 10 },
      PoolEnd: { signature: 'y', value: 12 },
    });
    expect(await pool(manager)).toEqual([10, 12]);
    expect(await gatewayRoutes(manager)).toEqual([[10, 2, 9]]);
    expect(await manager.setUp(0x20)).toBe(`9 1 ${PATH} false`);
  });

  test('R-DISC-80 R-DISC-81 Remove takes along what is behind it, the bridge first', async () => {
    await using manager = await VirtualManager.start(bus, [BRIDGE]);
    await manager.setUp(0x20);
    // Whoever answers at the bridge's address under an EID of its pool is behind it, for all we can see.
    const downstream = { address: 0x20, eid: 11 };
    await manager.daemon.exchange('bus0', downstream);
    expect(await manager.learnByEid(11)).toBe(`${endpointPath(1, 11)} true`);
    expect(await manager.published(11, Iface.ownEndpoint, 'Bridge')).toBe(9);
    await manager.news();
    expect(await manager.endpoint(9, 'Remove')).toBe('');
    expect(await manager.news()).toEqual([
      `InterfacesRemoved ${PATH}`,
      `InterfacesRemoved ${endpointPath(1, 11)}`,
    ]);
    expect(await gatewayRoutes(manager)).toEqual([]);
  });

  test('R-DISC-62 R-DBUS-28 a bridge that refuses its pool stays, without Bridge1', async () => {
    const refusing = { ...BRIDGE, refuses: { 'allocate-endpoint-ids': 5 } };
    await using manager = await VirtualManager.start(bus, [refusing]);
    expect(await manager.setUp(0x20)).toBe(`9 1 ${PATH} true`);
    expect(await manager.news()).toEqual([`InterfacesAdded ${PATH}`]);
    expect(await pool(manager)).toEqual([undefined, undefined]);
    expect(await gatewayRoutes(manager)).toEqual([]);
  });
});

describe('AssignBridgeStatic', () => {
  const assign = (manager: VirtualManager, address: number, ...[eid, start, size]: number[]) =>
    manager.link('AssignBridgeStatic', 'ayyyy', address, eid ?? 0, start ?? 0, size ?? 0);

  test('R-DISC-67 R-DISC-69 R-DBUS-16 the reply has poolstart second; 0 where there is no pool', async () => {
    await using manager = await VirtualManager.start(bus, [BRIDGE, { address: 0x21 }]);
    const path = endpointPath(1, 20);
    expect(await assign(manager, 0x20, 20, 0, 2)).toBe(`20 21 1 ${path} true`);
    expect(await pool(manager, 20)).toEqual([21, 22]);
    expect(await assign(manager, 0x20, 20, 21, 2)).toBe(`20 21 1 ${path} false`);
    expect(await assign(manager, 0x21, 30, 31, 2)).toBe(`30 0 1 ${endpointPath(1, 30)} true`);
  });

  test('R-DISC-67 R-DISC-68 R-DBUS-38 error texts', async () => {
    await using manager = await VirtualManager.start(bus, [BRIDGE, { address: 0x21, pool_size: 2 }]);
    await assign(manager, 0x20, 20, 0, 3);
    expect(await assign(manager, 0x21, 30, 32, 2)).toBe(`${INVALID}Bad pool start EID`);
    expect(await assign(manager, 0x21, 250, 0, 5)).toBe(`${FAILED}Ran out of EIDs`);
    expect(await assign(manager, 0x21, 18, 0, 2)).toBe(`${FAILED}Ran out of EIDs`);
    expect(await assign(manager, 0x21, 22, 0, 2)).toBe(`${FAILED}Ran out of EIDs`);
    expect(await assign(manager, 0x21, 20, 0, 2)).toBe(`${INVALID}Address in use`);
    expect(await manager.client.eids()).toEqual([8, 20]);
  });
});
