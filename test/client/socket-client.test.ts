import type { ClosableClient } from '../../src/client/mctp-client';
import { expectNoDescriptorLeft } from '../support/descriptors';
import { hex } from '../support/vectors';
import { eventually, within } from '../support/within';
import { failure, type Subject } from './bench';
import { describeClientContract } from './contract';
import { describeFaults } from './faults-contract';
import { describeHold } from './hold-contract';
import { SocketBench, listenAs } from './socket-bench';
import { describeStackContract } from './stack-contract';

expectNoDescriptorLeft();

async function start(): Promise<Subject> {
  // Of the daemon's own user or of one that its configuration lists: the next to connect.
  let uid = 1000;
  const sockets = await SocketBench.start({
    listen: listenAs(() => ({ pid: process.pid, uid, gid: 100 })),
    policy: { ownUid: 1000, rules: [{ uids: [1001], gids: [], types: undefined }] },
  });
  return {
    async client(options = {}): Promise<ClosableClient> {
      uid = options.privileged === false ? 1001 : 1000;
      return sockets.connect();
    },
    nine: await sockets.bench.device(9),
    ten: await sockets.bench.device(10),
    pass: (ms) => sockets.pass(ms),
    async [Symbol.asyncDispose]() {
      await sockets.close();
      expect(sockets.bench.clock.timers).toBe(0);
    },
  };
}

describeClientContract('SocketClient', start);
describeHold('SocketClient', start);
describeFaults('SocketClient', start);
describeStackContract('SocketClient', start);

describe('R-API-29 the daemon goes and comes back', () => {
  let sockets: SocketBench;
  beforeEach(async () => {
    sockets = await SocketBench.start();
  });
  afterEach(async () => {
    await sockets.close();
    expect(sockets.bench.clock.timers).toBe(0);
  });

  test('every pending operation and every old handle: ServerRestarted; new handles work', async () => {
    const client = await sockets.connect();
    const listener = await client.listener(1);
    const request = await client.req(9);
    const pending = failure(client.recv(listener, 0));
    await sockets.arrive();
    sockets.server.close();
    expect(await within('the end', pending)).toBe('ServerRestarted');
    expect(client.connected).toBe(false);
    const calls = [client.getEid(), client.req(9), client.listener(2), client.setEid(8)];
    calls.push(client.send(null, 1, hex('aa'), { eid: 9, tag: 0 }));
    expect(await Promise.all(calls.map(failure))).toEqual(calls.map(() => 'ServerRestarted'));

    sockets.listen();
    const back = client.ready();
    await sockets.bench.clock.advance(100);
    await within('the connection', back);
    const old = [client.recv(listener, 1), client.send(request, 1, hex('aa')), client.release(request)];
    expect(await Promise.all(old.map(failure))).toEqual(old.map(() => 'ServerRestarted'));
    expect(await failure(client.dropHandle(listener))).toBe('ok');
    const again = await client.listener(1);
    expect([listener, request]).not.toContain(again);
    const device = await sockets.bench.device(9);
    await device.say('010809c8' + '0141');
    expect((await client.recv(again, 1000)).payload).toEqual(hex('41'));
    expect(await failure(client.recv(12345, 0))).toBe('BadArgument');
  });

  test('tries after 100 ms, then each time twice as long, up to 5 s', async () => {
    const client = await sockets.connect();
    sockets.server.close();
    await eventually('the loss', () => !client.connected);
    const times: number[] = [];
    const { clock } = sockets.bench;
    for (const wait of [100, 200, 400, 800, 1600, 3200, 5000, 5000]) {
      await clock.advance(wait - 1);
      expect(clock.timers).toBe(1);
      await clock.advance(1);
      // The attempt fails in a few turns; the next is armed then.
      await eventually('the next attempt', () => clock.timers === 1);
      times.push(clock.now());
    }
    expect(times.at(-1)).toBe(16300);
    sockets.listen();
    const back = client.ready();
    await clock.advance(5000);
    await within('the connection', back);
    sockets.server.close();
    await eventually('the loss', () => !client.connected);
    sockets.listen();
    const again = client.ready();
    await clock.advance(100);
    await within('the connection', again);
  });

  test('a client that is closed meanwhile does not come back', async () => {
    const client = await sockets.connect();
    sockets.server.close();
    await eventually('the loss', () => !client.connected);
    const never = client.ready();
    await client.close();
    await never;
    expect(sockets.bench.clock.timers).toBe(0);
    expect(await failure(client.getEid())).toBe('BadArgument');
    await client.ready();
  });

  test('R-API-21 it stays in the network it was in, whatever the default is by then', async () => {
    const client = await sockets.connect();
    await sockets.bench.link('more', { address: 0x11, network: 2, localEids: [30] });
    const other = await sockets.connect(2);
    expect([await client.getEid(), await other.getEid()]).toEqual([8, 30]);
    sockets.server.close();
    await eventually('the loss', () => !client.connected && !other.connected);
    await sockets.bench.router.removeLink(2);
    sockets.listen();
    const back = client.ready();
    await sockets.bench.clock.advance(100);
    await within('the connection', back);
    expect(await client.getEid()).toBe(8);
    await sockets.arrive();
    expect(other.connected).toBe(false);
    await sockets.bench.link('again', { address: 0x11, network: 2, localEids: [31] });
    const late = other.ready();
    await sockets.bench.clock.advance(5000);
    await within('the connection', late);
    expect(await other.getEid()).toBe(31);
  });
});

describe('where there is nothing to connect to', () => {
  test('R-API-37 nobody listens, nobody wants us, no such network', async () => {
    const credentials = { pid: 1, uid: 1001, gid: 100 };
    const refusing = await SocketBench.start({ listen: listenAs(() => credentials) });
    const refused: unknown = await refusing.connect().catch((error: unknown) => error);
    expect(refused).toMatchObject({ codeName: 'InternalError', cause: { code: 'refused' } });
    refusing.server.close();
    const absent: unknown = await refusing.connect().catch((error: unknown) => error);
    expect(absent).toMatchObject({ codeName: 'InternalError', cause: { code: 'unreachable' } });
    expect(refusing.bench.clock.timers).toBe(0);
    await refusing.close();

    const sockets = await SocketBench.start();
    expect(await failure(sockets.connect(77))).toBe('BadArgument');
    await eventually('the end', () => sockets.server.size === 0);
    await sockets.close();
  });
});
