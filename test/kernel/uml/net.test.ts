import { systemClock } from '../../../src/base/clock';
import { nullLog } from '../../../src/base/log';
import { SerialBinding } from '../../../src/bindings/serial/binding';
import type { Binding } from '../../../src/core/binding';
import type { Destination, Exchange } from '../../../src/core/net';
import { toHex } from '../../../src/base/bytes';
import { describeError } from '../../../src/base/errors';
import { CleanUp } from '../../support/clean-up';
import { expectNoDescriptorLeft } from '../../support/descriptors';
import { eventually, within } from '../../support/within';
import { hex } from '../../support/vectors';
import { KernelLine } from './kernel-line';
import { RealNet } from './real-net';
import { Rtnl } from './rtnl';

/** The kernel backend on a kernel: what the fake kernel of the other tests says of it must be so. */

const OWN = 8;
const PEER = 9;
let rtnl: Rtnl;
let line: KernelLine;
let peer: Peer;
let real: RealNet;
let scene = new CleanUp();

expectNoDescriptorLeft();

/** At the other end of the line: says packets, and hears them. */
class Peer {
  readonly heard: string[] = [];
  private constructor(private readonly binding: Binding) {}

  static async at(where: KernelLine): Promise<Peer> {
    const options = { name: 'peer', path: '', baud: 115_200, peerRecovery: false };
    const binding = new SerialBinding(options, { clock: systemClock, log: nullLog, ports: where.ports });
    const made = new Peer(binding);
    await binding.open({
      packet: (packet) => made.heard.push(toHex(packet)),
      writable: () => undefined,
      up: () => undefined,
      drop: () => undefined,
    });
    return made;
  }

  async say(...packets: readonly string[]): Promise<void> {
    for (const packet of packets) {
      await eventually('room on the line', () => this.binding.send(hex(packet), new Uint8Array(0)));
    }
  }

  /** The next packet. */
  async next(): Promise<string> {
    return await eventually('a packet from the kernel', () => this.heard.shift());
  }

  close(): Promise<void> {
    return this.binding.close();
  }
}

beforeEach(async () => {
  scene = new CleanUp();
  rtnl = scene.use(new Rtnl());
  line = scene.use(KernelLine.open());
  peer = await Peer.at(line);
  scene.defer(() => peer.close());
  await rtnl.up(line.device.index);
  await rtnl.addEid(line.device.index, OWN);
  await rtnl.addRoute(line.device.index, PEER);
  real = scene.use(await RealNet.open());
  real.events.length = 0;
});
afterEach(() => scene[Symbol.asyncDispose]());

const routed: Destination = { kind: 'eid', network: 1, eid: PEER };
const physical = (): Destination => ({
  kind: 'physical',
  link: line.device.index,
  address: new Uint8Array(0),
});

async function bytesOf(exchange: Exchange, timeoutMs = 2000): Promise<string | undefined> {
  const incoming = await exchange.receive(timeoutMs);
  return incoming === undefined ? undefined : toHex(incoming.bytes);
}

test('R-DISC-121: the link as it is', () => {
  // The kernel's `lo` is an MCTP link as well, and comes with any other.
  const [loopback, ...others] = real.net.links();
  expect(loopback).toMatchObject({ name: 'lo', network: 1, localEids: [], pointToPoint: false });
  expect(others).toEqual([
    {
      ...{
        index: line.device.index,
        name: line.device.name,
        network: 1,
        backend: 'kernel',
        binding: 'unknown',
      },
      ...{ physicalBinding: 0, address: new Uint8Array(0), addressLength: 0, pointToPoint: true },
      ...{ minMtu: 68, maxMtu: 68, mtu: 68, up: true, localEids: [OWN] },
    },
  ]);
});

test('R-DISC-120..126: what an administrator does to links and EIDs is told', async () => {
  const { name, index } = line.device;
  await rtnl.up(index, false);
  expect(await real.news(1)).toEqual([`link-changed ${name} net 1 down [8]`]);
  await rtnl.up(index);
  expect(await real.news(1)).toEqual([`link-changed ${name} net 1 up [8]`]);
  await rtnl.network(index, 5);
  expect(await real.news(1)).toEqual([`link-changed ${name} net 5 up [8]`]);
  await rtnl.addEid(index, 20);
  expect(await real.news(1)).toEqual([`local-eid-added 20 ${name} net 5 up [8 20]`]);
  await using second = KernelLine.open();
  expect(await real.news(1)).toEqual([`link-added ${second.device.name} net 1 down []`]);
  await second.unplug();
  expect(await real.news(1)).toEqual([`link-removed ${second.device.name} net 1 down []`]);
});

test('ENOBUFS: what an administrator did while nobody read the events is known afterwards', async () => {
  const { name, index } = line.device;
  const flood = new Rtnl();
  // Far more than the monitor's buffer holds, in one turn.
  for (let count = 0; count < 1000; count++) flood.upUnanswered(index, count % 2 === 0);
  flood[Symbol.dispose]();
  expect(await real.news(1)).toEqual([`link-changed ${name} net 1 down [8]`]);
  await rtnl.up(index);
  expect(await real.news(1)).toEqual([`link-changed ${name} net 1 up [8]`]);
});

test('a link that is gone before we have heard of it: each call says so, and nothing is left', async () => {
  const { net } = real;
  const { name, index } = line.device;
  const route = { network: 1, first: 20, extent: 0, link: index, mtu: 68 };
  const gone = line.unplug();
  const calls: (readonly [call: Promise<unknown>, answer: string])[] = [
    [net.request(physical(), hex('00 80 02')), 'the link may be gone'],
    [net.request(routed, hex('00 80 02')), 'no route to the EID'],
    [net.addLocalEid(index, 30), 'cannot add our EID: the link is gone'],
    [net.addRoute(route), 'cannot add the route: the link is gone'],
    [net.removeRoute({ ...route, first: PEER }), 'cannot remove the route: the link is gone'],
    [net.removeLocalEid(index, OWN), 'cannot remove our EID: the link is gone'],
  ];
  const outcomes = await Promise.allSettled(calls.map(([call]) => call));
  for (const [at, [, answer]] of calls.entries()) {
    const outcome = outcomes[at];
    expect(outcome?.status === 'rejected' ? describeError(outcome.reason) : 'done').toContain(answer);
  }
  await gone;
  expect((await real.news(1)).at(-1)).toBe(`link-removed ${name} net 1 up [8]`);
  expect(net.routes(1)).toEqual([]);
  expect(await rtnl.routes()).toEqual([]);
});

test('our own EIDs, routes and their removal are in the kernel', async () => {
  const { index } = line.device;
  await real.net.addLocalEid(index, 30);
  await real.net.addLocalEid(index, 30);
  expect(await rtnl.eids(index)).toEqual([8, 30]);
  await real.net.removeLocalEid(index, 30);
  await real.net.removeLocalEid(index, 30);
  expect(await rtnl.eids(index)).toEqual([8]);
  const pool = { network: 1, first: 20, extent: 9, link: index, mtu: 68 };
  await real.net.addRoute(pool);
  expect(await rtnl.routes()).toEqual([`20-29 via ${index} mtu 68`, `9 via ${index} mtu 0`]);
  expect(real.net.routes(1)).toMatchObject([pool, { first: PEER, extent: 0, link: index, mtu: 0 }]);
  await expect(real.net.addRoute(pool)).rejects.toMatchObject({ code: 'route-exists' });
  await real.net.removeRoute(pool);
  await expect(real.net.removeRoute(pool)).rejects.toMatchObject({ code: 'no-such-route' });
  expect(await rtnl.routes()).toEqual([`9 via ${index} mtu 0`]);
});

test('a routed request and its answer', async () => {
  const exchange = await real.net.request(routed, hex('01aabb'));
  expect(await peer.next()).toBe('010908c8' + '01aabb');
  await peer.say('010809c0' + '01cc');
  expect(await bytesOf(exchange)).toBe('01cc');
  expect(exchange.open).toBe(false);
});

test('a request to EID 0 over a link is answered by whatever EID, and its tag is free afterwards', async () => {
  for (let round = 0; round < 20; round++) {
    const exchange = await real.net.request(physical(), hex('008002'), { reclaim: true });
    expect(await peer.next()).toMatch(/^010008c.008002$/);
    await peer.say(`010821c${exchange.tag}00000200210000`);
    expect(await bytesOf(exchange)).toBe('00000200210000');
    exchange.release();
  }
});

test('an eighth request to EID 0 waits for a place and is sent when one is given back', async () => {
  const exchanges = await Promise.all(
    Array.from({ length: 7 }, () => real.net.request(physical(), hex('008005'), { reclaim: true })),
  );
  const eighth = real.net.request(physical(), hex('008003'), { reclaim: true });
  await eventually('seven requests', () => peer.heard.length >= 7);
  expect(new Set(peer.heard).size).toBe(7);
  peer.heard.length = 0;
  exchanges[3]?.release();
  expect(await peer.next()).toMatch(/^010008c.008003$/);
  for (const each of [...exchanges, await eighth]) each.release();
});

test('R-API-33, R-API-34: eight tags to one EID, then none until one is given back after an answer', async () => {
  const exchanges = [];
  for (let i = 0; i < 8; i++) exchanges.push(await real.net.request(routed, hex('01aa')));
  expect(new Set(exchanges.map(({ tag }) => tag)).size).toBe(8);
  await expect(real.net.request(routed, hex('01aa'))).rejects.toMatchObject({ code: 'no-free-tag' });
  const [first] = exchanges;
  await peer.say(`010809c${first?.tag ?? 0}01bb`);
  expect(await (first === undefined ? undefined : bytesOf(first))).toBe('01bb');
  const again = await real.net.request(routed, hex('01aa'));
  for (const each of [...exchanges, again]) each.release();
});

test('R-API-43: a held exchange takes several answers under one tag', async () => {
  const exchange = await real.net.request(routed, hex('04aa'), { hold: true });
  expect(await peer.next()).toBe(`010908c${(8 + exchange.tag).toString(16)}04aa`);
  for (const last of ['01', '02', '03']) {
    await peer.say(`010809c${exchange.tag}04${last}`);
    expect(await bytesOf(exchange)).toBe(`04${last}`);
  }
  await exchange.resend();
  await peer.say(`010809c${exchange.tag}0404`);
  expect(await bytesOf(exchange)).toBe('0404');
  exchange.release();
  expect((await real.net.request(routed, hex('04bb'))).tag).toBe(exchange.tag);
});

test('R-API-35: who waits longer than 6 s still gets the answer', async () => {
  const exchange = await real.net.request(routed, hex('01aa'));
  const answer = exchange.receive(10_000);
  await systemClock.sleep(7000);
  await peer.say(`010809c${exchange.tag}01bb`);
  expect(toHex((await answer)?.bytes ?? new Uint8Array(0))).toBe('01bb');
});

test('requests to us, to our EID and to EID 0, with IC, and the answers to them', async () => {
  const heard: string[] = [];
  const listening = real.net.listen(
    0x04,
    (incoming) => {
      const { source, localEid, tag, to, ic, type, link } = incoming;
      heard.push(`${toHex(incoming.bytes)} ${source}>${localEid} tag ${tag} ${to} ${ic} ${type} ${link}`);
      void real.net.reply(incoming, hex('84dd'));
      return true;
    },
    1,
  );
  await peer.say('010809cb' + '84aa', '010009cd' + '04bb');
  expect([await peer.next(), await peer.next()]).toEqual(['010908c3' + '84dd', '010908c5' + '84dd']);
  expect(heard).toEqual([
    `84aa 9>8 tag 3 true true 4 ${line.device.index}`,
    `04bb 9>8 tag 5 true false 4 ${line.device.index}`,
  ]);
  listening.unsubscribe();
});

test('an answer through the route table to whom only the EID and tag is known', async () => {
  await real.net.reply({ kind: 'eid', network: 1, eid: PEER, tag: 6 }, hex('01ee'));
  expect(await peer.next()).toBe('010908c6' + '01ee');
});

test('a link that is down, one that is gone, and an EID without a route', async () => {
  await rtnl.up(line.device.index, false);
  await real.news(1);
  await expect(real.net.request(routed, hex('01aa'))).rejects.toMatchObject({ code: 'link-down' });
  await expect(real.net.request(physical(), hex('008002'))).rejects.toMatchObject({ code: 'link-down' });
  await rtnl.up(line.device.index);
  await real.news(1);
  const waiting = (await real.net.request(physical(), hex('008002'), { reclaim: true })).receive(5000);
  await line.unplug();
  expect(await within('the end of the wait', waiting, 2000)).toBeUndefined();
  const nowhere: Destination = { kind: 'eid', network: 1, eid: 77 };
  await expect(real.net.request(nowhere, hex('01aa'))).rejects.toMatchObject({ code: 'unreachable' });
});
