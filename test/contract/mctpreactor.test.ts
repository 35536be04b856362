import { Iface, endpointPath, linkPath, networkPath } from '../../src/base/bus-names';
import { expectNothingLeft } from '../support/leftovers';
import { PrivateBus } from '../support/private-bus';
import { VirtualManager } from '../support/virtual-manager';
import { within } from '../support/within';

const LINK = linkPath('bus0');

let bus: PrivateBus;

expectNothingLeft(() => bus.stop());

beforeAll(async () => {
  bus = await PrivateBus.start();
});

const TICK_MS = 5000;
/** Four attempts of 250 ms, however many devices are asked for at once, and some: calls start one a turn (R-CONS-8). */
const PATIENCE_MS = 1500;
const NO_ANSWER = 'org.freedesktop.DBus.Error.Failed: MCTP Endpoint did not respond';

/** Assigns its devices as mctpreactor does: whatever is not assigned is called again at every tick, for ever. */
class ReactorLike {
  readonly assigned = new Map<number, string>();
  readonly failures: string[] = [];

  constructor(
    private readonly manager: VirtualManager,
    private readonly addresses: readonly number[],
  ) {}

  /** Calls for every device that is not assigned. All of it has ended when {@link PATIENCE_MS} have passed. */
  async tick(): Promise<void> {
    this.forgetLost();
    const missing = this.addresses.filter((address) => !this.assigned.has(address));
    const calls = Promise.all(missing.map((address) => this.assign(address)));
    await afterwards(this.manager, PATIENCE_MS, calls);
    await this.manager.daemon.clock.advance(TICK_MS - PATIENCE_MS);
  }

  private async assign(address: number): Promise<void> {
    const { client } = this.manager;
    const answer = await client.describe(LINK, Iface.busOwner, 'AssignEndpoint', 'ay', Buffer.of(address));
    const [, path] = /^\d+ 1 (\S+) (?:true|false)$/.exec(answer) ?? [];
    if (path === undefined) {
      this.failures.push(answer);
      return;
    }
    // The object is there before the reply (R-CONS-26).
    expect(await client.get(path, Iface.endpoint1, 'Connectivity')).toBe('Available');
    this.assigned.set(address, path);
  }

  /** A removal that names Endpoint1 takes a device from Assigned to Lost; nothing else does. */
  private forgetLost(): void {
    for (const { member, body } of this.manager.client.signals.splice(0)) {
      if (member !== 'InterfacesRemoved' || !(body[1] as string[]).includes(Iface.endpoint1)) continue;
      for (const [address, path] of this.assigned) if (path === body[0]) this.assigned.delete(address);
    }
  }
}

/** What came of the calls once so much virtual time has passed: none of it while they are on their way to the manager. */
async function afterwards<T>(manager: VirtualManager, ms: number, calls: Promise<T>): Promise<T> {
  await manager.client.objects();
  await manager.daemon.clock.advance(ms);
  return await within(`answers after ${ms} virtual ms`, calls);
}

const PRESENT = [0x20, 0x21];
const ABSENT = [0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37];

async function paths(manager: VirtualManager): Promise<unknown[]> {
  const [routes] = await manager.client.call(networkPath(1), Iface.ownNetwork, 'ListRoutes');
  const [neighbours] = await manager.client.call(networkPath(1), Iface.ownNetwork, 'ListNeighbours');
  return [(routes as unknown[][]).map(([eid]) => eid), (neighbours as unknown[][]).map(([eid]) => eid)];
}

test('R-CONS-25 absent devices that are called every 5 s, several in parallel: bounded errors, and nothing is left of them', async () => {
  await using manager = await VirtualManager.start(bus, [{ address: 0x20, count: 2 }]);
  const reactor = new ReactorLike(manager, [...PRESENT, ...ABSENT]);
  await reactor.tick();
  const [objects, timers] = [await manager.client.objects(), manager.daemon.clock.timers];
  const eids = PRESENT.map((address) => Number(reactor.assigned.get(address)?.split('/').pop()));
  const TICKS = 12;
  for (let tick = 1; tick < TICKS; tick++) await reactor.tick();

  expect(reactor.failures).toEqual(Array.from({ length: TICKS * ABSENT.length }, () => NO_ANSWER));
  expect(await manager.client.objects()).toEqual(objects);
  expect(manager.daemon.clock.timers).toBe(timers);
  expect(await paths(manager)).toEqual([eids, eids]);
});

test('R-CONS-25 R-CONS-26 R-CONS-27 a device that comes is assigned at the next tick, one that is lost again at the next', async () => {
  await using manager = await VirtualManager.start(bus, [{ address: 0x20 }]);
  const reactor = new ReactorLike(manager, [0x20, 0x30]);
  for (let tick = 0; tick < 3; tick++) await reactor.tick();
  expect([...reactor.assigned]).toEqual([[0x20, endpointPath(1, 9)]]);
  await manager.daemon.exchange('bus0', { address: 0x30 });
  await reactor.tick();
  const late = reactor.assigned.get(0x30);
  expect(late).toBeDefined();

  await manager.endpoint(9, 'Remove');
  await reactor.tick();
  const again = reactor.assigned.get(0x20) ?? '';
  expect(Object.keys(await manager.client.objects())).toContain(again);
  // An EID of our choice, and the one that was just given up is held back for a while (R-DISC-27).
  expect(again).not.toBe(endpointPath(1, 9));
  // Idempotent: known ones answer at once with the same path.
  const began = manager.daemon.clock.now();
  const answer = await manager.client.describe(LINK, Iface.busOwner, 'AssignEndpoint', 'ay', Buffer.of(0x30));
  expect(answer).toBe(`${late?.split('/').pop() ?? ''} 1 ${late ?? ''} false`);
  expect(manager.daemon.clock.now()).toBe(began);
});

const VENDOR = { format: 'pci', vendor: 0x8086 };

test.each([
  [
    'answers all of it in the last moment',
    { latency_ms: 990, vendor_types: Array(40).fill(VENDOR), pool_size: 4 },
  ],
  ['leaves out what it may', { latency_ms: 990, silent_to: ['get-vendor-defined', 'get-endpoint-uuid'] }],
  ['never tells its types', { latency_ms: 990, silent_to: ['get-message-types'] }],
])('R-CONS-8 AssignEndpoint has ended after 25 s when a device %s', async (_what, device) => {
  const types = [0, 1, 126, 127];
  await using manager = await VirtualManager.start(bus, [{ address: 0x20, types, ...device }]);
  const call = manager.client.describe(LINK, Iface.busOwner, 'AssignEndpoint', 'ay', Buffer.of(0x20));
  expect(await afterwards(manager, 25_000, call)).toMatch(/^9 1 |Failed: Request failed$/);
});
