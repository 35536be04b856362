import { Iface, ROOT_PATH } from '../../src/base/bus-names';
import type { BusSignal } from '../../src/bus/connection';
import { parseXml } from '../../src/dbus/xml';
import { BusClient } from '../support/bus-client';
import { expectNothingLeft } from '../support/leftovers';
import { PrivateBus } from '../support/private-bus';
import { VirtualManager } from '../support/virtual-manager';

let bus: PrivateBus;

expectNothingLeft(() => bus.stop());

beforeAll(async () => {
  bus = await PrivateBus.start();
});

const STANDARD: readonly string[] = [Iface.peer, Iface.introspectable, Iface.properties];

/** Interfaces by path, as the object mapper keeps them: read once from `/` down, then kept by signals alone. */
class MapperLike implements AsyncDisposable {
  readonly objects = new Map<string, Set<string>>();

  private constructor(private readonly client: BusClient) {}

  static async start(): Promise<MapperLike> {
    const mapper = new MapperLike(await BusClient.connect(bus));
    const match = { iface: Iface.objectManager };
    await mapper.client.connection.onSignal(match, (signal) => mapper.follow(signal));
    await mapper.walk('/');
    return mapper;
  }

  /** What it knows of objects that are more than containers, once everything sent has come in. */
  async known(): Promise<Record<string, string[]>> {
    await this.client.objects();
    const entries = [...this.objects].map(([path, names]) => [path, [...names].sort()] as const);
    const more = entries.filter(([, names]) => names.some((name) => !STANDARD.includes(name)));
    return Object.fromEntries(more.sort());
  }

  private async walk(path: string): Promise<void> {
    const [xml] = await this.client.call(path, Iface.introspectable, 'Introspect');
    const { children } = parseXml(String(xml));
    const named = (kind: string): string[] =>
      children.filter(({ name }) => name === kind).map((each) => each.attributes.get('name') ?? '');
    // An interface without a name makes the mapper loop for ever, and it takes all nodes to have the standard three.
    expect(named('interface')).not.toContain('');
    expect(named('interface')).toEqual(expect.arrayContaining([...STANDARD]));
    expect(named('node').join()).not.toContain('/');
    this.objects.set(path, new Set(named('interface')));
    await Promise.all(named('node').map((name) => this.walk(`${path === '/' ? '' : path}/${name}`)));
  }

  private follow({ member, body }: BusSignal): void {
    const path = String(body[0]);
    const names = this.objects.get(path) ?? new Set<string>();
    this.objects.set(path, names);
    if (member === 'InterfacesAdded') for (const name of Object.keys(body[1] as object)) names.add(name);
    else for (const name of body[1] as string[]) names.delete(name);
    if (names.size === 0) this.objects.delete(path);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.client[Symbol.asyncDispose]();
  }
}

const DEVICES = [
  { address: 0x20, uuid: '595a522d-77c5-4628-8400-37bfb41b7100' },
  { address: 0x21, pool_size: 2 },
  { address: 0x22, count: 3 },
];

test('R-CONS-31 R-CONS-6 R-CONS-24 what the signals tell is what an Introspect walk from / finds, after everything that can happen', async () => {
  await using manager = await VirtualManager.start(bus, DEVICES);
  await using early = await MapperLike.start();
  const expectSame = async (): Promise<string[]> => {
    await using fresh = await MapperLike.start();
    const found = await fresh.known();
    expect(await early.known()).toEqual(found);
    return Object.keys(found);
  };
  const before = await expectSame();
  expect(before).toContain(ROOT_PATH);

  const answers = [];
  for (const address of [0x20, 0x22, 0x23, 0x24]) answers.push(await manager.setUp(address));
  await manager.link('AssignEndpoint', 'ay', 0x21);
  expect(await expectSame()).toHaveLength(before.length + 5);

  const [first = 0, second = 0, third = 0] = answers.map((answer) => Number(answer.split(' ')[0]));
  await manager.daemon.devices.bus('bus0').devices[2]?.close();
  await manager.endpoint(second, 'Recover');
  await manager.endpoint(third, 'Recover');
  await manager.endpoint(first, 'Remove');
  await manager.daemon.clock.advance(10_000);
  expect(await expectSame()).toHaveLength(before.length + 3);
});

test('R-CONS-31 the containers of an empty manager can be walked as well', async () => {
  await using manager = await VirtualManager.start(bus, []);
  expect(await manager.client.eids()).toEqual([8]);
  await using mapper = await MapperLike.start();
  const containers = ['/', '/au', '/au/com', '/au/com/codeconstruct'];
  const below = ['interfaces', 'networks', 'networks/1', 'networks/1/endpoints'].map(
    (each) => `${ROOT_PATH}/${each}`,
  );
  expect([...mapper.objects.keys()]).toEqual(expect.arrayContaining([...containers, ...below]));
});
