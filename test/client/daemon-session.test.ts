import { ResponseCode } from '../../src/client/client-error';
import type { Handle } from '../../src/client/mctp-client';
import { SocketClient } from '../../src/client/socket-client';
import { TestClock } from '../support/test-clock';
import { hex } from '../support/vectors';
import { failure } from './bench';
import { FakeDaemon } from './fake-daemon';

const clock = new TestClock();
let daemon: FakeDaemon;

beforeEach(() => {
  daemon = new FakeDaemon();
});
afterEach(() => {
  expect([clock.timers, daemon.open]).toEqual([0, 0]);
});

const connect = (): Promise<SocketClient> => SocketClient.connect({ connector: daemon, clock });

describe('R-API-29 a connection that ends as it begins', () => {
  test('the daemon answers the hello and closes in one turn: the next attempt comes all the same', async () => {
    const client = await connect();
    const welcome = daemon.greet;
    daemon.greet = (id) => {
      welcome(id);
      daemon.end();
    };
    daemon.end();
    await clock.advance(100);
    expect([daemon.connections, client.connected]).toEqual([2, false]);
    daemon.greet = welcome;
    await clock.advance(200);
    expect([daemon.connections, client.connected]).toEqual([3, true]);
    await client.close();
  });

  test('a daemon that never answers the hello is given up after 5 s', async () => {
    daemon.greet = () => undefined;
    const attempt = failure(connect());
    await clock.advance(5000);
    expect(await attempt).toBe('InternalError');
  });

  test('a client that is closed meanwhile does not wait for the answer', async () => {
    const client = await connect();
    daemon.greet = () => undefined;
    daemon.end();
    await clock.advance(100);
    expect(daemon.open).toBe(1);
    await client.close();
    expect(daemon.open).toBe(0);
  });

  test('R-API-37 a welcome without a network id is none', async () => {
    daemon.greet = (id) => daemon.answer(id, { payload: hex('07') });
    expect(await failure(connect())).toBe('InternalError');
  });
});

test('R-API-21 it says hello with the network it was bound to, from the second time on', async () => {
  const client = await connect();
  daemon.end();
  await clock.advance(100);
  const hellos = daemon.heard.flatMap((frame) => (frame.kind === 'hello' ? [frame.network] : []));
  expect(hellos).toEqual([0, 7]);
  await client.close();
});

describe('R-API-27 a message that crosses the end of its recv', () => {
  const message = (text: string) => ({ msgType: 1, eid: 9, tag: 0, payload: hex(text) });
  let client: SocketClient;
  let handle: Handle;

  beforeEach(async () => {
    client = await connect();
    const opening = client.req(9, { hold: true });
    daemon.reply('Req', { handle: 3 });
    handle = await opening;
  });
  afterEach(() => client.close());

  /** A recv that is given up before its answer is read. */
  const giveUp = async (text: string): Promise<void> => {
    const abort = new AbortController();
    const recv = failure(client.recv(handle, 0, { signal: abort.signal }));
    abort.abort(new Error('enough'));
    await recv;
    daemon.reply('Recv', message(text));
    await Promise.resolve();
  };

  test('the one who waits by then gets it, and what he asked is cancelled', async () => {
    const abort = new AbortController();
    const first = failure(client.recv(handle, 0, { signal: abort.signal }));
    abort.abort(new Error('enough'));
    await first;
    const second = client.recv(handle, 1000);
    const [one, two] = daemon.asked('Recv');
    daemon.answer(one ?? 0, message('aa'));
    expect((await second).payload).toEqual(hex('aa'));
    const cancelled = daemon.heard.flatMap((frame) => (frame.kind === 'cancel' ? [frame.id] : []));
    expect(cancelled).toEqual([one, two]);
    // The third has a time of its own, not what is left of the second's.
    daemon.answer(two ?? 0, { code: ResponseCode.TimedOut });
    const third = client.recv(handle, 50);
    expect(daemon.asked('Recv')).toHaveLength(3);
    daemon.reply('Recv', message('bb'));
    expect((await third).payload).toEqual(hex('bb'));
  });

  test('R-API-17 the next send makes it an answer to nothing', async () => {
    await giveUp('aa');
    const sending = client.send(handle, 1, hex('01'));
    daemon.reply('Send', { tag: 2 });
    expect(await sending).toBe(2);
    const recv = client.recv(handle, 0);
    daemon.reply('Recv', message('bb'));
    expect((await recv).payload).toEqual(hex('bb'));
  });

  test('R-API-43 release discards it', async () => {
    await giveUp('aa');
    const releasing = client.release(handle);
    daemon.reply('Release', {});
    await releasing;
    const recv = client.recv(handle, 0);
    daemon.reply('Recv', message('bb'));
    expect((await recv).payload).toEqual(hex('bb'));
  });
});
