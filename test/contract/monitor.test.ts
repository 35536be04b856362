import { spawn } from 'node:child_process';
import { Iface, ROOT_PATH, endpointPath } from '../../src/base/bus-names';
import { expectNothingLeft } from '../support/leftovers';
import { PrivateBus } from '../support/private-bus';
import { VirtualManager } from '../support/virtual-manager';
import { eventually } from '../support/within';

let bus: PrivateBus;

expectNothingLeft(() => bus.stop());

beforeAll(async () => {
  bus = await PrivateBus.start();
});

interface Seen {
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly payload: { readonly type: string; readonly data: readonly unknown[] };
}

/** The signals of the manager as busctl sees and decodes them, without the interfaces of our own. */
class Monitor implements AsyncDisposable {
  private text = '';
  private ready = false;
  private readonly child = spawn('busctl', [
    `--address=${bus.address}`,
    '--json=short',
    `--match=type='signal',path_namespace='${ROOT_PATH}'`,
    'monitor',
  ]);

  private constructor() {
    this.child.stdout.setEncoding('utf8').on('data', (text: string) => (this.text += text));
    this.child.stderr.on('data', () => (this.ready = true));
  }

  static async start(): Promise<Monitor> {
    const monitor = new Monitor();
    await eventually('busctl', () => monitor.ready);
    return monitor;
  }

  async signals(count: number): Promise<Seen[]> {
    const lines = (): string[] => this.text.split('\n').filter((line) => line.startsWith('{'));
    await eventually(`${count} signals`, () => lines().length >= count);
    return lines().map((line) => {
      const { path, interface: iface, member, payload } = JSON.parse(line, withoutOwn) as Seen;
      return { path, interface: iface, member, payload };
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const gone = new Promise((resolve) => this.child.once('close', resolve));
    this.child.kill('SIGKILL');
    await gone;
  }
}

function withoutOwn(_key: string, value: unknown): unknown {
  const isOwn = (name: unknown): boolean => String(name).startsWith('org.mctp_endpoint_manager.');
  if (Array.isArray(value)) return value.filter((each) => typeof each !== 'string' || !isOwn(each));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).filter(([name]) => !isOwn(name)));
}

const UUID = '595a522d-77c5-4628-8400-37bfb41b710d';
const PATH = endpointPath(1, 9);
const VENDOR_TYPES = [{ format: 'pci', vendor: 32902, subtype: 1 }];
const value = (type: string, data: unknown): object => ({ type, data });

const STANDARD = [Iface.peer, Iface.introspectable, Iface.properties];
const ADDED = {
  ...Object.fromEntries(STANDARD.map((name) => [name, {}])),
  [Iface.uuid]: { UUID: value('s', UUID) },
  [Iface.endpoint1]: { Connectivity: value('s', 'Available') },
  [Iface.endpoint]: {
    NetworkId: value('u', 1),
    EID: value('y', 9),
    SupportedMessageTypes: value('ay', [0, 126]),
    VendorDefinedMessageTypes: value('a(yvq)', [[0, value('q', 32902), 1]]),
  },
};

const connectivity = (word: string): object => ({
  path: PATH,
  interface: Iface.properties,
  member: 'PropertiesChanged',
  payload: { type: 'sa{sv}as', data: [Iface.endpoint1, { Connectivity: value('s', word) }, []] },
});

test('R-CONS-2 R-CONS-5 R-CONS-6 R-CONS-17 R-CONS-18 add, Recover, Remove: the signals of the reference, key by key', async () => {
  const device = { address: 0x20, uuid: UUID, types: [0, 126], vendor_types: VENDOR_TYPES };
  await using manager = await VirtualManager.start(bus, [device]);
  await using monitor = await Monitor.start();
  await manager.setUp(0x20);
  await manager.endpoint(9, 'Recover');
  await manager.daemon.clock.advance(500);
  await manager.endpoint(9, 'Remove');
  const manages = { path: ROOT_PATH, interface: Iface.objectManager };
  const names = [...STANDARD, Iface.uuid, Iface.endpoint1, Iface.endpoint];
  const removed = { type: 'oas', data: [PATH, names] };
  expect(await monitor.signals(4)).toEqual([
    { ...manages, member: 'InterfacesAdded', payload: { type: 'oa{sa{sv}}', data: [PATH, ADDED] } },
    connectivity('Degraded'),
    connectivity('Available'),
    { ...manages, member: 'InterfacesRemoved', payload: removed },
  ]);
});
