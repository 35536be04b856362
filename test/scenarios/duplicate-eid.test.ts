import { endpointPath } from '../../src/base/bus-names';
import { expectNothingLeft } from '../support/leftovers';
import { PrivateBus } from '../support/private-bus';
import { VirtualManager } from '../support/virtual-manager';

/** Devices that bring an EID of their own, not always a good one. */

let bus: PrivateBus;

expectNothingLeft(() => bus.stop());

beforeAll(async () => {
  bus = await PrivateBus.start();
});

const eidOf = (manager: VirtualManager, address: number): number | undefined =>
  manager.daemon.devices.bus('bus0').devices.find(({ profile }) => profile.address[0] === address)?.eid;

test('R-DISC-54 R-DISC-55 of two devices with one EID the first keeps it, the second gets another', async () => {
  const devices = [
    { address: 0x20, eid: 50 },
    { address: 0x21, eid: 50 },
  ];
  await using manager = await VirtualManager.start(bus, devices);
  expect(await manager.setUp(0x20)).toBe(`50 1 ${endpointPath(1, 50)} true`);
  expect(await manager.setUp(0x21)).toBe(`9 1 ${endpointPath(1, 9)} true`);
  expect([eidOf(manager, 0x20), eidOf(manager, 0x21)]).toEqual([50, 9]);
});

test('R-DISC-54 set up at once, both still end with EIDs of their own', async () => {
  const devices = [
    { address: 0x20, eid: 50, count: 1 },
    { address: 0x21, eid: 50 },
    { address: 0x22, eid: 50 },
  ];
  await using manager = await VirtualManager.start(bus, devices);
  const answers = await Promise.all([manager.setUp(0x20), manager.setUp(0x21), manager.setUp(0x22)]);
  for (const answer of answers) expect(answer).toMatch(/ true$/);
  const eids = [0x20, 0x21, 0x22].map((address) => eidOf(manager, address));
  expect(new Set(eids).size).toBe(3);
  expect(await manager.client.eids()).toEqual([8, ...eids].sort((a, b) => Number(a) - Number(b)));
});

test('R-DISC-55 a device that claims our own EID is given another', async () => {
  await using manager = await VirtualManager.start(bus, [{ address: 0x20, eid: 8 }]);
  expect(await manager.setUp(0x20)).toBe(`9 1 ${endpointPath(1, 9)} true`);
});

test('R-DISC-74 LearnEndpoint refuses a claimed EID that is used, ours included', async () => {
  const devices = [
    { address: 0x20, eid: 50 },
    { address: 0x21, eid: 50 },
    { address: 0x22, eid: 8 },
  ];
  await using manager = await VirtualManager.start(bus, devices);
  await manager.setUp(0x20);
  const claimed = (eid: number): string =>
    `org.freedesktop.DBus.Error.FileExists: Endpoint claimed EID ${eid} which is already used`;
  expect(await manager.link('LearnEndpoint', 'ay', 0x21)).toBe(claimed(50));
  expect(await manager.link('LearnEndpoint', 'ay', 0x22)).toBe(claimed(8));
  expect(await manager.client.eids()).toEqual([8, 50]);
});

test('R-DISC-66 R-DBUS-37 AssignEndpointStatic refuses an EID in use, another EID, and reserved ones', async () => {
  const devices = [{ address: 0x20 }, { address: 0x21 }];
  await using manager = await VirtualManager.start(bus, devices);
  const assign = (address: number, eid: number) => manager.link('AssignEndpointStatic', 'ayy', address, eid);
  const invalid = 'org.freedesktop.DBus.Error.InvalidArgs: ';
  expect(await assign(0x20, 20)).toBe(`20 1 ${endpointPath(1, 20)} true`);
  expect(await assign(0x20, 20)).toBe(`20 1 ${endpointPath(1, 20)} false`);
  expect(await assign(0x21, 20)).toBe(`${invalid}Address in use`);
  expect(await assign(0x21, 8)).toBe(`${invalid}Address in use`);
  expect(await assign(0x20, 21)).toBe(`${invalid}Already assigned a different EID`);
  for (const eid of [1, 7, 255]) expect(await assign(0x21, eid)).toBe(`${invalid}Invalid EID`);
  expect(await assign(0x21, 0)).toBe(`9 1 ${endpointPath(1, 9)} true`);
});

test('R-DISC-21 a range that is full says so', async () => {
  const head = '[bus-owner]\ndynamic_eid_range = [8, 10]\n';
  await using manager = await VirtualManager.start(bus, [{ address: 0x20, count: 3 }], { head });
  expect(await manager.setUp(0x20)).toMatch(/ true$/);
  expect(await manager.setUp(0x21)).toMatch(/ true$/);
  expect(await manager.setUp(0x22)).toBe('org.freedesktop.DBus.Error.Failed: Ran out of EIDs');
  expect(await manager.client.eids()).toEqual([8, 9, 10]);
});
