import { Iface, SERVICE_NAME } from '../../src/base/bus-names';
import { EMPTY } from '../../src/base/bytes';
import { nullLog } from '../../src/base/log';
import type { Log } from '../../src/base/log';
import { connectBus } from '../../src/bus/connection';
import type { BusConnection, BusSignal } from '../../src/bus/connection';
import type { Variant } from '../../src/bus/variant';
import type { Net, NetLink } from '../../src/core/net';
import { DbusService } from '../../src/dbus/service';
import type { RootInfo } from '../../src/dbus/root-info';
import type { Endpoint } from '../../src/discovery/endpoint';
import type { Operations } from '../../src/discovery/operations';
import { Registry } from '../../src/discovery/registry';
import type { Role } from '../../src/discovery/registry';
import type { PrivateBus } from '../support/private-bus';
import { TestClock } from '../support/test-clock';

export const ROOT = '/au/com/codeconstruct/mctp1';
export const OWN_UUID = '21f0f554-7f7c-4211-9ca1-6d0f000ea9e7';

/** A link as the recorded output has it. */
export function link(overrides: Partial<NetLink> = {}): NetLink {
  return {
    index: 1,
    name: 'mctp0',
    network: 1,
    backend: 'user',
    binding: 'loopback',
    physicalBinding: 0,
    address: Uint8Array.of(0x10),
    addressLength: 1,
    pointToPoint: false,
    minMtu: 68,
    maxMtu: 254,
    mtu: 68,
    up: true,
    localEids: [8],
    ...overrides,
  };
}

export function endpoint(eid: number, overrides: Partial<Endpoint> = {}): Endpoint {
  return {
    network: 1,
    eid,
    local: false,
    link: 1,
    physicalAddress: Uint8Array.of(0x10 + eid),
    bridge: 0,
    connectivity: 'Available',
    types: [0],
    vendorTypes: [],
    uuid: undefined,
    ...overrides,
  };
}

export function localEndpoint(eid: number, overrides: Partial<Endpoint> = {}): Endpoint {
  const own = { local: true, link: undefined, physicalAddress: EMPTY, uuid: OWN_UUID };
  return endpoint(eid, { ...own, ...overrides });
}

/** The endpoints of the recorded output: ours, a plain one, one with vendor types, a bridge, one behind it. */
export const RECORDED: readonly Endpoint[] = [
  localEndpoint(8),
  endpoint(9, { uuid: '595a522d-77c5-4628-8400-37bfb41b710c' }),
  endpoint(10, {
    uuid: '595a522d-77c5-4628-8400-37bfb41b710d',
    types: [0, 1, 126, 127],
    vendorTypes: [
      { format: 0, vendor: 32902, subtype: 1 },
      { format: 1, vendor: 40981, subtype: 2 },
    ],
  }),
  endpoint(11, { uuid: '595a522d-77c5-4628-8400-37bfb41b710e', pool: { start: 12, end: 13 } }),
  endpoint(12, { bridge: 11, link: undefined, physicalAddress: EMPTY }),
];

export type Script = { [K in keyof Operations]: jest.Mock };
type NetScript = Record<keyof Net, jest.Mock>;

/** Operations that a test scripts; one that it did not script rejects, so no call goes unnoticed. */
function scripted<K extends string>(names: readonly K[]): Record<K, jest.Mock> {
  return Object.fromEntries(
    names.map((name) => [
      name,
      jest.fn(() => {
        throw new Error(`${name} was not expected`);
      }),
    ]),
  ) as unknown as Record<K, jest.Mock>;
}

const OPERATIONS = [
  'setupEndpoint',
  'assignEndpoint',
  'assignEndpointStatic',
  'assignBridgeStatic',
  'learnEndpoint',
  'learnByEid',
  'remove',
  'setMtu',
  'recover',
  'setRole',
  'rescan',
  'status',
] as const;

export function operationsScript(): Script {
  return scripted(OPERATIONS);
}

const NET = ['links', 'routes', 'addRoute', 'removeRoute', 'neighbours', 'counters'] as const;

export interface HarnessSettings {
  readonly managedObjectsNetworkId?: 'int32' | 'uint32';
  readonly alwaysPublishUuid?: boolean;
  readonly inventory?: (endpoint: Endpoint) => string | undefined;
  /** Of an engine that runs; default: one that the test fills. */
  readonly registry?: Registry;
}

const DEFAULTS = {
  managedObjectsNetworkId: 'int32',
  alwaysPublishUuid: false,
  inventory: () => undefined,
} as const;

/** The service on a private bus, with a client that hears all of its signals. */
export class Harness {
  readonly registry: Registry;
  readonly operations = operationsScript();
  readonly net = scripted(NET) as NetScript;
  readonly rootInfo = {
    version: '1.2.3',
    uptimeSeconds: jest.fn(() => 42.9),
    demuxSockets: ['@mctp-demux', '@mctp-mux'],
    clientSocket: '@mctp-client',
    rescan: jest.fn(),
    registerType: jest.fn(),
    registerVendorType: jest.fn(),
    ownerVanished: jest.fn(),
  } satisfies RootInfo;
  readonly logged: string[] = [];
  readonly signals: BusSignal[] = [];
  readonly service: DbusService;

  private constructor(
    readonly bus: PrivateBus,
    readonly server: BusConnection,
    readonly client: BusConnection,
    { registry = new Registry(), ...settings }: HarnessSettings,
  ) {
    this.registry = registry;
    const log: Log = { ...nullLog, error: (message) => this.logged.push(message) };
    this.service = new DbusService({
      connection: server,
      registry: this.registry,
      operations: this.operations,
      net: this.net as unknown as Net,
      rootInfo: this.rootInfo,
      log,
      clock: new TestClock(),
      settings: { ...DEFAULTS, ...settings },
    });
  }

  /** Started, with the name owned, and every signal recorded from the beginning. */
  static async start(bus: PrivateBus, settings: HarnessSettings = {}): Promise<Harness> {
    const [server, client] = [await connectBus(bus.socketAddress), await connectBus(bus.socketAddress)];
    const harness = new Harness(bus, server, client, settings);
    await client.onSignal({ sender: server.uniqueName }, (signal) => harness.signals.push(signal));
    harness.service.start();
    if (!(await server.requestName(SERVICE_NAME))) throw new Error('the name is taken');
    return harness;
  }

  /** Link, network and endpoints of the recorded output, in the order the engine publishes them. */
  publishRecorded(role: Role = 'BusOwner'): void {
    const [own, ...others] = RECORDED;
    this.registry.addNetwork(1);
    if (own !== undefined) this.registry.addEndpoint(own);
    this.registry.putLink({ link: link(), role });
    for (const each of others) this.registry.addEndpoint(each);
  }

  call(
    path: string,
    iface: string,
    member: string,
    ...args: [signature?: string, body?: readonly unknown[]]
  ) {
    const [signature = '', body = []] = args;
    return this.client.call({ destination: SERVICE_NAME, path, iface, member, signature, body });
  }

  get(path: string, iface: string, property: string): Promise<readonly unknown[]> {
    return this.call(path, 'org.freedesktop.DBus.Properties', 'Get', 'ss', [iface, property]);
  }

  getAll(path: string, iface: string): Promise<readonly unknown[]> {
    return this.call(path, 'org.freedesktop.DBus.Properties', 'GetAll', 's', [iface]);
  }

  /** Waits until everything sent so far has arrived, and takes it. */
  async takeSignals(): Promise<readonly BusSignal[]> {
    await this.server.flush();
    await this.client.flush();
    return this.signals.splice(0);
  }

  /** Ends with nothing logged as an error, unless the test took it. */
  stop(): void {
    this.service.stop();
    this.server.close();
    this.client.close();
    expect(this.logged).toEqual([]);
  }
}

/** `+path: interfaces`, `-path: interfaces`, `path Property=value`, without the last part of common names. */
export function brief(signal: BusSignal): string {
  const [first, second] = signal.body as [string, object];
  if (signal.iface === Iface.objectManager) {
    expect(signal.path).toBe(ROOT);
    const added = signal.member === 'InterfacesAdded';
    const names = added ? Object.keys(second) : (second as string[]);
    return `${added ? '+' : '-'}${first}: ${names.map((name) => shortName(name)).join(' ')}`;
  }
  expect([signal.iface, signal.member, signal.signature]).toEqual([
    'org.freedesktop.DBus.Properties',
    'PropertiesChanged',
    'sa{sv}as',
  ]);
  expect(signal.body[2]).toEqual([]);
  const changes = Object.entries(second as Record<string, Variant>).map(
    ([name, { value }]) => `${name}=${Buffer.isBuffer(value) ? value.toString('hex') : String(value)}`,
  );
  return `${signal.path} ${shortName(first)} ${changes.join(' ')}`;
}

function shortName(name: string): string {
  return name.replace('org.freedesktop.DBus.', '').replace('au.com.codeconstruct.MCTP.', '');
}
