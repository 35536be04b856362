import { Iface, endpointPath, linkPath } from '../../src/base/bus-names';
import { BusClient } from '../support/bus-client';
import { linkTable, VirtualDaemon } from '../support/daemon';
import { expectNothingLeft } from '../support/leftovers';
import { PrivateBus } from '../support/private-bus';
import { VirtualManager } from '../support/virtual-manager';

/** A hundred devices on one bus, ten of them dead, all set up at once by a client: time is virtual, the bus is real. */

const DEVICES = 100;
const FIRST_ADDRESS = 0x20;
const LATENCY_MS = 5;
const LINK = linkPath('bus0');

let bus: PrivateBus;

expectNothingLeft(() => bus.stop());

beforeAll(async () => {
  bus = await PrivateBus.start();
});

const isDead = (address: number): boolean => address % 10 === 5;
const ADDRESSES = Array.from({ length: DEVICES }, (_, index) => FIRST_ADDRESS + index);

function start(): Promise<VirtualDaemon> {
  const device = ADDRESSES.map((address) => ({
    address,
    silent: isDead(address),
    latency_ms: LATENCY_MS,
    uuid: '595a522d-77c5-4628-8400-37bfb41b7100',
  }));
  return VirtualDaemon.start(bus, {
    configuration: `state = false\n${linkTable('bus0', { binding: 'loopback', discover: 'off' })}`,
    buses: [{ name: 'bus0', kind: 'loopback', device }],
  });
}

test('D-7 R-DISC-6 R-CONS-8 dead devices delay no live one, and a Get is answered while all of them are waited for', async () => {
  await using daemon = await start();
  await using client = await BusClient.connect(bus);
  const { clock } = daemon;
  const began = clock.now();
  const ends = new Map<number, number>();
  const setUp = async (address: number): Promise<string> => {
    const answer = await client.refusal(LINK, Iface.busOwner, 'SetupEndpoint', 'ay', Buffer.from([address]));
    ends.set(address, clock.now() - began);
    return answer;
  };
  const all = Promise.all(ADDRESSES.map(setUp));

  await daemon.settle(
    (async () => {
      while ((await client.eids()).length < 40) await Promise.resolve();
    })(),
    2,
  );
  const before = clock.now();
  expect(await client.get(endpointPath(1, 9), Iface.endpoint1, 'Connectivity')).toBe('Available');
  expect(await client.get(LINK, Iface.link, 'Role')).toBe('BusOwner');
  expect(clock.now()).toBe(before);

  const answers = await daemon.settle(all, 2);
  for (const [index, address] of ADDRESSES.entries()) {
    const expected = isDead(address)
      ? /^org\.freedesktop\.DBus\.Error\.Failed: MCTP Endpoint did not respond$/
      : /^no error but \[\d+,1,"\/au\/com\/codeconstruct\/mctp1\/networks\/1\/endpoints\/\d+",true\]$/;
    expect(answers[index]).toMatch(expected);
  }
  expect(await client.eids()).toHaveLength(1 + ADDRESSES.filter((address) => !isDead(address)).length);
  // Virtual time: what the protocol costs, whatever this machine is doing.
  const live = ADDRESSES.filter((address) => !isDead(address)).map(
    (address) => ends.get(address) ?? Infinity,
  );
  const dead = ADDRESSES.filter(isDead).map((address) => ends.get(address) ?? 0);
  expect(Math.max(...live)).toBeLessThanOrEqual(450);
  expect(Math.min(...dead)).toBeGreaterThanOrEqual(1000);
  expect(Math.max(...dead)).toBeLessThanOrEqual(1300);
});

test('R-CONS-25 a dead device costs one bounded error a call and leaves no object, route or neighbour', async () => {
  await using daemon = await start();
  await using client = await BusClient.connect(bus);
  const address = Buffer.from([FIRST_ADDRESS + 3]);
  expect(isDead(FIRST_ADDRESS + 3)).toBe(true);
  const objects = Object.keys(await client.objects());
  const calls = Promise.all(
    Array.from({ length: 5 }, () => client.refusal(LINK, Iface.busOwner, 'AssignEndpoint', 'ay', address)),
  );
  expect(await daemon.settle(calls, 50)).toEqual(
    Array.from({ length: 5 }, () => 'org.freedesktop.DBus.Error.Failed: MCTP Endpoint did not respond'),
  );
  expect(Object.keys(await client.objects())).toEqual(objects);
  const network = '/au/com/codeconstruct/mctp1/networks/1';
  expect(await client.call(network, Iface.ownNetwork, 'ListNeighbours')).toEqual([[]]);
  expect(await client.call(network, Iface.ownNetwork, 'ListRoutes')).toEqual([[]]);
});

test('D-11 a stop while dead devices are waited for leaves no timer behind', async () => {
  const manager = await VirtualManager.start(bus, [{ address: 0x20, count: 30, silent: true }]);
  const { clock } = manager.daemon;
  const calls = Array.from({ length: 30 }, (_, index) =>
    manager.client.refusal(LINK, Iface.busOwner, 'SetupEndpoint', 'ay', Buffer.from([0x20 + index])),
  );
  // A round trip on the same connection: the calls have arrived, and wait for their answers.
  await manager.client.objects();
  expect(clock.timers).toBeGreaterThan(0);
  await manager[Symbol.asyncDispose]();
  expect(clock.timers).toBe(0);
  for (const answer of await Promise.all(calls)) expect(answer).toMatch(/^org\.freedesktop\.DBus\.Error\./);
});
