import { MctpError } from '../../src/base/errors';
import type { ErrorCode, ErrorContext } from '../../src/base/errors';
import { ERROR_TABLE, toBusError } from '../../src/dbus/errors';
import { BusError } from '../../src/bus/call';
import { Variant } from '../../src/bus/variant';
import { PrivateBus } from '../support/private-bus';
import { Harness, ROOT } from './harness';

/** Every row of R-DBUS §6, over the real bus. F, IA, ... are the contract's own abbreviations. */

const NAMES = {
  F: 'org.freedesktop.DBus.Error.Failed',
  IA: 'org.freedesktop.DBus.Error.InvalidArgs',
  FE: 'org.freedesktop.DBus.Error.FileExists',
  UM: 'org.freedesktop.DBus.Error.UnknownMethod',
  UO: 'org.freedesktop.DBus.Error.UnknownObject',
  UP: 'org.freedesktop.DBus.Error.UnknownProperty',
  UI: 'org.freedesktop.DBus.Error.UnknownInterface',
  RO: 'org.freedesktop.DBus.Error.PropertyReadOnly',
  NS: 'org.freedesktop.DBus.Error.NotSupported',
} as const;

const LINK = `${ROOT}/interfaces/mctp0`;
const NINE = `${ROOT}/networks/1/endpoints/9`;
const BUS_OWNER = 'au.com.codeconstruct.MCTP.BusOwner1';
const PROPERTIES = 'org.freedesktop.DBus.Properties';
const INTERFACE = 'au.com.codeconstruct.MCTP.Interface1';

let bus: PrivateBus;
let harness: Harness;

beforeAll(async () => {
  bus = await PrivateBus.start();
});

beforeEach(async () => {
  harness = await Harness.start(bus);
  harness.publishRecorded();
});

afterEach(() => harness.stop());

afterAll(() => bus.stop());

describe('R-DBUS §6 errors of operations, R-DBUS-39 names and texts', () => {
  const rows: readonly (readonly [ErrorCode, ErrorContext, keyof typeof NAMES, string])[] = [
    ['no-response', {}, 'F', 'MCTP Endpoint did not respond'],
    ['refused', { completionCode: 4 }, 'F', 'MCTP Endpoint replied with failure'],
    ['set-eid-failed', {}, 'F', 'Endpoint returned failure to Set Endpoint ID'],
    [
      'set-eid-conflict',
      { requestedEid: 20, eid: 9 },
      'F',
      'Endpoint requested EID 20 instead of assigned 9, already used',
    ],
    ['query-failed', {}, 'F', 'Request failed'],
    ['bad-response', {}, 'F', 'Request failed'],
    ['stray-response', {}, 'F', 'Request failed'],
    ['physaddr-too-long', {}, 'F', 'Request failed'],
    ['eid-in-pool', {}, 'F', 'Request failed'],
    ['out-of-eids', {}, 'F', 'Ran out of EIDs'],
    ['internal', {}, 'F', 'Internal error'],
    ['already-assigned', {}, 'IA', 'Already assigned a different EID'],
    ['address-in-use', {}, 'IA', 'Address in use'],
    ['bad-pool-start', {}, 'IA', 'Bad pool start EID'],
    ['bad-physaddr', {}, 'IA', 'Bad physaddr'],
    ['unknown-link', {}, 'IA', 'Unknown MCTP interface'],
    ['eid-claimed', { eid: 9 }, 'FE', 'Endpoint claimed EID 9 which is already used'],
    ['cannot-remove-local', {}, 'F', 'Cannot remove mctpd-local endpoint'],
    ['cannot-set-local-mtu', {}, 'F', 'Cannot set local endpoint MTU'],
    // R-DBUS-27
    ['cannot-recover-local', {}, 'F', 'Cannot recover mctpd-local endpoint'],
    // R-DBUS-26
    ['bad-mtu', {}, 'IA', 'Invalid MTU'],
    // R-DBUS-36
    ['eid-mismatch', {}, 'F', 'Request failed'],
    // R-DBUS-37
    ['invalid-eid', {}, 'IA', 'Invalid EID'],
    [
      'not-bus-owner',
      { operation: 'SetupEndpoint' },
      'UM',
      `Unknown method SetupEndpoint or interface ${BUS_OWNER}.`,
    ],
    ['not-supported', {}, 'NS', 'Not supported in this release'],
  ];

  test.each(rows)('%s', async (code, context, name, text) => {
    harness.operations.setupEndpoint.mockRejectedValue(
      new MctpError(code, 'what it was', context, { cause: new Error('deeper') }),
    );
    const call = harness.call(LINK, BUS_OWNER, 'SetupEndpoint', 'ay', [Buffer.of(0x1d)]);
    await expect(call).rejects.toMatchObject({ errorName: NAMES[name], message: text });
    expect(harness.logged.splice(0)).toHaveLength(code === 'internal' ? 1 : 0);
  });

  test('D-12 a defect gives a short text and no stack trace, and a line in the log', async () => {
    harness.operations.setupEndpoint.mockRejectedValue(new TypeError('x is not a function'));
    const call = harness.call(LINK, BUS_OWNER, 'SetupEndpoint', 'ay', [Buffer.of(0x1d)]);
    await expect(call).rejects.toMatchObject({ errorName: NAMES.F, message: 'Internal error' });
    expect(harness.logged.splice(0)).toEqual(['a D-Bus method failed']);
  });

  test('D-12 a result that does not fit the signature is a defect too', async () => {
    harness.operations.setupEndpoint.mockResolvedValue({ network: 1, eid: 300, isNew: true });
    const call = harness.call(LINK, BUS_OWNER, 'SetupEndpoint', 'ay', [Buffer.of(0x1d)]);
    await expect(call).rejects.toMatchObject({ errorName: NAMES.F, message: 'Internal error' });
    expect(harness.logged.splice(0)).toHaveLength(1);
  });

  test('every code has a row whose text needs no context to be a sentence', () => {
    for (const code of Object.keys(ERROR_TABLE) as ErrorCode[]) {
      const { errorName, message } = toBusError(new MctpError(code, 'x'));
      expect(errorName).toMatch(/^org\.freedesktop\.DBus\.Error\.[A-Z]/);
      expect(message).not.toMatch(/undefined|NaN|\n/);
      expect(message).not.toBe('');
    }
    expect(toBusError(new BusError('a.b', 'kept'))).toMatchObject({ errorName: 'a.b', message: 'kept' });
    expect(toBusError('thrown text')).toMatchObject({ message: 'Internal error' });
  });
});

describe('R-DBUS §6 errors of the object server', () => {
  const U32 = new Variant('u', 1);
  const rows: readonly (readonly [
    string,
    readonly [string, string, string, string?, (readonly unknown[])?],
    keyof typeof NAMES,
    string,
  ])[] = [
    [
      'wrong signature',
      [LINK, BUS_OWNER, 'SetupEndpoint', 's', ['x']],
      'IA',
      `Invalid arguments 's' to call ${BUS_OWNER}.SetupEndpoint(), expecting 'ay'.`,
    ],
    [
      'no arguments',
      [LINK, PROPERTIES, 'GetAll'],
      'IA',
      `Invalid arguments '' to call ${PROPERTIES}.GetAll(), expecting 's'.`,
    ],
    ['unknown method', [LINK, BUS_OWNER, 'Nope'], 'UM', `Unknown method Nope or interface ${BUS_OWNER}.`],
    [
      'BusOwner1 elsewhere',
      [NINE, BUS_OWNER, 'SetupEndpoint', 'ay', [Buffer.of(1)]],
      'UM',
      `Unknown method SetupEndpoint or interface ${BUS_OWNER}.`,
    ],
    ['unknown interface', [LINK, 'a.b', 'Nope'], 'UM', 'Unknown method Nope or interface a.b.'],
    [
      'inherited names are no methods',
      [LINK, BUS_OWNER, 'constructor'],
      'UM',
      `Unknown method constructor or interface ${BUS_OWNER}.`,
    ],
    [
      'unknown path',
      [`${ROOT}/networks/7`, PROPERTIES, 'GetAll', 's', ['']],
      'UO',
      `Unknown object '${ROOT}/networks/7'.`,
    ],
    [
      'unknown path: Introspect',
      ['/nope', 'org.freedesktop.DBus.Introspectable', 'Introspect'],
      'UO',
      "Unknown object '/nope'.",
    ],
    ['unknown path: Ping', ['/nope', 'org.freedesktop.DBus.Peer', 'Ping'], 'UO', "Unknown object '/nope'."],
    [
      'R-DBUS-29 GetManagedObjects elsewhere',
      ['/', 'org.freedesktop.DBus.ObjectManager', 'GetManagedObjects'],
      'UO',
      "Unknown object '/'.",
    ],
    [
      'Get of an unknown property',
      [LINK, PROPERTIES, 'Get', 'ss', [INTERFACE, 'X']],
      'UP',
      `Unknown interface ${INTERFACE} or property X.`,
    ],
    [
      'Get of an unknown interface',
      [LINK, PROPERTIES, 'Get', 'ss', ['a.b', 'Role']],
      'UP',
      'Unknown interface a.b or property Role.',
    ],
    [
      'Get with an empty interface',
      [LINK, PROPERTIES, 'Get', 'ss', ['', 'X']],
      'UP',
      'Unknown interface  or property X.',
    ],
    [
      'GetAll of an unknown interface',
      [LINK, PROPERTIES, 'GetAll', 's', ['a.b']],
      'UI',
      "Unknown interface 'a.b'.",
    ],
    [
      'Set of a read-only property',
      [LINK, PROPERTIES, 'Set', 'ssv', [INTERFACE, 'NetworkId', U32]],
      'RO',
      "Property 'NetworkId' is not writable.",
    ],
    [
      'Set of a read-only property, whatever the type',
      [NINE, PROPERTIES, 'Set', 'ssv', ['au.com.codeconstruct.MCTP.Endpoint1', 'Connectivity', U32]],
      'RO',
      "Property 'Connectivity' is not writable.",
    ],
    [
      'Set of an unknown property',
      [LINK, PROPERTIES, 'Set', 'ssv', [INTERFACE, 'X', U32]],
      'UP',
      `Unknown interface ${INTERFACE} or property X.`,
    ],
    [
      'R-DBUS-13 Set Role with another type',
      [LINK, PROPERTIES, 'Set', 'ssv', [INTERFACE, 'Role', U32]],
      'IA',
      "Incorrect parameters for property 'Role', expected 's', got 'u'.",
    ],
  ];

  test.each(rows)('%s', async (_label, [path, iface, member, signature, body], name, text) => {
    await expect(harness.call(path, iface, member, signature, body)).rejects.toMatchObject({
      errorName: NAMES[name],
      message: text,
    });
  });

  test('R-DBUS-25 a Set that is refused changes nothing', async () => {
    const set = [INTERFACE, 'NetworkId', new Variant('u', 77)];
    await expect(harness.call(LINK, PROPERTIES, 'Set', 'ssv', set)).rejects.toMatchObject({
      errorName: NAMES.RO,
    });
    expect(await harness.get(LINK, INTERFACE, 'NetworkId')).toEqual([new Variant('u', 1)]);
  });

  test.each([
    ['role-already-set', 'IA', 'Role is already set.'],
    ['bad-role', 'F', 'Request failed'],
  ] as const)('R-DBUS-13 Set Role: %s', async (code, name, text) => {
    harness.operations.setRole.mockImplementation(() => {
      throw new MctpError(code, 'x');
    });
    const set = [INTERFACE, 'Role', new Variant('s', 'bus-owner')];
    await expect(harness.call(LINK, PROPERTIES, 'Set', 'ssv', set)).rejects.toMatchObject({
      errorName: NAMES[name],
      message: text,
    });
    expect(harness.operations.setRole).toHaveBeenCalledWith(1, 'bus-owner');
  });
});

describe('R-DBUS §6 errors of type registration', () => {
  const register = (type: number, versions: number[]) =>
    harness.call(ROOT, 'au.com.codeconstruct.MCTP1', 'RegisterTypeSupport', 'yau', [type, versions]);
  const registerVendor = (format: number, data: Variant, subtype = 1) =>
    harness.call(ROOT, 'au.com.codeconstruct.MCTP1', 'RegisterVDMTypeSupport', 'yvq', [
      format,
      data,
      subtype,
    ]);

  test.each([
    ['invalid-message-type', 126, 'Invalid message type 126'],
    ['no-versions', 5, 'No versions provided for message type 5'],
    ['type-already-registered', 5, 'Message type 5 already registered'],
  ] as const)('R-DBUS-9 %s', async (code, type, text) => {
    harness.rootInfo.registerType.mockImplementation(() => {
      throw new MctpError(code, 'x');
    });
    await expect(register(type, [1])).rejects.toMatchObject({ errorName: NAMES.IA, message: text });
  });

  test('R-DBUS-11 format, variant and duplicates', async () => {
    const refused = (message: string) => ({ errorName: NAMES.IA, message });
    await expect(registerVendor(2, new Variant('q', 1))).rejects.toMatchObject(
      refused('Unsupported VID format: 2'),
    );
    await expect(registerVendor(0, new Variant('u', 1))).rejects.toMatchObject(
      refused("Expected format is PCIe but variant contains 'u'"),
    );
    await expect(registerVendor(1, new Variant('(qs)', [1, 'x']))).rejects.toMatchObject(
      refused("Expected format is IANA but variant contains '(qs)'"),
    );
    expect(harness.rootInfo.registerVendorType).not.toHaveBeenCalled();
    harness.rootInfo.registerVendorType.mockImplementation(() => {
      throw new MctpError('vendor-type-already-registered', 'x');
    });
    await expect(registerVendor(0, new Variant('q', 1))).rejects.toMatchObject(
      refused('VDM type already registered'),
    );
    harness.rootInfo.registerVendorType.mockImplementation(() => {
      throw new MctpError('too-many-vendor-types', 'x');
    });
    await expect(registerVendor(0, new Variant('q', 1))).rejects.toMatchObject({ errorName: NAMES.IA });
  });
});

describe('hostile callers', () => {
  test('nothing is answered to a caller that expects nothing, and the method still runs', async () => {
    harness.operations.remove.mockResolvedValue(undefined);
    const args = ['call', '--expect-reply=no', 'au.com.codeconstruct.MCTP1', NINE];
    const { status } = await bus.busctl(...args, 'au.com.codeconstruct.MCTP.Endpoint1', 'Remove');
    expect(status).toBe(0);
    await harness.client.flush();
    await harness.server.flush();
    expect(harness.operations.remove).toHaveBeenCalledWith(1, 9);
  });

  test('huge arrays, deep variants and odd keys do not disturb others', async () => {
    harness.operations.setupEndpoint.mockRejectedValue(new MctpError('physaddr-too-long', 'x'));
    const huge = harness.call(LINK, BUS_OWNER, 'SetupEndpoint', 'ay', [Buffer.alloc(1 << 18)]);
    await expect(huge).rejects.toMatchObject({ message: 'Request failed' });
    let deep: Variant = new Variant('s', '__proto__');
    for (let depth = 0; depth < 30; depth++) deep = new Variant('v', deep);
    const set = harness.call(LINK, PROPERTIES, 'Set', 'ssv', ['__proto__', 'Role', deep]);
    await expect(set).rejects.toMatchObject({ errorName: NAMES.UP });
    await expect(harness.getAll(LINK, '__proto__')).rejects.toMatchObject({ errorName: NAMES.UI });
    expect(await harness.get(LINK, INTERFACE, 'Role')).toEqual([new Variant('s', 'BusOwner')]);
  });

  test('a call without an interface finds the member', async () => {
    const name = 'au.com.codeconstruct.MCTP1';
    const ping = { destination: name, path: LINK, member: 'Ping' };
    expect(await harness.client.call(ping as never)).toEqual([]);
    await expect(harness.client.call({ ...ping, member: 'Nope' } as never)).rejects.toMatchObject({
      errorName: NAMES.UM,
    });
  });

  test('R-CONS-8 a method that takes long does not hold up a Get', async () => {
    const gate: { open?: (value: unknown) => void } = {};
    harness.operations.setupEndpoint.mockReturnValue(
      new Promise((resolve) => {
        gate.open = resolve;
      }),
    );
    const order: string[] = [];
    const setup = harness
      .call(LINK, BUS_OWNER, 'SetupEndpoint', 'ay', [Buffer.of(1)])
      .then(() => order.push('setup'));
    await harness.get(LINK, INTERFACE, 'Role').then(() => order.push('get'));
    gate.open?.({ network: 1, eid: 9, isNew: false });
    await setup;
    expect(order).toEqual(['get', 'setup']);
  });
});
