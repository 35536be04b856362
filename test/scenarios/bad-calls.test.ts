import { Iface, ROOT_PATH, endpointPath, linkPath, networkPath } from '../../src/base/bus-names';
import { Variant } from '../../src/bus/variant';
import type { BusClient } from '../support/bus-client';
import { expectNothingLeft } from '../support/leftovers';
import { PrivateBus } from '../support/private-bus';
import { VirtualManager } from '../support/virtual-manager';

/** D-Bus calls that make no sense get the error of the contract, and the daemon goes on. */

const PROPERTIES = 'org.freedesktop.DBus.Properties';
const MANAGER = 'org.freedesktop.DBus.ObjectManager';
const LINK = linkPath('bus0');
const NOBODY = endpointPath(1, 99);

let bus: PrivateBus;
let manager: VirtualManager;

expectNothingLeft(async () => {
  await manager[Symbol.asyncDispose]();
  await bus.stop();
});

beforeAll(async () => {
  bus = await PrivateBus.start();
  manager = await VirtualManager.start(bus, []);
});

type Call = Parameters<BusClient['call']>;

const texts: readonly (readonly [call: Call, name: string, text: string])[] = [
  [[ROOT_PATH, Iface.root, 'RegisterTypeSupport', 'yau', 0, [1]], 'InvalidArgs', 'Invalid message type 0'],
  [
    [ROOT_PATH, Iface.root, 'RegisterTypeSupport', 'yau', 0x7e, []],
    'InvalidArgs',
    'Invalid message type 126',
  ],
  [
    [ROOT_PATH, Iface.root, 'RegisterTypeSupport', 'yau', 5, []],
    'InvalidArgs',
    'No versions provided for message type 5',
  ],
  [
    [ROOT_PATH, Iface.root, 'RegisterVDMTypeSupport', 'yvq', 2, new Variant('q', 1), 1],
    'InvalidArgs',
    'Unsupported VID format: 2',
  ],
  [
    [ROOT_PATH, Iface.root, 'RegisterVDMTypeSupport', 'yvq', 0, new Variant('u', 1), 1],
    'InvalidArgs',
    "Expected format is PCIe but variant contains 'u'",
  ],
  [
    [ROOT_PATH, Iface.root, 'RegisterVDMTypeSupport', 'yvq', 1, new Variant('s', 'x'), 1],
    'InvalidArgs',
    "Expected format is IANA but variant contains 's'",
  ],
  [
    [LINK, PROPERTIES, 'Set', 'ssv', Iface.link, 'Role', new Variant('s', 'Endpoint')],
    'InvalidArgs',
    'Role is already set.',
  ],
  [[LINK, Iface.busOwner, 'SetupEndpoint', 'ay', Buffer.alloc(2)], 'InvalidArgs', 'Bad physaddr'],
  [[LINK, Iface.busOwner, 'SetupEndpoint', 'ay', Buffer.alloc(33)], 'Failed', 'Request failed'],
  [
    [LINK, Iface.busOwner, 'AssignBridgeStatic', 'ayyyy', Buffer.from([32]), 9, 11, 2],
    'InvalidArgs',
    'Bad pool start EID',
  ],
  [[networkPath(1), Iface.ownNetwork, 'AddRoute', 'yysuy', 7, 0, 'bus0', 0, 0], 'InvalidArgs', 'Invalid EID'],
  [
    [networkPath(1), Iface.ownNetwork, 'AddRoute', 'yysuy', 250, 5, 'bus0', 0, 0],
    'InvalidArgs',
    'Invalid EID',
  ],
  [
    [networkPath(1), Iface.ownNetwork, 'AddRoute', 'yysuy', 20, 0, 'nolink', 0, 0],
    'InvalidArgs',
    'Unknown MCTP interface',
  ],
  [
    [networkPath(1), Iface.ownNetwork, 'AddRoute', 'yysuy', 20, 0, 'bus0', 0, 9],
    'InvalidArgs',
    'Invalid arguments',
  ],
  [
    [networkPath(1), Iface.ownNetwork, 'AddRoute', 'yysuy', 20, 0, '', 0, 0],
    'InvalidArgs',
    'Invalid arguments',
  ],
  [[networkPath(1), Iface.ownNetwork, 'RemoveRoute', 'yys', 20, 0, 'bus0'], 'Failed', 'No such route'],
];

test.each(texts)('R-DBUS-9 R-DBUS-11 R-DBUS-13 R-DBUS-53 %j is %s "%s"', async (call, name, text) => {
  expect(await manager.call(...call)).toBe(`org.freedesktop.DBus.Error.${name}: ${text}`);
});

const names: readonly (readonly [what: string, call: Call, name: string])[] = [
  ['a wrong signature', [LINK, Iface.busOwner, 'SetupEndpoint', 's', 'x'], 'InvalidArgs'],
  ['no arguments', [LINK, Iface.busOwner, 'SetupEndpoint'], 'InvalidArgs'],
  ['too many arguments', [ROOT_PATH, MANAGER, 'GetManagedObjects', 's', 'x'], 'InvalidArgs'],
  ['an unknown method', [LINK, Iface.busOwner, 'Nonsense'], 'UnknownMethod'],
  ['an unknown interface', [LINK, 'a.b', 'SetupEndpoint'], 'UnknownMethod'],
  ['an unknown object', [NOBODY, Iface.endpoint1, 'Remove'], 'UnknownObject'],
  ['GetManagedObjects elsewhere', [networkPath(1), MANAGER, 'GetManagedObjects'], 'UnknownObject'],
  ['an unknown property', [LINK, PROPERTIES, 'Get', 'ss', Iface.link, 'Colour'], 'UnknownProperty'],
  ['a property of an unknown interface', [LINK, PROPERTIES, 'Get', 'ss', 'a.b', 'Role'], 'UnknownProperty'],
  ['all properties of an unknown interface', [LINK, PROPERTIES, 'GetAll', 's', 'a.b'], 'UnknownInterface'],
  [
    'a read-only property',
    [LINK, PROPERTIES, 'Set', 'ssv', Iface.link, 'NetworkId', new Variant('u', 2)],
    'PropertyReadOnly',
  ],
  [
    'a property of another type',
    [LINK, PROPERTIES, 'Set', 'ssv', Iface.link, 'Role', new Variant('u', 2)],
    'InvalidArgs',
  ],
];

test.each(names)('R-DBUS-39 %s is the right kind of error', async (_what, call, name) => {
  expect(await manager.call(...call)).toMatch(
    new RegExp(`^org\\.freedesktop\\.DBus\\.Error\\.${name}: [^\\n]+$`),
  );
});

test('D-12 D-17 after all of it the daemon answers, nothing has changed, and nothing was worth a line', async () => {
  const objects = Object.keys(await manager.client.objects());
  expect(objects.sort()).toEqual([LINK, networkPath(1), endpointPath(1, 8)].sort());
  expect(await manager.news()).toEqual([]);
  const lines = manager.daemon.log.filter(([level]) => level !== 'debug').map(([, message]) => message);
  expect(lines[lines.length - 1]).toBe('ready');
});
