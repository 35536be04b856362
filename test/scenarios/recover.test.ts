import { Iface, endpointPath } from '../../src/base/bus-names';
import type { Variant } from '../../src/bus/variant';
import { expectNothingLeft } from '../support/leftovers';
import { PrivateBus } from '../support/private-bus';
import { VirtualManager } from '../support/virtual-manager';

let bus: PrivateBus;

expectNothingLeft(() => bus.stop());

beforeAll(async () => {
  bus = await PrivateBus.start();
});

const PATH = endpointPath(1, 9);
const UUID = '595a522d-77c5-4628-8400-37bfb41b7100';
const OTHER_UUID = '595a522d-77c5-4628-8400-37bfb41b7101';

/** Signals in order, those of Connectivity with their value, as pldmd reads them (R-CONS-18). */
async function signals(manager: VirtualManager): Promise<string[]> {
  await manager.client.objects();
  const heard = manager.client.signals.map(({ member, path, body }) => {
    if (member !== 'PropertiesChanged') return `${member} ${String(body[0])}`;
    const [iface, changed, invalidated] = body as [string, Record<string, Variant>, string[]];
    expect([iface, Object.keys(changed), invalidated]).toEqual([Iface.endpoint1, ['Connectivity'], []]);
    expect(changed.Connectivity).toMatchObject({ signature: 's' });
    return `${String(changed.Connectivity?.value)} ${path}`;
  });
  manager.client.signals.length = 0;
  return heard;
}

/** Two devices that are set up, the first one under EID 9. */
async function start(): Promise<VirtualManager> {
  const manager = await VirtualManager.start(bus, [{ address: 0x20, uuid: UUID }, { address: 0x21 }]);
  await manager.setUp(0x20);
  await manager.setUp(0x21);
  await manager.news();
  return manager;
}

test('R-DISC-90 R-CONS-17 Degraded is heard before the reply, Available after it', async () => {
  await using manager = await start();
  // No virtual time passes until the reply is there: nothing but the call itself can have told it.
  await manager.client.call(PATH, Iface.endpoint1, 'Recover');
  expect(manager.client.signals.map(({ member }) => member)).toContain('PropertiesChanged');
  expect(await signals(manager)).toEqual([`Degraded ${PATH}`]);
  await manager.daemon.clock.advance(100);
  expect(await signals(manager)).toEqual([`Available ${PATH}`]);
  await manager.daemon.clock.advance(10_000);
  expect(await signals(manager)).toEqual([]);
});

test('R-DISC-91 R-DISC-96 R-CONS-27 a dead device: Degraded, then InterfacesRemoved at 5.25 s with every interface', async () => {
  await using manager = await start();
  const [device] = manager.daemon.devices.bus('bus0').devices;
  await device?.close();
  const interfaces = Object.keys((await manager.client.objects())[PATH] ?? {});
  await manager.client.call(PATH, Iface.endpoint1, 'Recover');
  await manager.daemon.clock.advance(100);
  expect(await manager.endpoint(9, 'Recover')).toBe('');
  expect(await manager.published(9, Iface.endpoint1, 'Connectivity')).toBe('Degraded');
  await manager.daemon.clock.advance(5000);
  expect(await signals(manager)).toEqual([`Degraded ${PATH}`]);
  await manager.daemon.clock.advance(300);
  await manager.client.objects();
  const [removed] = manager.client.signals;
  expect([...(removed?.body[1] as string[])].sort()).toEqual(interfaces.sort());
  expect(await signals(manager)).toEqual([`InterfacesRemoved ${PATH}`]);
  expect(await manager.client.eids()).toEqual([8, 10]);
});

test('R-DISC-94 R-CONS-18 a device that was reset gets its EID back and its object stays', async () => {
  await using manager = await start();
  const same = { address: 0x20, uuid: UUID };
  await manager.daemon.exchange('bus0', same);
  await manager.endpoint(9, 'Recover');
  await manager.daemon.clock.advance(1000);
  expect(await signals(manager)).toEqual([`Degraded ${PATH}`, `Available ${PATH}`]);
  expect(await manager.setUp(0x20)).toBe(`9 1 ${PATH} false`);
});

test('R-DISC-95 R-CONS-27 another device in its place: the object goes, and one of the new device comes', async () => {
  await using manager = await start();
  const other = { address: 0x20, uuid: OTHER_UUID };
  await manager.daemon.exchange('bus0', other);
  await manager.endpoint(9, 'Recover');
  await manager.daemon.clock.advance(1000);
  expect(await signals(manager)).toEqual([
    `Degraded ${PATH}`,
    `InterfacesRemoved ${PATH}`,
    `InterfacesAdded ${PATH}`,
  ]);
  expect(await manager.published(9, Iface.uuid, 'UUID')).toBe(OTHER_UUID);
  expect(await manager.published(9, Iface.endpoint1, 'Connectivity')).toBe('Available');
});
