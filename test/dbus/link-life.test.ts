import { Variant } from '../../src/bus/variant';
import { UUID } from '../discovery/bench';
import { LinkBench } from '../discovery/link/link-bench';
import { PrivateBus } from '../support/private-bus';
import { brief, Harness, ROOT } from './harness';

/** What the bus sees of links that change, with a real engine behind the objects (R-DBUS §5). */

const OWN = 'org.mctp_endpoint_manager';
const LINK = `${ROOT}/interfaces/mctp1`;
const at = (network: number, eid: number): string => `${ROOT}/networks/${network}/endpoints/${eid}`;

let bus: PrivateBus;
let bench: LinkBench;
let harness: Harness;

beforeAll(async () => {
  bus = await PrivateBus.start();
});

/** Link 1 with a bridge as EID 9 (pool 10..11) and the learnt EID 11 behind it. */
beforeEach(async () => {
  bench = new LinkBench();
  harness = await Harness.start(bus, { registry: bench.registry });
  await bench.knownBridge();
  await take();
});

afterEach(async () => {
  harness.stop();
  await bench.stop();
});

afterAll(() => bus.stop());

/** Signals in order, without the interfaces of removed and added objects. */
async function take(): Promise<string[]> {
  return (await harness.takeSignals()).map(brief).map((line) => line.split(':')[0] ?? '');
}

/** Every path of GetManagedObjects. */
async function objects(): Promise<Record<string, Record<string, Record<string, Variant>>>> {
  const [all] = await harness.call(ROOT, 'org.freedesktop.DBus.ObjectManager', 'GetManagedObjects');
  return all as Record<string, Record<string, Record<string, Variant>>>;
}

test('R-DISC-124 R-DBUS §5 renamed: the link goes and comes with its role, endpoints untouched and their Link right', async () => {
  bench.bus.changeLink(1, { name: 'bmc0' });
  const path = `${ROOT}/interfaces/bmc0`;
  expect(await take()).toEqual([`-${LINK}`, `+${path}`]);
  const all = await objects();
  expect(Object.keys(all)).not.toContain(LINK);
  expect(all[path]).toMatchObject({
    'au.com.codeconstruct.MCTP.BusOwner1': {},
    'au.com.codeconstruct.MCTP.Interface1': { Role: new Variant('s', 'BusOwner') },
    [`${OWN}.Link1`]: { Name: new Variant('s', 'bmc0'), Index: new Variant('u', 1) },
  });
  for (const eid of [9, 11]) {
    expect(all[at(1, eid)]?.[`${OWN}.Endpoint1`]?.['Link']).toEqual(
      (await harness.getAll(at(1, eid), `${OWN}.Endpoint1`)).map(
        (each) => (each as { Link: Variant }).Link,
      )[0],
    );
  }
  expect(all[at(1, 9)]?.[`${OWN}.Endpoint1`]?.['Link']).toEqual(new Variant('o', path));
});

test('R-DISC-124 R-DBUS-7 a new name whose path is taken: the object goes, is logged, and comes back with a free name', async () => {
  bench.bus.addLink({ index: 2, name: 'a_2db', localEids: [] });
  await take();
  bench.bus.changeLink(1, { name: 'a-b' });
  expect(await take()).toEqual([`-${LINK}`]);
  expect(harness.logged.splice(0)).toHaveLength(1);
  bench.bus.changeLink(1, { name: 'mctp1' });
  expect(await take()).toEqual([`+${LINK}`]);
});

test('R-DISC-125 R-DISC-127 R-DBUS-15 R-DBUS-28 R-DBUS §5 another network: the order of the signals', async () => {
  bench.bus.changeLink(1, { network: 2 });
  const signals = await harness.takeSignals();
  expect(signals.map(brief).map((line) => line.split(':')[0])).toEqual([
    `-${at(1, 8)}`,
    `+${ROOT}/networks/2`,
    `+${at(2, 8)}`,
    `${LINK} Interface1 NetworkId=2`,
    `-${at(1, 9)}`,
    `+${at(2, 9)}`,
    `-${at(1, 11)}`,
    `+${at(2, 11)}`,
    `-${ROOT}/networks/1`,
  ]);
  // The bridge comes back whole, Bridge1 included, in one signal (R-CONS-5).
  expect(signals[5]?.body[1]).toMatchObject({
    'au.com.codeconstruct.MCTP.Bridge1': { PoolStart: new Variant('y', 10), PoolEnd: new Variant('y', 11) },
    'xyz.openbmc_project.Common.UUID': { UUID: new Variant('s', UUID) },
    'xyz.openbmc_project.MCTP.Endpoint': { NetworkId: new Variant('u', 2), EID: new Variant('y', 9) },
    [`${OWN}.Endpoint1`]: { Link: new Variant('o', LINK) },
  });
  expect(Object.keys(await objects()).sort()).toEqual(
    [LINK, `${ROOT}/networks/2`, at(2, 8), at(2, 9), at(2, 11)].sort(),
  );
});

test('R-DISC-125 R-CONS-7 a client that calls back at each signal sees the whole of the new state', async () => {
  const seen: string[][] = [];
  const waiting: Promise<void>[] = [];
  await harness.client.onSignal({ path: ROOT }, () => {
    waiting.push(
      objects().then((all) => void seen.push(Object.keys(all).filter((path) => path.includes('/1/')))),
    );
  });
  bench.bus.changeLink(1, { network: 2 });
  await harness.takeSignals();
  await Promise.all(waiting);
  expect(seen).toEqual(Array.from({ length: 8 }, () => []));
});

test('R-DISC-125 R-CONS-17 a degraded endpoint is so under its new path, and Available is told there', async () => {
  await bench.engine.recover(1, 9);
  bench.bus.changeLink(1, { network: 2 });
  await take();
  expect(await harness.get(at(2, 9), 'au.com.codeconstruct.MCTP.Endpoint1', 'Connectivity')).toEqual([
    new Variant('s', 'Degraded'),
  ]);
  await bench.clock.advance(100);
  expect(await take()).toEqual([`${at(2, 9)} Endpoint1 Connectivity=Available`]);
});

test('R-DISC-126 R-DBUS-52 down and up: Up of Link1, and nothing of the peers', async () => {
  bench.bus.changeLink(1, { up: false });
  bench.bus.changeLink(1, { up: true });
  expect(await take()).toEqual([`${LINK} ${OWN}.Link1 Up=false`, `${LINK} ${OWN}.Link1 Up=true`]);
});

test('R-DISC-123 R-DBUS §5 removed: local EIDs, endpoints, the link, the empty network', async () => {
  bench.bus.removeLink(1);
  expect(await take()).toEqual([
    `-${at(1, 8)}`,
    `-${at(1, 9)}`,
    `-${at(1, 11)}`,
    `-${LINK}`,
    `-${ROOT}/networks/1`,
  ]);
});

test('R-DISC-120 R-DBUS-34 an EID of ours that goes and comes within one turn is told as it happened', async () => {
  await Promise.all([bench.bus.removeLocalEid(1, 8), bench.bus.addLocalEid(1, 8)]);
  expect(await take()).toEqual([`-${at(1, 8)}`, `+${at(1, 8)}`]);
  expect(await harness.get(`${ROOT}/networks/1`, 'au.com.codeconstruct.MCTP.Network1', 'LocalEIDs')).toEqual([
    new Variant('ay', Buffer.of(8)),
  ]);
});

test('R-DISC-165 what tells the paths to one device apart: medium, physical address, link name and ifindex', async () => {
  bench.bus.addLink({ index: 2, name: 'mctpi2c3', binding: 'smbus', backend: 'kernel', localEids: [8] });
  bench.device(0x2d, { link: 2, uuid: UUID });
  await bench.clock.settle(bench.engine.setupEndpoint(2, Uint8Array.of(0x2d)));
  const all = await objects();
  const ways = Object.entries(all)
    .filter(([, each]) => each['xyz.openbmc_project.Common.UUID']?.['UUID']?.value === UUID)
    .map(([path, each]) => {
      const { Link, PhysicalAddress, Bridge } = each[`${OWN}.Endpoint1`] ?? {};
      const { Name, Index, Binding, MaxMTU } = all[String(Link?.value)]?.[`${OWN}.Link1`] ?? {};
      return [path, PhysicalAddress, Bridge, Name, Index, Binding, MaxMTU].map((each2) =>
        each2 instanceof Variant ? each2.value : each2,
      );
    });
  expect(ways).toEqual([
    [at(1, 9), Buffer.of(0x1d), 0, 'mctp1', 1, 'loopback', 254],
    [at(1, 11), Buffer.of(), 9, 'mctp1', 1, 'loopback', 254],
    [at(1, 12), Buffer.of(0x2d), 0, 'mctpi2c3', 2, 'smbus', 254],
  ]);
});
