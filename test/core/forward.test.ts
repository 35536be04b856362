import type { NetLink } from '../../src/core/net';
import { idle } from '../support/test-clock';
import { hex } from '../support/vectors';
import { Bench } from './fake-binding';
import type { FakeBinding } from './fake-binding';

async function bridge(forward = true): Promise<{
  bench: Bench;
  from: { binding: FakeBinding; link: NetLink };
  to: { binding: FakeBinding; link: NetLink };
}> {
  const bench = new Bench();
  const from = await bench.link({ name: 'up0', forward: true, mtu: 100 });
  const to = await bench.link({ name: 'down0', forward, localEids: [9] });
  await bench.router.addRoute({ network: 1, first: 30, extent: 2, link: to.link.index, mtu: 0 });
  await bench.router.addRoute({ network: 1, first: 40, extent: 0, link: from.link.index, mtu: 0 });
  await bench.router.addNeighbour({ link: to.link.index, eid: 30, address: hex('55') });
  await bench.router.addNeighbour({ link: from.link.index, eid: 40, address: hex('1d') });
  return { bench, from, to };
}

test('a packet for somebody behind another link goes on as it is', async () => {
  const { from, to } = await bridge();
  from.binding.receive('f11e1493 0102030405');
  expect(to.binding.sent).toEqual([{ packet: 'f11e14930102030405', to: '55', broadcast: false }]);
  expect(from.binding.sent).toEqual([]);
});

test.each([
  ['never back out of its port', '012814c8 01', 'NotForUs'],
  ['no route', '016414c8 01', 'NoRoute'],
  ['no neighbour', '011f14c8 01', 'NoRoute'],
  ['too long for the next port', `011e14c8${'00'.repeat(65)}`, 'ForwardTooLong'],
])('dropped: %s', async (_, packet, reason) => {
  const { bench, from, to } = await bridge();
  from.binding.receive(packet);
  expect(bench.drops(from.link)).toEqual({ [reason]: 1 });
  expect([...from.binding.sent, ...to.binding.sent]).toEqual([]);
});

test('null and broadcast destinations are ours alone', async () => {
  const { bench, from, to } = await bridge();
  from.binding.receive('010014c8 01');
  from.binding.receive('01ff14c8 01');
  expect(bench.drops(from.link)).toEqual({ NoListener: 2 });
  expect(to.binding.sent).toEqual([]);
});

test('both links must forward', async () => {
  const { bench, from, to } = await bridge(false);
  from.binding.receive('011e14c8 01');
  to.binding.receive('012814c8 01');
  expect([bench.drops(from.link), bench.drops(to.link)]).toEqual([{ NotForUs: 1 }, { NotForUs: 1 }]);
});

test('what a slow port cannot take is bounded to half of its queue: TransmitQueueFull', async () => {
  const { bench, from, to } = await bridge();
  to.binding.room = 0;
  for (let i = 0; i < 600; i++) from.binding.receive('011e14c8 01');
  expect(bench.drops(from.link)).toEqual({ TransmitQueueFull: 600 - 256 });
  to.binding.writable();
  await idle();
  expect(to.binding.sent.length).toBe(256);
});
