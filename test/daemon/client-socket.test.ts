import { Iface, ROOT_PATH } from '../../src/base/bus-names';
import { systemClock } from '../../src/base/clock';
import { daemonSocket } from '../../src/client/daemon-socket';
import { SocketClient } from '../../src/client/socket-client';
import { parseConfig } from '../../src/config/load';
import { createDaemon } from '../../src/daemon/daemon';
import { loadNative } from '../../src/os/native-module';
import { failure } from '../client/bench';
import { BusClient } from '../support/bus-client';
import { expectNothingLeft } from '../support/leftovers';
import { PrivateBus } from '../support/private-bus';
import { TestClock } from '../support/test-clock';
import { testPlatform } from '../support/test-platform';
import { VirtualManager } from '../support/virtual-manager';
import { hex } from '../support/vectors';
import { within } from '../support/within';
import { nullLog, type LogFields } from '../../src/base/log';

expectNothingLeft();

const CONFIGURATION = 'state = false\n[[link]]\nname = "lo0"\nbinding = "loopback"\n';

function connect(printed: string): Promise<SocketClient> {
  const connector = daemonSocket({ ops: loadNative(), clock: systemClock, name: `\0${printed.slice(1)}` });
  return SocketClient.connect({ connector, clock: new TestClock() });
}

async function shownName(client: BusClient): Promise<string> {
  return String(await client.get(ROOT_PATH, Iface.ownManager, 'ClientSocket'));
}

test('R-API-37, R-DBUS-51 the socket is served under the name that is shown, and ends with the daemon', async () => {
  await using bus = await PrivateBus.start();
  const manager = await VirtualManager.start(bus, [{ address: 0x20 }]);
  let client: SocketClient;
  try {
    expect(await manager.setUp(0x20)).toContain('9 1 ');
    const name = await shownName(manager.client);
    expect(name).toMatch(/^@mctp-client-test-/);
    client = await connect(name);
    expect(await client.getEid()).toBe(8);
    const handle = await client.req(9);
    await client.send(handle, 0, hex('8102'));
    const { payload } = await within('the answer', manager.daemon.settle(client.recv(handle, 1000)));
    // Get Endpoint ID: instance 1, completion code 0, EID 9.
    expect(payload.slice(0, 4)).toEqual(hex('01020009'));
    expect(await failure(client.listener(0))).toBe('AddrInUse');
    const pending = failure(client.recv(await client.listener(1), 0));
    await client.getEid();
    await manager[Symbol.asyncDispose]();
    expect(await within('the end', pending)).toBe('ServerRestarted');
  } catch (error) {
    await manager[Symbol.asyncDispose]();
    throw error;
  }
  await client.close();
});

describe('R-DEMUX-3 the name is taken', () => {
  test.each([
    ['the daemon goes on without it, and says so', ''],
    ['or does not start, where the configuration requires it', '[demux]\nrequired = true\n'],
  ])('%s', async (_, demux) => {
    await using bus = await PrivateBus.start();
    const told: (readonly [string, LogFields | undefined])[] = [];
    const log = { ...nullLog, error: (text: string, fields?: LogFields) => void told.push([text, fields]) };
    const platform = testPlatform({ log, busAddress: bus.socketAddress });
    const address = platform.socketAddress('mctp-client');
    const holder = platform.listen({
      ...{ name: address, limits: { frames: 1, bytes: 1 }, accept: () => undefined },
    });
    const clock = new TestClock();
    const { config } = parseConfig(demux + CONFIGURATION.replace('state = false\n', ''), 'test');
    const start = createDaemon(
      { ...config, state: false, demux: { ...config.demux, names: [] } },
      { ...platform, clock, socketAddress: () => address },
    );
    try {
      if (demux === '') {
        const daemon = await start;
        const client = await BusClient.connect(bus);
        expect(await shownName(client)).toBe('');
        await client[Symbol.asyncDispose]();
        await daemon.stop();
        expect(told).toMatchObject([['no socket for clients', { socket: `@${address.slice(1)}` }]]);
      } else await expect(start).rejects.toMatchObject({ code: 'name-taken' });
      expect(clock.timers).toBe(0);
    } finally {
      holder.close();
    }
  });
});
