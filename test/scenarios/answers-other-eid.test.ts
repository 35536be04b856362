import { Iface, endpointPath, networkPath } from '../../src/base/bus-names';
import { expectNothingLeft } from '../support/leftovers';
import { PrivateBus } from '../support/private-bus';
import { VirtualManager } from '../support/virtual-manager';

/** Devices that take another EID than they are given, or refuse. */

let bus: PrivateBus;

expectNothingLeft(() => bus.stop());

beforeAll(async () => {
  bus = await PrivateBus.start();
});

const FAILED = 'org.freedesktop.DBus.Error.Failed: ';
const UUID = '595a522d-77c5-4628-8400-37bfb41b7100';

/** Nothing of a failed assignment stays. */
async function expectNoTrace(manager: VirtualManager): Promise<void> {
  expect(await manager.client.eids()).toEqual([8]);
  for (const list of ['ListRoutes', 'ListNeighbours']) {
    expect(await manager.client.call(networkPath(1), Iface.ownNetwork, list)).toEqual([[]]);
  }
  expect(await manager.news()).toEqual([]);
}

test('R-DISC-47 a free EID it insists on is its EID, with its UUID, and with route and neighbour there', async () => {
  await using manager = await VirtualManager.start(bus, [{ address: 0x20, answers_eid: 77, uuid: UUID }]);
  expect(await manager.setUp(0x20)).toBe(`77 1 ${endpointPath(1, 77)} true`);
  expect(await manager.news()).toEqual([`InterfacesAdded ${endpointPath(1, 77)}`]);
  expect(await manager.published(77, Iface.uuid, 'UUID')).toBe(UUID);
  expect(await manager.client.call(networkPath(1), Iface.ownNetwork, 'ListRoutes')).toEqual([
    [[77, 0, 'bus0', 68, 0]],
  ]);
  const neighbours = [[77, 'bus0', Buffer.from([0x20])]];
  expect(await manager.client.call(networkPath(1), Iface.ownNetwork, 'ListNeighbours')).toEqual([neighbours]);
  expect(await manager.setUp(0x20)).toBe(`77 1 ${endpointPath(1, 77)} false`);
});

test('R-DISC-47 R-DISC-48 an EID that is used, ours here, fails with both numbers and leaves nothing', async () => {
  await using manager = await VirtualManager.start(bus, [{ address: 0x20, answers_eid: 8 }]);
  const text = 'Endpoint requested EID 8 instead of assigned 9, already used';
  expect(await manager.setUp(0x20)).toBe(`${FAILED}${text}`);
  await expectNoTrace(manager);
});

test.each([
  ['set-endpoint-id', 'Endpoint returned failure to Set Endpoint ID'],
  ['get-endpoint-id', 'MCTP Endpoint replied with failure'],
  ['get-message-types', 'Request failed'],
])('R-DISC-15 R-DISC-48 a refused %s fails with "%s" and leaves nothing', async (command, text) => {
  await using manager = await VirtualManager.start(bus, [{ address: 0x20, refuses: { [command]: 0x01 } }]);
  expect(await manager.setUp(0x20)).toBe(`${FAILED}${text}`);
  await expectNoTrace(manager);
});

test.each([
  ['set-endpoint-id', 'MCTP Endpoint did not respond'],
  ['get-endpoint-id', 'MCTP Endpoint did not respond'],
  ['get-message-types', 'Request failed'],
])(
  'R-DISC-11 R-DISC-40 silence to %s fails with "%s" after 4 attempts and leaves nothing',
  async (command, text) => {
    await using manager = await VirtualManager.start(bus, [{ address: 0x20, silent_to: [command] }]);
    expect(await manager.setUp(0x20)).toBe(`${FAILED}${text}`);
    expect(Math.round(manager.daemon.clock.now() / 100) * 100).toBe(1000);
    await expectNoTrace(manager);
  },
);

test('R-DISC-17 not ready (0x04) is asked again like silence, then it is a failure', async () => {
  await using manager = await VirtualManager.start(bus, [
    { address: 0x20, refuses: { 'get-endpoint-id': 0x04 } },
  ]);
  expect(await manager.setUp(0x20)).toBe(`${FAILED}MCTP Endpoint replied with failure`);
  expect(manager.daemon.clock.now()).toBeGreaterThanOrEqual(750);
  await expectNoTrace(manager);
});
