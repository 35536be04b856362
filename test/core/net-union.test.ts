import { MctpError } from '../../src/base/errors';
import { NetUnion } from '../../src/core/net-union';
import { Priority } from '../../src/core/net';
import { hex } from '../support/vectors';
import { Bench } from './fake-binding';

async function union(): Promise<{
  net: NetUnion;
  a: Awaited<ReturnType<Bench['link']>> & { bench: Bench };
  b: Awaited<ReturnType<Bench['link']>> & { bench: Bench };
}> {
  const [first, second] = [new Bench(), new Bench({ firstLinkIndex: 50 })];
  const net = new NetUnion(first.router, second.router);
  const a = { bench: first, ...(await first.link({ network: 1 })) };
  const b = { bench: second, ...(await second.link({ network: 2 })) };
  return { net, a, b };
}

test('links, routes and neighbours of both are one', async () => {
  const { net, a, b } = await union();
  expect(net.links().map(({ index }) => index)).toEqual([1, 50]);
  await net.addRoute({ network: 2, first: 20, extent: 0, link: 50, mtu: 0 });
  await net.addNeighbour({ link: 50, eid: 20, address: hex('1d') });
  expect([net.routes(1), net.routes(2).length, net.neighbours(2).length]).toEqual([[], 1, 1]);
  expect([a.bench.router.routes(2), b.bench.router.routes(2).length]).toEqual([[], 1]);
  await net.request({ kind: 'eid', network: 2, eid: 20 }, hex('01'));
  await net.request({ kind: 'physical', link: 1, address: hex('1d') }, hex('01'));
  expect([a.binding.take(), b.binding.take()]).toEqual([['010008c801'], ['011408c801']]);
  await net.removeNeighbour({ link: 50, eid: 20 });
  await net.removeNeighbour({ link: 77, eid: 20 });
  await net.removeRoute({ network: 2, first: 20, extent: 0, link: 50 });
  expect([net.routes(2), net.neighbours(2)]).toEqual([[], []]);
});

test('R-DISC-125 a route that stayed in a network without links can be removed', async () => {
  const { net, b } = await union();
  const route = { network: 2, first: 20, extent: 3 };
  await net.addRoute({ ...route, gateway: 19, mtu: 0 });
  await b.bench.router.removeLink(50);
  await net.removeRoute(route);
  expect(net.routes(2)).toEqual([]);
  await expect(net.removeRoute(route)).rejects.toMatchObject({ code: 'no-such-route' });
});

test('D-10 a route that one backend has left in a network of the other is none', async () => {
  const { net, a, b } = await union();
  await a.bench.router.addRoute({ network: 2, first: 20, extent: 3, gateway: 19, mtu: 0 });
  expect(net.routes(2)).toEqual([]);
  await b.bench.router.removeLink(50);
  expect(net.routes(2)).toMatchObject([{ first: 20, gateway: 19 }]);
});

test('listeners and events hear both, and no longer after unsubscribe', async () => {
  const { net, a, b } = await union();
  const heard: number[] = [];
  const events: string[] = [];
  const listening = net.listen(
    1,
    (incoming) => {
      heard.push(incoming.network);
      void net.reply(incoming, hex('01'));
      return true;
    },
    Priority.client,
  );
  const watching = net.on((event) => events.push(`${event.kind} ${event.link.index}`));
  for (const { binding } of [a, b]) binding.receive('010814c8 01');
  await net.addLocalEid(50, 9);
  await net.removeLocalEid(1, 8);
  listening.unsubscribe();
  watching.unsubscribe();
  for (const { binding } of [a, b]) binding.receive('010014c8 01');
  await net.addLocalEid(1, 9);
  expect([heard, events]).toEqual([
    [1, 2],
    ['local-eid-added 50', 'local-eid-removed 1'],
  ]);
  expect([a.binding.take(), b.binding.take()]).toEqual([['011408c001'], ['011408c001']]);
  expect(net.counters(50)?.drops.get('NoListener')).toBe(1);
});

test('a listener of one network hears that one alone', async () => {
  const { net, a, b } = await union();
  const heard: number[] = [];
  net.listen(1, ({ network }) => heard.push(network) > 0, Priority.client, { network: 2 });
  for (const { binding } of [a, b]) binding.receive('010814c8 01');
  expect([heard, net.counters(1)?.drops.get('NoListener')]).toEqual([[2], 1]);
});

test('R-DEMUX-46 whom one backend refuses, the other does not hear for either', async () => {
  const { net, a, b } = await union();
  jest.spyOn(b.bench.router, 'listen').mockImplementation(() => {
    throw new MctpError('name-taken', 'another program has it');
  });
  expect(() => net.listen(1, () => true, Priority.client)).toThrow('another program has it');
  a.binding.receive('010814c8 01');
  expect(net.counters(1)?.drops.get('NoListener')).toBe(1);
});

test('what belongs to neither is refused', async () => {
  const { net } = await union();
  await expect(net.request({ kind: 'eid', network: 3, eid: 20 }, hex('01'))).rejects.toMatchObject({
    code: 'unreachable',
  });
  await expect(net.request({ kind: 'broadcast', link: 9 }, hex('01'))).rejects.toMatchObject({
    code: 'unreachable',
  });
  await expect(net.addLocalEid(9, 9)).rejects.toMatchObject({ code: 'unknown-link' });
  expect([net.counters(9), net.partFor(3)]).toEqual([undefined, undefined]);
});

test('capabilities are what both can do', async () => {
  const { net, a } = await union();
  expect(net.capabilities).toEqual({ chooseSourceEid: true, unmatchedResponses: true, maxInFlight: 8 });
  expect(net.partFor(1)).toBe(a.bench.router);
});
