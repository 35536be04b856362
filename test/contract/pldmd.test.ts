import { Iface, SERVICE_NAME, endpointPath, ROOT_PATH } from '../../src/base/bus-names';
import type { BusSignal } from '../../src/bus/connection';
import type { Variant } from '../../src/bus/variant';
import { BusClient } from '../support/bus-client';
import { expectNothingLeft } from '../support/leftovers';
import { PrivateBus } from '../support/private-bus';
import { VirtualManager } from '../support/virtual-manager';

let bus: PrivateBus;

expectNothingLeft(() => bus.stop());

beforeAll(async () => {
  bus = await PrivateBus.start();
});

type Interfaces = Readonly<Record<string, Readonly<Record<string, Variant>>>>;

const STRICT = { NetworkId: 'u', EID: 'y', SupportedMessageTypes: 'ay' } as const;

/**
 * Follows the endpoints as pldmd does: calls back inside the handler of `InterfacesAdded`, reads everything again at
 * `InterfacesRemoved`, takes a terminus as available or not by what `PropertiesChanged` says.
 */
class PldmdLike implements AsyncDisposable {
  readonly termini = new Map<string, string>();
  readonly problems: string[] = [];
  /** Every signal of the manager, whatever it is. */
  readonly signals: BusSignal[] = [];
  private readonly handlers: Promise<void>[] = [];

  private constructor(private readonly client: BusClient) {}

  static async start(): Promise<PldmdLike> {
    const pldmd = new PldmdLike(await BusClient.connect(bus));
    const { connection } = pldmd.client;
    await connection.onSignal({ sender: SERVICE_NAME }, (signal) => void pldmd.signals.push(signal));
    // Exactly this path, any sender; and everything below it that begins with this interface.
    await connection.onSignal({ path: ROOT_PATH, iface: Iface.objectManager }, (signal) =>
      pldmd.handle(signal.member === 'InterfacesAdded' ? pldmd.added(signal) : pldmd.removed(signal)),
    );
    const changes = { pathNamespace: ROOT_PATH, member: 'PropertiesChanged' };
    await connection.onSignal(changes, (signal) => pldmd.changed(signal));
    return pldmd;
  }

  /** Everything sent so far has come in, and every handler has ended. */
  async settled(): Promise<this> {
    await this.client.objects();
    await Promise.all(this.handlers);
    return this;
  }

  private handle(handler: Promise<void>): void {
    this.handlers.push(handler.catch((error: unknown) => void this.problems.push(String(error))));
  }

  private async added({ body }: BusSignal): Promise<void> {
    const [path, interfaces] = body as [string, Interfaces];
    const endpoint = interfaces[Iface.endpoint];
    if (endpoint === undefined) return;
    for (const [name, signature] of Object.entries(STRICT)) {
      if (endpoint[name]?.signature !== signature) this.problems.push(`${path}: ${name} is no ${signature}`);
    }
    const connectivity = await this.client.get(path, Iface.endpoint1, 'Connectivity');
    const uuid = await this.client.get(path, Iface.uuid, 'UUID');
    if (uuid !== interfaces[Iface.uuid]?.['UUID']?.value) this.problems.push(`${path}: another UUID`);
    this.termini.set(path, String(connectivity));
  }

  private async removed({ body }: BusSignal): Promise<void> {
    const objects = await this.client.objects();
    if (objects[String(body[0])] !== undefined) this.problems.push(`${String(body[0])} is stale`);
    for (const path of this.termini.keys()) if (objects[path] === undefined) this.termini.delete(path);
  }

  private changed({ path, body }: BusSignal): void {
    const [iface, changed] = body as [string, Record<string, Variant>];
    if (iface !== Iface.endpoint1) return;
    if (changed['Connectivity']?.signature !== 's') this.problems.push(`${path}: no Connectivity`);
    this.termini.set(path, String(changed['Connectivity']?.value));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.client[Symbol.asyncDispose]();
  }
}

const FIRST = 0x20;
const COUNT = 12;
const DEVICES = [
  { address: FIRST, count: COUNT, types: [0, 1], uuid: '595a522d-77c5-4628-8400-37bfb41b7100' },
];
const ADDRESSES = Array.from({ length: COUNT }, (_, index) => FIRST + index);

/** The EIDs of all devices, set up at the same time. */
async function setUpAll(manager: VirtualManager): Promise<number[]> {
  const answers = await Promise.all(ADDRESSES.map((address) => manager.setUp(address)));
  return answers.map((answer) => Number(answer.split(' ')[0]));
}

test('R-CONS-7 R-CONS-5 R-CONS-4 R-CONS-14 whoever calls back inside a handler sees no missing and no stale object', async () => {
  await using manager = await VirtualManager.start(bus, DEVICES);
  await using pldmd = await PldmdLike.start();
  const eids = await setUpAll(manager);
  const { termini, problems } = await pldmd.settled();
  expect([...termini.values()]).toEqual(eids.map(() => 'Available'));

  await Promise.all(eids.slice(0, 6).map((eid) => manager.endpoint(eid, 'Remove')));
  await pldmd.settled();
  const kept = eids.slice(6).map((eid) => endpointPath(1, eid));
  expect([...termini.keys()].sort()).toEqual(kept.sort());
  expect(problems).toEqual([]);
});

test('R-CONS-17 R-CONS-18 a terminus is silenced by Recover and comes back, or goes', async () => {
  await using manager = await VirtualManager.start(bus, DEVICES);
  await using pldmd = await PldmdLike.start();
  const [alive = 0, dead = 0] = await setUpAll(manager);
  await manager.daemon.devices.bus('bus0').devices[1]?.close();
  const { termini, problems } = await pldmd.settled();
  // No virtual time passes until the replies are there.
  for (const eid of [alive, dead])
    await manager.client.call(endpointPath(1, eid), Iface.endpoint1, 'Recover');
  await pldmd.settled();
  expect(termini.get(endpointPath(1, dead))).toBe('Degraded');
  await manager.daemon.clock.advance(6000);
  await pldmd.settled();
  expect(termini.get(endpointPath(1, alive))).toBe('Available');
  expect(termini.has(endpointPath(1, dead))).toBe(false);
  expect(problems).toEqual([]);
});

test('R-DBUS-35 R-CONS-10 in a whole life there are three kinds of signal, and the name never changes hands', async () => {
  await using manager = await VirtualManager.start(bus, DEVICES);
  await using pldmd = await PldmdLike.start();
  const [first = 0, second = 0] = await setUpAll(manager);
  await manager.call(ROOT_PATH, Iface.root, 'RegisterTypeSupport', 'yau', 5, [0x00fff1f1]);
  await manager.setUp(0x70);
  await manager.endpoint(first, 'SetMTU', 'u', 68);
  await manager.endpoint(first, 'SetMTU', 'u', 1);
  await manager.endpoint(second, 'Recover');
  await manager.link('LearnEndpoint', 'ay', FIRST);
  await manager.endpoint(first, 'Remove');
  await manager.learnByEid(first);
  await manager.daemon.clock.advance(10_000);
  const kinds = (await pldmd.settled()).signals.map(({ iface, member }) => `${iface}.${member}`);
  expect([...new Set(kinds)].sort()).toEqual([
    `${Iface.objectManager}.InterfacesAdded`,
    `${Iface.objectManager}.InterfacesRemoved`,
    `${Iface.properties}.PropertiesChanged`,
  ]);
  expect(await manager.news()).not.toContain(`NameOwnerChanged ${SERVICE_NAME}`);
});

test('R-CONS-18 H-2 Endpoint1 has string properties only', async () => {
  await using manager = await VirtualManager.start(bus, DEVICES);
  const [eid = 0] = await setUpAll(manager);
  const properties = (await manager.client.objects())[endpointPath(1, eid)]?.[Iface.endpoint1] ?? {};
  expect(Object.entries(properties).map(([name, { signature }]) => `${name} ${signature}`)).toEqual([
    'Connectivity s',
  ]);
});
