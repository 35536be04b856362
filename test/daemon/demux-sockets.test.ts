import { Iface, ROOT_PATH } from '../../src/base/bus-names';
import { nullLog, type LogFields } from '../../src/base/log';
import { parseConfig } from '../../src/config/load';
import { createDaemon } from '../../src/daemon/daemon';
import { linkTable } from '../support/daemon';
import { expectNothingLeft } from '../support/leftovers';
import { PrivateBus } from '../support/private-bus';
import { RawSocket } from '../support/raw-socket';
import { TestClock } from '../support/test-clock';
import { testPlatform } from '../support/test-platform';
import { VirtualManager } from '../support/virtual-manager';

expectNothingLeft();

async function shownNames(manager: VirtualManager): Promise<string[]> {
  const value = await manager.client.get(ROOT_PATH, Iface.ownManager, 'DemuxSockets');
  return (value as string[]).map((name) => name.replace(/-test-.*/, ''));
}

/** The addresses behind the names, in their order. */
async function addresses(manager: VirtualManager): Promise<string[]> {
  const value = await manager.client.get(ROOT_PATH, Iface.ownManager, 'DemuxSockets');
  return (value as string[]).map((name) => `\0${name.slice(1)}`);
}

test('R-DEMUX-1, R-CONS-33, R-DBUS-51 both names lead to the default network, and end with the daemon', async () => {
  await using bus = await PrivateBus.start();
  const manager = await VirtualManager.start(bus, [{ address: 0x20, types: [0, 'pldm'] }]);
  const clients: RawSocket[] = [];
  try {
    expect(await shownNames(manager)).toEqual(['@mctp-demux', '@mctp-mux']);
    for (const address of await addresses(manager)) clients.push(await RawSocket.connect(address));
    const [one, two] = clients;
    if (one === undefined || two === undefined) throw new Error('no clients');
    one.say('01');
    two.say('01');
    // To the local EID, once each is registered: both hear both.
    two.say('0801810002');
    await two.hears(1);
    one.say('0801820002');
    expect(await two.hears(2)).toEqual(['0801810002', '0801820002']);
  } finally {
    await manager[Symbol.asyncDispose]();
  }
  for (const client of clients) expect(await client.isCut()).toBe(true);
});

test('R-DEMUX-1, R-CONS-33 names are those of the configuration; a further network has its own', async () => {
  await using bus = await PrivateBus.start();
  const second = linkTable('bus1', { binding: 'loopback', network: 7, eid: 11, discover: 'off' });
  await using manager = await VirtualManager.start(bus, [], {
    head: 'default_network = 3\n[demux]\nnames = ["mine"]\n',
    link: { network: 3, eid: 10 },
    endpoints: second,
  });
  expect(await shownNames(manager)).toEqual(['@mine', '@mctp-demux-7']);
  const [three, seven] = await addresses(manager);
  for (const [address, eid] of [
    [three, '0a'],
    [seven, '0b'],
  ] as const) {
    const client = await RawSocket.connect(address ?? '');
    client.say('05');
    client.say(`${eid}05aa81`);
    expect(await client.hears(1)).toEqual([`${eid}05aa81`]);
    client.close();
  }
});

test('no names: no demux', async () => {
  await using bus = await PrivateBus.start();
  await using manager = await VirtualManager.start(bus, [], { head: '[demux]\nnames = []\n' });
  expect(await shownNames(manager)).toEqual([]);
});

describe('R-DEMUX-3 a name is taken', () => {
  test.each([
    ['R-DEMUX-43 the daemon goes on with the others, tells the log, and does not show it', false],
    ['or does not start, where the configuration requires it', true],
  ])('%s', async (_, required) => {
    await using bus = await PrivateBus.start();
    const told: (readonly [string, LogFields | undefined])[] = [];
    const log = { ...nullLog, error: (text: string, fields?: LogFields) => void told.push([text, fields]) };
    const platform = testPlatform({ log, busAddress: bus.socketAddress });
    const address = platform.socketAddress('mctp-mux');
    const holder = platform.listen({
      ...{ name: address, limits: { frames: 1, bytes: 1 }, accept: () => undefined },
    });
    const clock = new TestClock();
    const { config } = parseConfig('[[link]]\nname = "lo0"\nbinding = "loopback"\n', 'test');
    const start = createDaemon(
      { ...config, state: false, demux: { ...config.demux, required } },
      {
        ...{ ...platform, clock },
        socketAddress: (name) => (name === 'mctp-mux' ? address : platform.socketAddress(name)),
      },
    );
    try {
      if (required) await expect(start).rejects.toMatchObject({ code: 'name-taken' });
      else {
        await (await start).stop();
        expect(told).toMatchObject([['no demux socket of this name', { socket: `@${address.slice(1)}` }]]);
      }
      expect(clock.timers).toBe(0);
    } finally {
      holder.close();
    }
  });
});
