import fc from 'fast-check';
import { toHex } from '../../src/base/bytes';
import { MctpError } from '../../src/base/errors';
import { Bench } from './bench';
import { FakeDevice } from './fake-device';

const ADDRESSES = [1, 2, 3, 4, 5] as const;
const DOWNSTREAM = [9, 10, 11, 12, 13, 14, 21, 22, 23];
const EIDS = [8, 9, 10, 11, 12, 20, 21] as const;

/** One step of a random life: an operation is started, or the world changes; `wait` lets time pass afterwards. */
const steps = fc.array(
  fc.record({
    kind: fc.constantFrom(
      'setup',
      'assign',
      'static',
      'bridge',
      'learn',
      'by-eid',
      'remove',
      'mtu',
      'recover',
      'reset',
      'claim',
      'die',
      'revive',
      'mute',
      'local-add',
      'local-remove',
      'link-gone',
      'link-back',
      'rescan',
    ),
    address: fc.constantFrom(...ADDRESSES),
    eid: fc.constantFrom(...EIDS),
    wait: fc.constantFrom(0, 0, 0, 1, 3, 300, 6000),
  }),
  { minLength: 1, maxLength: 30 },
);
type Step = (typeof steps extends fc.Arbitrary<infer T> ? T : never)[number];

/** Starts what a step asks for; `undefined` when it was a change of the world. */
function start(bench: Bench, step: Step, device: FakeDevice): Promise<unknown> | undefined {
  const { engine, bus } = bench;
  switch (step.kind) {
    case 'setup':
      return engine.setupEndpoint(1, device.address);
    case 'assign':
      return engine.assignEndpoint(1, device.address);
    case 'static':
      return engine.assignEndpointStatic(1, device.address, step.eid);
    case 'bridge':
      return engine.assignBridgeStatic(1, device.address, { eid: step.eid, poolStart: 0, poolSize: 2 });
    case 'learn':
      return engine.learnEndpoint(1, device.address);
    case 'by-eid':
      return engine.learnByEid(1, step.eid);
    case 'remove':
      return engine.remove(1, step.eid);
    case 'mtu':
      return engine.setMtu(1, step.eid, 100);
    case 'recover':
      return engine.recover(1, step.eid);
    case 'local-add':
      return bus.links().length === 0 ? undefined : bus.addLocalEid(1, step.eid);
    case 'local-remove':
      return bus.links().length === 0 ? undefined : bus.removeLocalEid(1, step.eid);
    case 'link-gone':
      if (bus.links().length > 0) bus.removeLink(1);
      return undefined;
    case 'link-back':
      if (bus.links().length === 0) bus.addLink({ index: 1 });
      return undefined;
    case 'rescan':
      engine.rescan();
      return undefined;
    default:
      change(step, device);
      return undefined;
  }
}

function change(step: Step, device: FakeDevice): void {
  if (step.kind === 'reset') device.reset();
  if (step.kind === 'claim') device.eid = step.eid;
  if (step.kind === 'die') device.dead = true;
  if (step.kind === 'revive') device.dead = false;
  if (step.kind === 'mute') device.script = (command) => (command === 3 ? 'silent' : undefined);
}

/** What must hold whenever nothing is under way. */
function check(bench: Bench): void {
  const all = bench.registry.endpoints();
  const places = all
    .filter((each) => !each.local && each.physicalAddress.length > 0)
    .map((each) => `${each.link ?? 'none'}/${toHex(each.physicalAddress)}`);
  expect(new Set(places).size).toBe(places.length);
  const held = new Set(bench.remote().map((each) => each.eid));
  for (const { first, gateway } of bench.bus.routes(1)) expect([...held]).toContain(gateway ?? first);
  checkPools(bench);
  for (const { eid } of bench.bus.neighbours(1)) expect([...held]).toContain(eid);
  for (const endpoint of bench.remote()) {
    if (endpoint.physicalAddress.length === 0) continue;
    expect(bench.paths()).toContain(`${endpoint.eid} -> ${toHex(endpoint.physicalAddress)}`);
  }
  const local = new Set(bench.bus.links().flatMap((link) => link.localEids));
  expect(bench.registry.localEids(1)).toEqual([...local].sort((a, b) => a - b));
}

interface Behind {
  readonly gateway: number | undefined;
}

/** Each accepted pool has its one route, and no device on a link has an EID in it. */
function checkPools(bench: Bench): void {
  const pools = bench.remote().flatMap(({ eid, pool }) => (pool === undefined ? [] : [{ eid, ...pool }]));
  const wanted = pools.map(({ eid, start, end }) => ({ first: start, extent: end - start, gateway: eid }));
  const routes = bench.bus.routes(1).filter((each) => each.gateway !== undefined);
  const byGateway = (a: Behind, b: Behind) => (a.gateway ?? 0) - (b.gateway ?? 0);
  expect(routes.map(({ first, extent, gateway }) => ({ first, extent, gateway })).sort(byGateway)).toEqual(
    wanted.sort(byGateway),
  );
  for (const { eid, bridge } of bench.remote()) {
    if (bridge !== 0) expect(pools).toContainEqual(expect.objectContaining({ eid: bridge }));
    expect(pools.filter(({ start, end }) => eid >= start && eid <= end)).toHaveLength(bridge === 0 ? 0 : 1);
  }
  const attached = bench.remote().filter((each) => each.physicalAddress.length > 0);
  for (const { start, end } of pools) {
    expect(attached.filter(({ eid }) => eid >= start && eid <= end)).toEqual([]);
  }
}

test('R-DISC-3 R-DISC-6 R-DISC-33 R-CONS-17 any operations in any order leave one owner for each EID, paths with their peers, and no timer', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (life) => {
      const bench = new Bench({
        dynamicEidRange: { first: 8, last: 14 },
        endpointPollMs: 2500,
        discover: () => ({ mode: 'static', endpoints: [{ address: Uint8Array.of(5) }] }),
      });
      const devices = ADDRESSES.map((address) =>
        // The first two are bridges.
        bench.device(address, { latencyMs: address, ...(address <= 2 && { bridge: true, poolSize: 2 }) }),
      );
      // Whatever their pools are, somebody is there.
      for (const each of devices.slice(0, 2))
        each.downstream.push(...DOWNSTREAM.map((eid) => new FakeDevice(0, { eid })));
      bench.engine.startDiscovery();
      const calls: Promise<unknown>[] = [];
      for (const step of life) {
        const device = devices[step.address - 1];
        if (device === undefined) throw new Error('no such device');
        const call = start(bench, step, device);
        if (call !== undefined) calls.push(call.catch(tolerate));
        await bench.clock.advance(step.wait);
      }
      await bench.clock.settle(Promise.all(calls));
      // Automatic discovery and recoveries may be at work on their own; let them come to rest.
      await bench.clock.advance(20_000);
      expect(bench.remote().map((each) => each.connectivity)).not.toContain('Degraded');
      bench.engine.stop();
      await bench.clock.advance(10_000);
      check(bench);
      await bench.stop();
    }),
    { numRuns: 100 },
  );
}, 60_000);

/** Refusals are fine, defects are not. */
function tolerate(error: unknown): void {
  if (!(error instanceof MctpError)) throw error;
}
