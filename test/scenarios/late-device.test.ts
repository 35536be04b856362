import { Iface, endpointPath } from '../../src/base/bus-names';
import { expectNothingLeft } from '../support/leftovers';
import { PrivateBus } from '../support/private-bus';
import { VirtualManager } from '../support/virtual-manager';

let bus: PrivateBus;

expectNothingLeft(() => bus.stop());

beforeAll(async () => {
  bus = await PrivateBus.start();
});

const UUID = '595a522d-77c5-4628-8400-37bfb41b7500';
const LISTED = { link: { discover: 'static' }, endpoints: '[[link.endpoint]]\naddress = [64]\n' };

test('R-DISC-168 D-9 a listed device that boots for half a minute is found without a call, and the log says so once', async () => {
  await using manager = await VirtualManager.start(bus, [{ address: 64, ready_after_ms: 30_000 }], LISTED);
  await manager.daemon.clock.advance(29_000);
  expect(await manager.client.eids()).toEqual([8]);
  await manager.daemon.clock.advance(30_000);
  expect(await manager.client.eids()).toEqual([8, 9]);
  expect(await manager.news()).toEqual([`InterfacesAdded ${endpointPath(1, 9)}`]);
  const told = manager.daemon.log.filter(([, message]) => message === 'device not there');
  expect(told.map(([level]) => level)).toEqual(['info']);
});

test('R-DISC-18 a call for it before it is ready fails in bounded time, the same call later succeeds', async () => {
  await using manager = await VirtualManager.start(bus, [{ address: 64, ready_after_ms: 5000 }]);
  expect(await manager.setUp(64)).toBe('org.freedesktop.DBus.Error.Failed: MCTP Endpoint did not respond');
  // Four attempts of 250 ms. How far the clock had moved on when the answer was read depends on this machine.
  expect(manager.daemon.clock.now()).toBeGreaterThanOrEqual(1000);
  await manager.daemon.clock.advance(5000);
  expect(await manager.setUp(64)).toBe(`9 1 ${endpointPath(1, 9)} true`);
});

test.each([
  ['the UUID', 'get-endpoint-uuid', { uuid: UUID }],
  ['the vendor-defined types', 'get-vendor-defined', { types: [0, 126] }],
])(
  'R-DISC-42 R-CONS-14 %s, never answered, keeps nothing else back and is asked for in the background',
  async (_what, command, profile) => {
    const device = { address: 64, types: [0, 1], ...profile, silent_to: [command] };
    await using manager = await VirtualManager.start(bus, [device]);
    expect(await manager.setUp(64)).toBe(`9 1 ${endpointPath(1, 9)} true`);
    expect(manager.daemon.clock.now()).toBeGreaterThanOrEqual(1000);
    expect(await manager.published(9, Iface.endpoint, 'VendorDefinedMessageTypes')).toEqual([]);
    expect(await manager.published(9, Iface.uuid, 'UUID')).toBeUndefined();
    const before = await manager.client.call(endpointPath(1, 9), Iface.ownEndpoint, 'GetStatus');
    await manager.daemon.clock.advance(60_000);
    const after = await manager.client.call(endpointPath(1, 9), Iface.ownEndpoint, 'GetStatus');
    // 1, 2, 4, 8 and 16 s after the one before; the next is due after 30 s.
    expect(timeouts(after) - timeouts(before)).toBe(5);
    expect(await manager.news()).toEqual([`InterfacesAdded ${endpointPath(1, 9)}`]);
  },
);

function timeouts([status]: readonly unknown[]): number {
  return Number((status as Record<string, { value: bigint }>)['Timeouts']?.value);
}
