import { SERVICE_NAME } from '../../src/base/bus-names';
import { PrivateBus } from '../support/private-bus';
import { Harness, ROOT } from './harness';

/** What mctpd shows (R-DBUS §9), compared whole; interfaces of our own are left out as the contract says. */

const OWN = 'org.mctp_endpoint_manager.';

const TREE = `
└─/au
  └─/au/com
    └─/au/com/codeconstruct
      └─/au/com/codeconstruct/mctp1
        ├─/au/com/codeconstruct/mctp1/interfaces
        │ └─/au/com/codeconstruct/mctp1/interfaces/mctp0
        └─/au/com/codeconstruct/mctp1/networks
          └─/au/com/codeconstruct/mctp1/networks/1
            └─/au/com/codeconstruct/mctp1/networks/1/endpoints
              ├─/au/com/codeconstruct/mctp1/networks/1/endpoints/10
              ├─/au/com/codeconstruct/mctp1/networks/1/endpoints/11
              ├─/au/com/codeconstruct/mctp1/networks/1/endpoints/12
              ├─/au/com/codeconstruct/mctp1/networks/1/endpoints/8
              └─/au/com/codeconstruct/mctp1/networks/1/endpoints/9
`;

const HEAD = 'NAME TYPE SIGNATURE RESULT/VALUE FLAGS';

const STANDARD = [
  'org.freedesktop.DBus.Introspectable interface - - -',
  '.Introspect method - s -',
  'org.freedesktop.DBus.Peer interface - - -',
  '.GetMachineId method - s -',
  '.Ping method - - -',
  'org.freedesktop.DBus.Properties interface - - -',
  '.Get method ss v -',
  '.GetAll method s a{sv} -',
  '.Set method ssv - -',
  '.PropertiesChanged signal sa{sv}as - -',
];

const OBJECT_MANAGER = [
  'org.freedesktop.DBus.ObjectManager interface - - -',
  '.GetManagedObjects method - a{oa{sa{sv}}} -',
  '.InterfacesAdded signal oa{sa{sv}} - -',
  '.InterfacesRemoved signal oas - -',
];

const ROOT_OBJECT = [
  'au.com.codeconstruct.MCTP1 interface - - -',
  '.RegisterTypeSupport method yau - -',
  '.RegisterVDMTypeSupport method yvq - -',
];

const BUS_OWNER = [
  'au.com.codeconstruct.MCTP.BusOwner1 interface - - -',
  '.AssignBridgeStatic method ayyyy yyisb -',
  '.AssignEndpoint method ay yisb -',
  '.AssignEndpointStatic method ayy yisb -',
  '.LearnEndpoint method ay yisb -',
  '.SetupEndpoint method ay yisb -',
];

const interface1 = (role: string): string[] => [
  'au.com.codeconstruct.MCTP.Interface1 interface - - -',
  '.NetworkId property u 1 emits-change',
  `.Role property s "${role}" emits-change writable`,
];

const NETWORK = [
  'au.com.codeconstruct.MCTP.Network1 interface - - -',
  '.LearnEndpoint method y sb -',
  '.LocalEIDs property ay 1 8 const',
];

const BRIDGE = [
  'au.com.codeconstruct.MCTP.Bridge1 interface - - -',
  '.PoolEnd property y 13 const',
  '.PoolStart property y 12 const',
];

const ENDPOINT1 = [
  'au.com.codeconstruct.MCTP.Endpoint1 interface - - -',
  '.Recover method - - -',
  '.Remove method - - -',
  '.SetMTU method u - -',
  '.Connectivity property s "Available" emits-change',
];

const uuid = (value: string): string[] => [
  'xyz.openbmc_project.Common.UUID interface - - -',
  `.UUID property s "${value}" const`,
];

const openbmc = (eid: number, types: string, vendorTypes: string): string[] => [
  'xyz.openbmc_project.MCTP.Endpoint interface - - -',
  `.EID property y ${eid} const`,
  '.NetworkId property u 1 const',
  `.SupportedMessageTypes property ay ${types} const`,
  `.VendorDefinedMessageTypes property a(yvq) ${vendorTypes} const`,
];

let bus: PrivateBus;
let harness: Harness;

beforeAll(async () => {
  bus = await PrivateBus.start();
});

afterAll(() => bus.stop());

afterEach(() => harness.stop());

/** Lines with single spaces, sorted by interface as busctl does, without our own interfaces. */
function rows(stdout: string): string[] {
  const kept: string[] = [];
  let own = false;
  for (const line of stdout.trimEnd().split('\n')) {
    if (!line.startsWith('.')) own = line.startsWith(OWN);
    if (!own) kept.push(line.trim().replace(/\s+/g, ' '));
  }
  return kept;
}

async function introspect(path: string): Promise<string[]> {
  const { stdout, stderr } = await bus.busctl('introspect', SERVICE_NAME, path);
  expect(stderr).toBe('');
  return rows(stdout);
}

const sorted = (...blocks: string[][]): string[] => [
  HEAD,
  ...blocks.sort((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1)).flat(),
];

const standardBlocks = (): string[][] => [STANDARD.slice(0, 2), STANDARD.slice(2, 5), STANDARD.slice(5)];

describe('R-DBUS §9 recorded output', () => {
  test('busctl tree', async () => {
    harness = await Harness.start(bus);
    harness.publishRecorded();
    const { stdout } = await bus.busctl('tree', SERVICE_NAME);
    expect(stdout.trim()).toBe(TREE.trim());
  });

  test('busctl introspect of the root', async () => {
    harness = await Harness.start(bus);
    expect(await introspect(ROOT)).toEqual(sorted(ROOT_OBJECT, OBJECT_MANAGER, ...standardBlocks()));
  });

  test.each(['Unknown', 'Endpoint', 'BusOwner'] as const)(
    'busctl introspect of a link with role %s',
    async (role) => {
      harness = await Harness.start(bus);
      harness.publishRecorded(role);
      const owner = role === 'BusOwner' ? [BUS_OWNER] : [];
      expect(await introspect(`${ROOT}/interfaces/mctp0`)).toEqual(
        sorted(...owner, interface1(role), ...standardBlocks()),
      );
    },
  );

  test('busctl introspect of a network', async () => {
    harness = await Harness.start(bus);
    harness.publishRecorded();
    expect(await introspect(`${ROOT}/networks/1`)).toEqual(sorted(NETWORK, ...standardBlocks()));
  });

  test.each([
    [8, [ENDPOINT1, uuid('21f0f554-7f7c-4211-9ca1-6d0f000ea9e7'), openbmc(8, '1 0', '0')]],
    [
      10,
      [
        ENDPOINT1,
        uuid('595a522d-77c5-4628-8400-37bfb41b710d'),
        openbmc(10, '4 0 1 126 127', '2 0 q 32902 1 1 u 40981 2'),
      ],
    ],
    [11, [BRIDGE, ENDPOINT1, uuid('595a522d-77c5-4628-8400-37bfb41b710e'), openbmc(11, '1 0', '0')]],
    [12, [ENDPOINT1, openbmc(12, '1 0', '0')]],
  ])('busctl introspect of endpoint %d', async (eid, blocks) => {
    harness = await Harness.start(bus);
    harness.publishRecorded();
    expect(await introspect(`${ROOT}/networks/1/endpoints/${eid}`)).toEqual(
      sorted(...blocks, ...standardBlocks()),
    );
  });

  test.each([`${ROOT}/interfaces`, `${ROOT}/networks`, `${ROOT}/networks/1/endpoints`, '/', '/au'])(
    'R-DBUS-29 busctl introspect of the container %s',
    async (path) => {
      harness = await Harness.start(bus);
      harness.publishRecorded();
      expect(await introspect(path)).toEqual(sorted(...standardBlocks()));
    },
  );

  test('busctl call prints the reply and the error text', async () => {
    harness = await Harness.start(bus);
    harness.publishRecorded();
    harness.operations.setupEndpoint.mockResolvedValue({ network: 1, eid: 9, isNew: true });
    const call = ['call', SERVICE_NAME, `${ROOT}/interfaces/mctp0`, 'au.com.codeconstruct.MCTP.BusOwner1'];
    const good = await bus.busctl(...call, 'SetupEndpoint', 'ay', '1', '0x1d');
    expect(good.stdout).toBe('yisb 9 1 "/au/com/codeconstruct/mctp1/networks/1/endpoints/9" true\n');
    const bad = await bus.busctl(...call, 'SetupEndpoint', 's', 'x');
    expect(bad).toEqual({
      status: 1,
      stdout: '',
      stderr:
        "Call failed: Invalid arguments 's' to call au.com.codeconstruct.MCTP.BusOwner1.SetupEndpoint(), expecting 'ay'.\n",
    });
  });
});

interface Json {
  readonly type: string;
  readonly data: readonly Record<string, Record<string, Record<string, { type: string; data: unknown }>>>[];
}

async function managedObjects(): Promise<Json> {
  const args = ['--json=short', 'call', SERVICE_NAME, ROOT, 'org.freedesktop.DBus.ObjectManager'];
  const { stdout } = await bus.busctl(...args, 'GetManagedObjects');
  return JSON.parse(stdout) as Json;
}

function withoutOwn(json: Json): unknown {
  const objects = json.data[0] ?? {};
  return Object.fromEntries(
    Object.entries(objects).map(([path, interfaces]) => [
      path,
      Object.fromEntries(Object.entries(interfaces).filter(([name]) => !name.startsWith(OWN))),
    ]),
  );
}

const NONE = {
  'org.freedesktop.DBus.Peer': {},
  'org.freedesktop.DBus.Introspectable': {},
  'org.freedesktop.DBus.Properties': {},
};

const value = (type: string, data: unknown) => ({ type, data });

function recordedEndpoint(eid: number, given: { uuid?: string; types?: number[]; vendorTypes?: unknown[] }) {
  return {
    ...NONE,
    ...(given.uuid !== undefined && { 'xyz.openbmc_project.Common.UUID': { UUID: value('s', given.uuid) } }),
    'au.com.codeconstruct.MCTP.Endpoint1': { Connectivity: value('s', 'Available') },
    'xyz.openbmc_project.MCTP.Endpoint': {
      NetworkId: value('u', 1),
      EID: value('y', eid),
      SupportedMessageTypes: value('ay', given.types ?? [0]),
      VendorDefinedMessageTypes: value('a(yvq)', given.vendorTypes ?? []),
    },
  };
}

const MANAGED = {
  [`${ROOT}/interfaces/mctp0`]: {
    ...NONE,
    'au.com.codeconstruct.MCTP.BusOwner1': {},
    'au.com.codeconstruct.MCTP.Interface1': { Role: value('s', 'BusOwner'), NetworkId: value('u', 1) },
  },
  [`${ROOT}/networks/1`]: {
    ...NONE,
    'au.com.codeconstruct.MCTP.Network1': { LocalEIDs: value('ay', [8]) },
  },
  [`${ROOT}/networks/1/endpoints/8`]: recordedEndpoint(8, { uuid: '21f0f554-7f7c-4211-9ca1-6d0f000ea9e7' }),
  [`${ROOT}/networks/1/endpoints/9`]: recordedEndpoint(9, { uuid: '595a522d-77c5-4628-8400-37bfb41b710c' }),
  [`${ROOT}/networks/1/endpoints/10`]: recordedEndpoint(10, {
    uuid: '595a522d-77c5-4628-8400-37bfb41b710d',
    types: [0, 1, 126, 127],
    vendorTypes: [
      [0, value('q', 32902), 1],
      [1, value('u', 40981), 2],
    ],
  }),
  [`${ROOT}/networks/1/endpoints/11`]: {
    ...recordedEndpoint(11, { uuid: '595a522d-77c5-4628-8400-37bfb41b710e' }),
    'au.com.codeconstruct.MCTP.Bridge1': { PoolStart: value('y', 12), PoolEnd: value('y', 13) },
  },
  [`${ROOT}/networks/1/endpoints/12`]: recordedEndpoint(12, {}),
};

describe('GetManagedObjects', () => {
  test('R-DBUS-30 R-DBUS-43 with uint32 is the recorded reply', async () => {
    harness = await Harness.start(bus, { managedObjectsNetworkId: 'uint32' });
    harness.publishRecorded();
    const json = await managedObjects();
    expect(json.type).toBe('a{oa{sa{sv}}}');
    expect(withoutOwn(json)).toEqual(MANAGED);
  });

  test('R-CONS-12 R-DBUS-43 with int32 NetworkId of every endpoint, local ones too, is an i, and nothing else differs', async () => {
    harness = await Harness.start(bus, { managedObjectsNetworkId: 'int32' });
    harness.publishRecorded();
    const text = JSON.stringify(withoutOwn(await managedObjects()));
    const expected = JSON.parse(JSON.stringify(MANAGED)) as Record<
      string,
      Record<string, Record<string, unknown>>
    >;
    for (const interfaces of Object.values(expected)) {
      const properties = interfaces['xyz.openbmc_project.MCTP.Endpoint'];
      if (properties !== undefined) properties['NetworkId'] = value('i', 1);
    }
    expect(JSON.parse(text)).toEqual(expected);
    expect(
      await harness.get(`${ROOT}/networks/1/endpoints/9`, 'xyz.openbmc_project.MCTP.Endpoint', 'NetworkId'),
    ).toEqual([expect.objectContaining({ signature: 'u', value: 1 })]);
  });

  test('R-CONS-13 is never empty, and what it lists exists', async () => {
    harness = await Harness.start(bus);
    const placeholder = `${ROOT}/networks`;
    expect((await managedObjects()).data).toEqual([{ [placeholder]: NONE }]);
    expect(await harness.getAll(placeholder, '')).toEqual([{}]);
    harness.publishRecorded();
    expect(Object.keys((await managedObjects()).data[0] ?? {})).not.toContain(placeholder);
  });
});
