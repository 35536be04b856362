import { Iface, endpointPath, linkPath, networkPath } from '../../src/base/bus-names';
import { BusClient } from '../support/bus-client';
import { DaemonProcess, linkTable } from '../support/daemon';
import { expectNothingLeft } from '../support/leftovers';
import { PrivateBus } from '../support/private-bus';
import { Simulated } from '../support/simulated';
import { VirtualManager } from '../support/virtual-manager';

let bus: PrivateBus;

expectNothingLeft(() => bus.stop());

beforeAll(async () => {
  bus = await PrivateBus.start();
});

const FAILED = 'org.freedesktop.DBus.Error.Failed: ';
const device = (manager: VirtualManager) => manager.daemon.devices.bus('bus0').devices[0];

describe('BusOwner1.LearnEndpoint', () => {
  test('R-DISC-72 R-DBUS-18 a device without an EID is a success with nothing found, and is given none', async () => {
    await using manager = await VirtualManager.start(bus, [{ address: 0x20 }]);
    expect(await manager.link('LearnEndpoint', 'ay', 0x20)).toBe('0 0  false');
    expect(device(manager)?.eid).toBe(0);
    expect(await manager.client.eids()).toEqual([8]);
  });

  test('R-DISC-73 R-DBUS-18 a device with an EID is published as it is, and found is true again for a known one', async () => {
    await using manager = await VirtualManager.start(bus, [{ address: 0x20, eid: 99, types: [0, 5] }]);
    const path = endpointPath(1, 99);
    expect(await manager.link('LearnEndpoint', 'ay', 0x20)).toBe(`99 1 ${path} true`);
    expect(await manager.published(99, Iface.endpoint, 'SupportedMessageTypes')).toEqual(Buffer.from([0, 5]));
    expect(await manager.news()).toEqual([`InterfacesAdded ${path}`]);
    expect(await manager.link('LearnEndpoint', 'ay', 0x20)).toBe(`99 1 ${path} true`);
    expect(await manager.news()).toEqual([]);
  });

  test('R-DISC-72 a known device that lost its EID is removed', async () => {
    await using manager = await VirtualManager.start(bus, [{ address: 0x20, eid: 99 }]);
    await manager.link('LearnEndpoint', 'ay', 0x20);
    await manager.news();
    await manager.daemon.exchange('bus0', { address: 0x20 });
    expect(await manager.link('LearnEndpoint', 'ay', 0x20)).toBe('0 0  false');
    expect(await manager.news()).toEqual([`InterfacesRemoved ${endpointPath(1, 99)}`]);
  });

  test('R-DISC-50 silence leaves what is known', async () => {
    await using manager = await VirtualManager.start(bus, [{ address: 0x20, eid: 99 }]);
    await manager.link('LearnEndpoint', 'ay', 0x20);
    await device(manager)?.close();
    for (const method of ['LearnEndpoint', 'SetupEndpoint']) {
      expect(await manager.link(method, 'ay', 0x20)).toBe(`${FAILED}MCTP Endpoint did not respond`);
    }
    expect(await manager.client.eids()).toEqual([8, 99]);
  });

  test('R-DISC-73 R-DBUS-23 changed answers re-publish the object under its path, with two signals', async () => {
    await using manager = await VirtualManager.start(bus, [{ address: 0x20, eid: 99, types: [0, 1] }]);
    await manager.link('LearnEndpoint', 'ay', 0x20);
    await manager.news();
    const exchanged = { address: 0x20, eid: 99, types: [0, 1, 5] };
    await manager.daemon.exchange('bus0', exchanged);
    const path = endpointPath(1, 99);
    expect(await manager.link('LearnEndpoint', 'ay', 0x20)).toBe(`99 1 ${path} true`);
    expect(await manager.news()).toEqual([`InterfacesRemoved ${path}`, `InterfacesAdded ${path}`]);
    const types = await manager.published(99, Iface.endpoint, 'SupportedMessageTypes');
    expect(types).toEqual(Buffer.from([0, 1, 5]));
  });

  test('R-DISC-53 SetupEndpoint of a device that was reset gives it its EID again under a new object', async () => {
    await using manager = await VirtualManager.start(bus, [{ address: 0x20 }]);
    await manager.setUp(0x20);
    await manager.news();
    await manager.daemon.exchange('bus0', { address: 0x20 });
    const path = endpointPath(1, 9);
    expect(await manager.setUp(0x20)).toBe(`9 1 ${path} true`);
    expect(await manager.news()).toEqual([`InterfacesRemoved ${path}`, `InterfacesAdded ${path}`]);
  });
});

describe('Network1.LearnEndpoint', () => {
  test('R-DISC-76 R-DBUS-20 a known EID, ours included, is answered without asking anybody', async () => {
    await using manager = await VirtualManager.start(bus, [{ address: 0x20 }]);
    await manager.setUp(0x20);
    await device(manager)?.close();
    expect(await manager.learnByEid(9)).toBe(`${endpointPath(1, 9)} false`);
    expect(await manager.learnByEid(8)).toBe(`${endpointPath(1, 8)} false`);
  });

  test('R-DISC-76 an EID that no route leads to is an error, and nothing stays', async () => {
    await using manager = await VirtualManager.start(bus, [{ address: 0x20, eid: 60 }]);
    expect(await manager.learnByEid(60)).toBe(`${FAILED}MCTP Endpoint is unreachable`);
    expect(await manager.client.eids()).toEqual([8]);
  });

  test.each([0, 1, 7, 255])('R-DBUS-37 EID %d is refused', async (eid) => {
    await using manager = await VirtualManager.start(bus, []);
    expect(await manager.learnByEid(eid)).toBe('org.freedesktop.DBus.Error.InvalidArgs: Invalid EID');
  });

  test('R-DISC-76 R-DISC-78 over a route that the caller made it finds the device, which SetupEndpoint then knows', async () => {
    await using devices = await Simulated.start([{ name: 'serial0', kind: 'pty', device: [{ eid: 60 }] }]);
    const { reach: path } = devices.bus('serial0');
    const configuration = `state = false\n${linkTable('serial0', { binding: 'serial', path, discover: 'off' })}`;
    await using daemon = await DaemonProcess.start(bus, configuration);
    await using client = await BusClient.connect(bus);
    await client.call(networkPath(1), Iface.ownNetwork, 'AddRoute', 'yysuy', 60, 0, 'serial0', 0, 0);
    const learn = [networkPath(1), Iface.network, 'LearnEndpoint', 'y', 60] as const;
    expect(await client.describe(...learn)).toBe(`${endpointPath(1, 60)} true`);
    expect(await client.describe(...learn)).toBe(`${endpointPath(1, 60)} false`);
    const setUp = [linkPath('serial0'), Iface.busOwner, 'SetupEndpoint', 'ay', Buffer.alloc(0)] as const;
    expect(await client.describe(...setUp)).toBe(`60 1 ${endpointPath(1, 60)} false`);
    expect(await client.eids()).toEqual([8, 60]);
    expect(await daemon.program.stop()).toMatchObject({ status: 0 });
  });
});
