import fc from 'fast-check';
import { toHex } from '../../src/base/bytes';
import { isMctpError, MctpError } from '../../src/base/errors';
import { contradict } from '../../src/discovery/snapshot';
import type { FakeDevice } from './fake-device';
import { OWNERS, populate, RandomWorld } from './random-world';

const EIDS = [8, 9, 10, 11, 12, 20, 21, 30, 40, 41, 42] as const;

/** One step of a random life: an operation is started, or the world changes; `wait` lets time pass afterwards. */
const step = fc.record({
  kind: fc.constantFrom(
    ...([
      'setup',
      'assign',
      'static',
      'bridge',
      'learn',
      'by-eid',
      'remove',
      'mtu',
      'recover',
      'rescan',
    ] as const),
    ...(['reset', 'claim', 'die', 'revive', 'mute', 'exchange', 'notify'] as const),
    ...([
      'local-add',
      'local-remove',
      'link-toggle',
      'link-move',
      'link-rename',
      'link-down',
      'link-up',
    ] as const),
    ...(['owner-assigns', 'owner-allocates', 'owner-routes', 'restart'] as const),
  ),
  place: fc.nat(6),
  eid: fc.constantFrom(...EIDS),
  link: fc.constantFrom(1, 1, 1, 2, 3),
  choice: fc.nat(3),
  wait: fc.constantFrom(0, 0, 0, 1, 3, 300, 6000),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** What changes of addresses and routes take, in milliseconds: in a user-space stack no time, in a kernel some. */
const tempo = fc.oneof(fc.constant([0]), fc.array(fc.nat(3), { minLength: 1, maxLength: 5 }));

/** Starts what a step asks for; `undefined` when it was a change of the world. */
function start(world: RandomWorld, step: Step, device: FakeDevice): Promise<unknown> | undefined {
  const { engine } = world;
  const { link, address } = device;
  const network = 1 + (step.choice >> 1);
  switch (step.kind) {
    case 'setup':
      return engine.setupEndpoint(link, address);
    case 'assign':
      return engine.assignEndpoint(link, address);
    case 'static':
      return engine.assignEndpointStatic(link, address, step.eid);
    case 'bridge':
      return engine.assignBridgeStatic(link, address, { eid: step.eid, poolStart: 0, poolSize: 2 });
    case 'learn':
      return engine.learnEndpoint(link, address);
    case 'by-eid':
      return engine.learnByEid(network, step.eid);
    case 'remove':
      return engine.remove(network, step.eid);
    case 'mtu':
      return engine.setMtu(network, step.eid, 100);
    case 'recover':
      return engine.recover(network, step.eid);
    case 'restart':
      return world.restart();
    default:
      changeDevice(world, step, device);
      ownerSpeaks(world, step);
      return changeLink(world, step);
  }
}

function changeDevice(world: RandomWorld, step: Step, device: FakeDevice): void {
  if (step.kind === 'rescan') world.engine.rescan();
  if (step.kind === 'reset') device.reset();
  if (step.kind === 'claim') device.eid = step.eid;
  if (step.kind === 'die') device.dead = true;
  if (step.kind === 'revive') device.dead = false;
  if (step.kind === 'mute') device.script = (command) => (command === 3 ? 'silent' : undefined);
  if (step.kind === 'exchange') {
    device.reset();
    device.uuid = `00000000-0000-4000-8000-00000000000${step.choice}`;
  }
  if (step.kind === 'notify') {
    world.tell('83 0d', { eid: device.eid, address: device.address[0] ?? 0 }, device.link);
  }
}

/** Set Endpoint ID, Allocate Endpoint IDs (every operation), Routing Information Update. */
function ownerSpeaks(world: RandomWorld, { kind, eid, choice }: Step): void {
  const owner = OWNERS[choice === 0 ? 1 : 0];
  const own = eid.toString(16).padStart(2, '0');
  if (kind === 'owner-assigns') world.tell(`83 01 0${choice >> 1} ${own}`, owner, 2);
  if (kind === 'owner-allocates') world.tell(`83 08 0${choice} 03 ${own}`, owner, 2);
  if (kind === 'owner-routes') world.tell(`83 09 01 00 01 ${own} 1d`, owner, 2);
}

function changeLink(world: RandomWorld, { kind, link: index, eid, choice }: Step): Promise<void> | undefined {
  const { bus } = world;
  if (kind === 'link-toggle') world.toggle(index);
  const link = world.link(index);
  if (link === undefined) return undefined;
  if (kind === 'link-move') bus.changeLink(index, { network: 3 - link.network });
  if (kind === 'link-rename') bus.changeLink(index, { name: `renamed${index}-${choice}` });
  if (kind === 'link-down') bus.changeLink(index, { up: false });
  if (kind === 'link-up') bus.changeLink(index, { up: true });
  if (kind === 'local-add') return bus.addLocalEid(index, eid);
  if (kind === 'local-remove') return bus.removeLocalEid(index, eid);
  return undefined;
}

/** What must hold whenever nothing is under way. */
function check(world: RandomWorld): void {
  expect(world.defects).toEqual([]);
  const remote = world.remote();
  expect(remote.map((each) => each.connectivity)).not.toContain('Degraded');
  const places = remote
    .filter((each) => each.physicalAddress.length > 0)
    .map((each) => `${each.link ?? 'none'}/${toHex(each.physicalAddress)}`);
  expect(new Set(places).size).toBe(places.length);
  for (const network of [1, 2]) checkNetwork(world, network);
  for (const { network, link } of remote) {
    if (link !== undefined) expect(world.link(link)?.network).toBe(network);
  }
}

function checkNetwork(world: RandomWorld, network: number): void {
  const { bus, engine, registry } = world;
  const remote = world.remote().filter((each) => each.network === network);
  const held = remote.map(({ eid }) => eid).sort((a, b) => a - b);
  // Registry and table are one picture.
  const told = engine.host.peers(network).map(({ eid }) => eid);
  expect(told.sort((a, b) => a - b)).toEqual(held);
  const onLinks = bus.links().filter((link) => link.network === network);
  const local = new Set(onLinks.flatMap((link) => link.localEids));
  expect(registry.localEids(network)).toEqual([...local].sort((a, b) => a - b));
  const direct = remote.filter((each) => each.physicalAddress.length > 0);
  const hosts = bus.routes(network).filter((each) => each.gateway === undefined && each.link !== 2);
  expect(hosts.map(({ first, link }) => `${first} on ${link}`).sort()).toEqual(
    direct
      .filter(({ link }) => link !== 2)
      .map(({ eid, link }) => `${eid} on ${link}`)
      .sort(),
  );
  const neighbours = bus
    .neighbours(network)
    .map(({ eid, link, address }) => `${eid}@${link}/${toHex(address)}`);
  for (const { eid, link, physicalAddress } of direct) {
    expect(neighbours).toContain(`${eid}@${link}/${toHex(physicalAddress)}`);
  }
  checkPools(world, network);
}

/** Each accepted pool has its one route, and no device on a link has an EID in it. */
function checkPools(world: RandomWorld, network: number): void {
  const remote = world.remote().filter((each) => each.network === network);
  const pools = remote.flatMap(({ eid, pool }) => (pool === undefined ? [] : [{ eid, ...pool }]));
  const wanted = pools.map(({ eid, start, end }) => `${start}-${end} via ${eid}`);
  const routes = world.bus
    .routes(network)
    .flatMap(({ first, extent, gateway }) =>
      gateway === undefined ? [] : [`${first}-${first + extent} via ${gateway}`],
    );
  expect(routes.sort()).toEqual(wanted.sort());
  // A bus owner of ours may have whatever EID it likes (R-DISC-25).
  for (const { eid, bridge } of remote.filter(({ link }) => link !== 2)) {
    if (bridge !== 0) expect(pools).toContainEqual(expect.objectContaining({ eid: bridge }));
    expect(pools.filter(({ start, end }) => eid >= start && eid <= end)).toHaveLength(bridge === 0 ? 0 : 1);
  }
}

/** No two lines of what is on disk may be at odds, and whoever is published is there. */
function checkMemory(world: RandomWorld): void {
  const { disk } = world.memory;
  for (const [at, each] of disk.entries()) {
    expect(disk.slice(at + 1).filter((other) => contradict(each, other))).toEqual([]);
  }
  const assigned = world.remote().filter(({ link, bridge }) => bridge === 0 && (link === 1 || link === 3));
  for (const { network, eid } of assigned)
    expect(disk).toContainEqual(expect.objectContaining({ network, eid }));
}

/** Whatever happened before, a device in order on a link in order can be set up, under the EID it then has. */
async function checkLiveness(world: RandomWorld): Promise<void> {
  if (world.link(1) === undefined) world.toggle(1);
  world.bus.changeLink(1, { up: true });
  for (const device of world.devices.filter(({ link }) => link === 1)) {
    device.dead = false;
    device.script = () => undefined;
    const call = world.engine.setupEndpoint(1, device.address);
    const got = await world.clock.settle(call.catch((error: unknown) => isMctpError(error, 'out-of-eids')));
    if (got === true) continue;
    expect(got).toMatchObject({ eid: device.eid, network: world.link(1)?.network });
    expect(world.remote()).toContainEqual(
      expect.objectContaining({ eid: device.eid, link: 1, physicalAddress: device.address }),
    );
  }
}

async function live(life: readonly Step[], routesFollow: boolean, tempo: readonly number[]): Promise<void> {
  const world = new RandomWorld(routesFollow, tempo);
  populate(world);
  const calls: Promise<unknown>[] = [];
  for (const step of life) {
    const device = world.devices[step.place];
    if (device === undefined) throw new Error('no such device');
    const call = start(world, step, device)?.catch(tolerate);
    if (step.kind === 'restart') await call;
    else if (call !== undefined) calls.push(call);
    await world.clock.advance(step.wait);
  }
  await world.clock.settle(Promise.all(calls));
  // Automatic discovery and recoveries may be at work on their own; let them come to rest.
  await world.clock.advance(20_000);
  check(world);
  checkMemory(world);
  await checkLiveness(world);
  await world.stop();
  check(world);
}

test('R-DISC-3 R-DISC-6 R-DISC-33 R-CONS-17 any operations in any order leave one owner for each EID, paths with their peers, and no timer', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 30 }), fc.boolean(), tempo, live),
    {
      numRuns: Number(process.env['RANDOM_RUNS'] ?? 100),
    },
  );
}, 600_000);

/** Refusals are fine, defects are not. */
function tolerate(error: unknown): void {
  if (!(error instanceof MctpError)) throw error;
}
