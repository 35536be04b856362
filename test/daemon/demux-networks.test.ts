import { Iface, ROOT_PATH } from '../../src/base/bus-names';
import { nullLog } from '../../src/base/log';
import { systemClock } from '../../src/base/clock';
import { parseConfig } from '../../src/config/load';
import { DemuxSockets } from '../../src/daemon/demux-sockets';
import { loadNative } from '../../src/os/native-module';
import { SeqpacketServer } from '../../src/os/seqpacket-server';
import { Bench, type FakeBinding } from '../core/fake-binding';
import { expectNothingLeft } from '../support/leftovers';
import { I2C, KernelManager } from '../support/kernel-manager';
import { PrivateBus } from '../support/private-bus';
import { RawSocket } from '../support/raw-socket';
import { testPlatform } from '../support/test-platform';
import { eventually } from '../support/within';

/** Demux sockets of networks that come and go while the daemon runs (D-4). */

let bus: PrivateBus;

expectNothingLeft(() => bus.stop());

beforeAll(async () => {
  bus = await PrivateBus.start();
});

const NONE = 'backend = "auto"\nstate = false\n';

/** Names as `Manager1.DemuxSockets` shows them, with the NUL in front. */
async function addresses(manager: KernelManager): Promise<string[]> {
  const names = await manager.client.get(ROOT_PATH, Iface.ownManager, 'DemuxSockets');
  return (names as string[]).map((name) => `\0${name.slice(1)}`);
}

async function shown(manager: KernelManager): Promise<string[]> {
  return (await addresses(manager)).map((name) => name.slice(1).replace(/-test-.*/, ''));
}

async function move(manager: KernelManager, network: number): Promise<void> {
  manager.kernel.set(manager.link(), { network });
  await manager.daemon.clock.advance(10);
}

/** The last of the names, which is that of the highest network. */
async function clientOfLast(manager: KernelManager): Promise<RawSocket> {
  const client = await RawSocket.connect((await addresses(manager)).at(-1) ?? '');
  client.say('05');
  return client;
}

const errors = (manager: KernelManager): string[] =>
  manager.daemon.log.filter(([level]) => level === 'error').map(([, text]) => text);

test('R-DEMUX-1 a network that comes has a socket while it has a link, and the default stays what it is', async () => {
  await using manager = await KernelManager.start(bus, [], { configuration: NONE });
  expect(await shown(manager)).toEqual(['mctp-demux', 'mctp-mux']);
  await move(manager, 7);
  expect(await shown(manager)).toEqual(['mctp-demux', 'mctp-mux', 'mctp-demux-7']);
  const client = await clientOfLast(manager);
  // Our EID there.
  client.say('0805aa81');
  expect(await client.hears(1)).toEqual(['0805aa81']);
  const main = await RawSocket.connect((await addresses(manager))[0] ?? '');
  main.say('05');

  await move(manager, 9);
  expect(await shown(manager)).toEqual(['mctp-demux', 'mctp-mux', 'mctp-demux-9']);
  expect(await client.isCut()).toBe(true);
  await move(manager, 7);
  const again = await clientOfLast(manager);
  again.say('0805aa82');
  expect(await again.hears(1)).toEqual(['0805aa82']);
  expect(main.ended).toBe(false);
  for (const each of [main, again]) each.close();
});

test('R-DEMUX-1 a link that is plugged in, by the side of others, and pulled out', async () => {
  await using manager = await KernelManager.start(bus, [], { configuration: NONE });
  const names = ['mctp-demux', 'mctp-mux'];
  const [one] = [
    await manager.kernel.plug('usb1', { network: 4 }),
    await manager.kernel.plug('usb2', { network: 4 }),
  ];
  await manager.daemon.clock.advance(10);
  expect(await shown(manager)).toEqual([...names, 'mctp-demux-4']);
  manager.kernel.unplug(one);
  await manager.daemon.clock.advance(10);
  expect(await shown(manager)).toEqual([...names, 'mctp-demux-4']);
  manager.kernel.unplug(manager.link('usb2'));
  await manager.daemon.clock.advance(10);
  expect(await shown(manager)).toEqual(names);
});

test('R-DEMUX-3 a name that somebody has when the network comes: said, and the daemon runs, required or not', async () => {
  const configuration = `${NONE}[demux]\nrequired = true\n`;
  await using manager = await KernelManager.start(bus, [], { configuration });
  await move(manager, 7);
  const [name = ''] = (await addresses(manager)).slice(-1);
  await move(manager, 1);
  const holder = SeqpacketServer.listen({
    ...{ ops: loadNative(), clock: systemClock, name },
    ...{ limits: { frames: 1, bytes: 1 }, accept: () => undefined },
  });
  try {
    await move(manager, 7);
    await manager.kernel.plug('other', { network: 4 });
    await manager.daemon.clock.advance(10);
    expect(await shown(manager)).toEqual(['mctp-demux', 'mctp-mux', 'mctp-demux-4']);
    expect(errors(manager)).toEqual(['no demux socket of this name']);
  } finally {
    holder.close();
  }
  // Free again, and there is news of a link.
  manager.kernel.set(manager.link(), { up: false });
  await manager.daemon.clock.advance(10);
  expect(await shown(manager)).toContain('mctp-demux-7');
  expect(errors(manager)).toHaveLength(1);
});

test('R-DEMUX-1 a name that the configuration gives to the default network stays with it', async () => {
  const configuration = `${NONE}[demux]\nrequired = true\nnames = ["mctp-demux", "mctp-demux-7"]\n`;
  await using manager = await KernelManager.start(bus, [], { configuration });
  await move(manager, 7);
  expect(await shown(manager)).toEqual(['mctp-demux', 'mctp-demux-7']);
  expect(errors(manager)).toEqual([]);
});

test('D-4 the configured default network needs no link, and is no further one when it gets one', async () => {
  await using manager = await KernelManager.start(bus, [], {
    configuration: `${NONE}default_network = 3\n`,
    prepare: (kernel) => kernel.unplug([...kernel.state.links.values()].at(-1) ?? fail()),
  });
  expect(await shown(manager)).toEqual(['mctp-demux', 'mctp-mux', 'mctp-demux-1']);
  await manager.kernel.plug('mctpi2c3', I2C);
  await move(manager, 3);
  expect(await shown(manager)).toEqual(['mctp-demux', 'mctp-mux', 'mctp-demux-1']);
});

function fail(): never {
  throw new Error('no link');
}

test('a link that comes after they were closed opens nothing', async () => {
  const stack = new Bench();
  const platform = testPlatform({ log: nullLog, busAddress: bus.socketAddress });
  const { config } = parseConfig('', 'test');
  const sockets = new DemuxSockets({
    config,
    platform: { ...platform, clock: stack.clock },
    net: stack.router,
  });
  sockets.open();
  sockets.close();
  await stack.link({ network: 7, localEids: [20] });
  const opened = sockets.names;
  // A second time, should one be open.
  sockets.close();
  expect(opened.filter((name) => name.startsWith('@mctp-demux-7'))).toEqual([]);
  await stack.router.close();
  stack.alarm.cancel();
});

test('R-DEMUX-4 a socket of a further network that the service manager holds is of that network, link or not', async () => {
  const stack = new Bench();
  await stack.link({ network: 1, localEids: [8] });
  const platform = testPlatform({ log: nullLog, busAddress: bus.socketAddress });
  const seven = platform.socketAddress('mctp-demux-7');
  const inheritedSockets = [seven, platform.socketAddress('other')];
  const { config } = parseConfig('', 'test');
  const sockets = new DemuxSockets({
    config,
    platform: { ...platform, clock: stack.clock, inheritedSockets },
    net: stack.router,
  });
  sockets.open();
  const names = sockets.names.map((name) => name.replace(/-test-.*/, ''));
  expect(names).toEqual(['@mctp-demux', '@mctp-mux', '@mctp-demux-7', '@other']);
  const client = await RawSocket.connect(seven);
  client.say('05');
  const { link } = await stack.link({ network: 7, localEids: [20] });
  client.say('1405aa81');
  expect(await client.hears(1)).toEqual(['1405aa81']);
  await stack.router.removeLink(link.index);
  expect(sockets.names).toHaveLength(4);
  expect(client.ended).toBe(false);
  client.close();
  sockets.close();
  await stack.router.close();
  stack.alarm.cancel();
});

test('R-DEMUX-34 a network that has gone leaves nothing behind, and is as good as new when it comes back', async () => {
  const stack = new Bench();
  await stack.link({ network: 1, localEids: [8] });
  const platform = testPlatform({ log: nullLog, busAddress: bus.socketAddress });
  const { config } = parseConfig('[demux]\ncompat = "libmctp"\n', 'test');
  const sockets = new DemuxSockets({
    config,
    platform: { ...platform, clock: stack.clock },
    net: stack.router,
  });
  sockets.open();
  const plug = async (): Promise<FakeBinding> => {
    const { link, binding } = await stack.link({ network: 7, localEids: [20] });
    const { index, network } = link;
    await stack.router.addNeighbour({ link: index, eid: 9, address: Uint8Array.of(9) });
    await stack.router.addRoute({ network, first: 9, extent: 0, link: index, mtu: 0 });
    return binding;
  };
  await plug();
  const gone = stack.router.links().at(-1);
  await stack.router.removeLink(gone?.index ?? 0);
  const wire = await plug();
  const client = await RawSocket.connect(platform.socketAddress('mctp-demux-7'));
  client.say('05');
  client.say('0905aa81');
  await eventually('the request', () => wire.sent.length > 0);
  expect(wire.take()).toEqual(['010914c805aa81']);
  wire.receive('011409c005aa01');
  expect(await client.hears(1)).toEqual(['0905aa01']);
  // Whom nobody asked is heard by the network that is there, and by it alone.
  wire.receive('011409c006aa01');
  expect(sockets.drops.get('NoClient')).toBe(1);
  client.close();
  sockets.close();
  await stack.router.close();
  stack.alarm.cancel();
  expect(stack.clock.timers).toBe(0);
});
