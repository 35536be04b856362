import type { NetEvent } from '../../src/core/net';
import { hex } from '../support/vectors';
import { Bench, FakeBinding } from './fake-binding';

function brief(event: NetEvent): string {
  const { link } = event;
  return `${event.kind} ${link.index} ${link.up ? 'up' : 'down'} [${link.localEids.join()}]`;
}

test('events tell about links and EIDs in the order it happened', async () => {
  const bench = new Bench();
  const events: string[] = [];
  bench.router.on((event) => events.push(brief(event)));
  const { binding, link } = await bench.link();
  await bench.router.addLocalEid(link.index, 20);
  await bench.router.addLocalEid(link.index, 20);
  binding.up(false);
  binding.up(false);
  await bench.router.removeLocalEid(link.index, 8);
  await bench.router.removeLocalEid(link.index, 8);
  await bench.router.removeLink(link.index);
  expect(events).toEqual([
    'link-added 1 up [8]',
    'local-eid-added 1 up [8,20]',
    'link-changed 1 down [8,20]',
    'local-eid-removed 1 down [20]',
    'link-removed 1 down [20]',
  ]);
});

test('a listener that throws is reported', async () => {
  const bench = new Bench();
  bench.router.on(() => {
    throw new Error('listener');
  });
  const { link } = await bench.link();
  expect(bench.router.links()).toEqual([link]);
  expect(bench.defects).toHaveLength(1);
});

test('indexes count from the first one and are never used again', async () => {
  const bench = new Bench({ firstLinkIndex: 100 });
  const first = await bench.link();
  await bench.router.removeLink(first.link.index);
  const second = await bench.link();
  const given = await bench.link({ index: 500 });
  const lower = await bench.link({ index: 499 });
  const next = await bench.link();
  const indexes = [first, second, given, lower, next].map(({ link }) => link.index);
  expect(indexes).toEqual([100, 101, 500, 499, 501]);
  await expect(bench.link({ index: 100 })).rejects.toMatchObject({ code: 'invalid-arguments' });
});

test('the MTU defaults to 68 and stays within the range of the binding', async () => {
  const bench = new Bench();
  expect((await bench.link()).link.mtu).toBe(68);
  expect((await bench.link({}, new FakeBinding(true, { minMtu: 80 }))).link.mtu).toBe(80);
  await expect(bench.link({ mtu: 67 })).rejects.toMatchObject({ code: 'bad-mtu' });
  await expect(bench.link({ mtu: 513 })).rejects.toMatchObject({ code: 'bad-mtu' });
});

test('a binding that does not open leaves nothing behind', async () => {
  const bench = new Bench();
  const binding = new FakeBinding();
  jest.spyOn(binding, 'open').mockRejectedValue(new Error('no such device'));
  await expect(bench.link({}, binding)).rejects.toThrow('no such device');
  expect([bench.router.links(), binding.closed]).toEqual([[], true]);
});

test('wrong EIDs, links and addresses are refused', async () => {
  const bench = new Bench();
  const { router } = bench;
  const { link } = await bench.link();
  await expect(router.addLocalEid(link.index, 7)).rejects.toMatchObject({ code: 'invalid-eid' });
  await expect(router.addLocalEid(9, 8)).rejects.toMatchObject({ code: 'unknown-link' });
  await expect(router.removeLink(9)).rejects.toMatchObject({ code: 'unknown-link' });
  const neighbour = { link: link.index, eid: 20, address: hex('1d1d') };
  await expect(router.addNeighbour(neighbour)).rejects.toMatchObject({ code: 'bad-physaddr' });
  const route = { network: 2, first: 20, extent: 0, link: link.index, mtu: 0 };
  await expect(router.addRoute(route)).rejects.toMatchObject({ code: 'invalid-arguments' });
});

test('removing a link ends its exchanges, routes and neighbours', async () => {
  const bench = new Bench();
  const { binding, link } = await bench.link();
  await bench.router.addRoute({ network: 1, first: 20, extent: 0, link: link.index, mtu: 0 });
  await bench.router.addNeighbour({ link: link.index, eid: 20, address: hex('1d') });
  const exchange = await bench.router.request({ kind: 'eid', network: 1, eid: 20 }, hex('01'));
  const waiting = exchange.receive(0);
  await bench.router.removeLink(link.index);
  expect(await waiting).toBeUndefined();
  expect([bench.router.routes(1), bench.router.neighbours(1), binding.closed]).toEqual([[], [], true]);
  await expect(exchange.resend()).rejects.toMatchObject({ code: 'unreachable' });
});

test('a hint that the peer has gone deaf reaches the binding', async () => {
  const bench = new Bench();
  const { binding, link } = await bench.link();
  bench.router.nudge(link.index);
  bench.router.nudge(77);
  expect(binding.nudges).toBe(1);
});
