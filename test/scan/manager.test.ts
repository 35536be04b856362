import {
  Iface,
  ROOT_PATH,
  SERVICE_NAME,
  endpointPath,
  linkPath,
  networkPath,
} from '../../src/base/bus-names';
import { Manager } from '../../src/scan/manager';
import { FakeBus, variant } from './fake-bus';

const DEVICE = { link: 'mctp0', physicalAddress: Uint8Array.of(0x1d) };
const PATH_9 = endpointPath(1, 9);

function daemon(member: string, reply: readonly unknown[]) {
  const bus = new FakeBus();
  bus.on(member, () => reply);
  return { bus, manager: new Manager(bus, { timeoutMs: 1000 }) };
}

describe('Manager', () => {
  test.each([
    ['setup', 'SetupEndpoint', 'ay', []],
    ['assign', 'AssignEndpoint', 'ay', []],
    ['assignStatic', 'AssignEndpointStatic', 'ayy', [20]],
    ['learn', 'LearnEndpoint', 'ay', []],
  ] as const)('R-DBUS-16 %s calls %s and reads yisb', async (verb, member, signature, extra) => {
    const { bus, manager } = daemon(`${Iface.busOwner}.${member}`, [9, 1, PATH_9, true]);
    const call = verb === 'assignStatic' ? manager.assignStatic(DEVICE, 20) : manager[verb](DEVICE);
    expect(await call).toEqual({ eid: 9, network: 1, path: PATH_9, fresh: true });
    expect(bus.calls).toEqual([
      {
        destination: SERVICE_NAME,
        path: linkPath('mctp0'),
        iface: Iface.busOwner,
        member,
        signature,
        body: [Buffer.of(0x1d), ...extra],
        timeoutMs: 1000,
      },
    ]);
  });

  test('R-DBUS-16 AssignBridgeStatic answers yyisb with the pool start second', async () => {
    const { bus, manager } = daemon(`${Iface.busOwner}.AssignBridgeStatic`, [20, 21, 1, PATH_9, true]);
    expect(await manager.assignBridge(DEVICE, 20, 4)).toMatchObject({ eid: 20, network: 1, path: PATH_9 });
    expect(bus.calls[0]).toMatchObject({ signature: 'ayyyy', body: [Buffer.of(0x1d), 20, 21, 4] });
  });

  test('R-DBUS-18 learning a device with EID 0 finds nothing', async () => {
    const { manager } = daemon(`${Iface.busOwner}.LearnEndpoint`, [0, 0, '', false]);
    expect(await manager.learn(DEVICE)).toBeUndefined();
  });

  test('R-DBUS-20 learnByEid asks the network object', async () => {
    const { bus, manager } = daemon(`${Iface.network}.LearnEndpoint`, [PATH_9, false]);
    const learned = await manager.learnByEid({ network: 1, eid: 9 });
    expect(learned).toEqual({ eid: 9, network: 1, path: PATH_9, fresh: false });
    expect(bus.calls[0]).toMatchObject({ path: networkPath(1), signature: 'y', body: [9] });
  });

  test('R-DBUS-25, R-DBUS-26 remove, setMtu and recover go to the constructed path (R-CONS-3)', async () => {
    const { bus, manager } = daemon(`${Iface.endpoint1}.Remove`, []);
    for (const name of ['SetMTU', 'Recover']) bus.on(`${Iface.endpoint1}.${name}`, () => []);
    await manager.remove({ network: 1, eid: 9 });
    await manager.setMtu({ network: 1, eid: 9 }, 128);
    await manager.recover({ network: 1, eid: 9 });
    expect(bus.calls[0]).toMatchObject({ path: PATH_9, member: 'Remove' });
    expect(bus.calls[1]).toMatchObject({ path: PATH_9, signature: 'u', body: [128] });
    expect(bus.calls[2]).toMatchObject({ path: PATH_9, member: 'Recover' });
  });

  test('R-DBUS-13 setRole sets the property as a string variant', async () => {
    const { bus, manager } = daemon(`${Iface.properties}.Set`, []);
    await manager.setRole('mctp-usb0', 'BusOwner');
    expect(bus.calls[0]).toMatchObject({
      path: `${ROOT_PATH}/interfaces/mctp_2dusb0`,
      signature: 'ssv',
      body: [Iface.link, 'Role', { signature: 's', value: 'BusOwner' }],
    });
  });

  test('R-DBUS-53 routes and neighbours, a row of another shape left out', async () => {
    const { bus, manager } = daemon(`${Iface.ownNetwork}.ListRoutes`, [
      [[9, 0, 'mctp0', 0, 0], ['?'], [12, 1, '', 0, 11]],
    ]);
    expect(await manager.routes(1)).toEqual([
      { first: 9, extent: 0, link: 'mctp0', mtu: 0, gateway: 0 },
      { first: 12, extent: 1, link: '', mtu: 0, gateway: 11 },
    ]);
    bus.on(`${Iface.ownNetwork}.ListNeighbours`, () => [[[9, 'mctp0', Buffer.of(0x1d)]]]);
    expect(await manager.neighbours(1)).toEqual([
      { eid: 9, link: 'mctp0', physicalAddress: Uint8Array.of(0x1d) },
    ]);
    bus.on(`${Iface.ownNetwork}.AddRoute`, () => []);
    bus.on(`${Iface.ownNetwork}.RemoveRoute`, () => []);
    await manager.addRoute(1, { first: 20, extent: 4, link: 'mctp0', mtu: 68, gateway: 0 });
    await manager.removeRoute(1, { first: 20, extent: 4, link: 'mctp0' });
    expect(bus.calls[2]).toMatchObject({ signature: 'yysuy', body: [20, 4, 'mctp0', 68, 0] });
    expect(bus.calls[3]).toMatchObject({ signature: 'yys', body: [20, 4, 'mctp0'] });
  });

  test('R-DBUS-52 counters are 64-bit numbers by name', async () => {
    const { manager } = daemon(`${Iface.ownLink}.GetCounters`, [{ RxPackets: 12n, TxPackets: 7n, Odd: 'x' }]);
    expect([...(await manager.counters('mctp0'))]).toEqual([
      ['RxPackets', 12],
      ['TxPackets', 7],
    ]);
  });

  test('R-DBUS-54 status, with zero for what is missing', async () => {
    const { manager } = daemon(`${Iface.ownEndpoint}.GetStatus`, [
      { Requests: variant('t', 5n), LastError: variant('s', 'timed out') },
    ]);
    expect(await manager.status({ network: 1, eid: 9 })).toEqual({
      lastError: 'timed out',
      roundTripMicroseconds: 0,
      requests: 5,
      timeouts: 0,
    });
  });

  test('R-DBUS-51 rescan calls the root object', async () => {
    const { bus, manager } = daemon(`${Iface.ownManager}.Rescan`, []);
    await manager.rescan();
    expect(bus.calls[0]).toMatchObject({ path: ROOT_PATH, member: 'Rescan' });
  });

  test('a reply of other types than the contract is an error, not a wrong value', async () => {
    const { manager } = daemon(`${Iface.busOwner}.SetupEndpoint`, ['9', 1, PATH_9, true]);
    await expect(manager.setup(DEVICE)).rejects.toMatchObject({ code: 'bad-response' });
  });
});
