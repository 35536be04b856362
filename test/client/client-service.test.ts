import { MctpError } from '../../src/base/errors';
import type { Log } from '../../src/base/log';
import { nullLog } from '../../src/base/log';
import { ClientError } from '../../src/client/client-error';
import { DirectClient } from '../../src/client/direct-client';
import { clientErrorOf } from '../../src/client/error-mapping';
import { FakeBinding } from '../core/fake-binding';
import { idle } from '../support/test-clock';
import { hex } from '../support/vectors';
import { ClientBench, failure } from './bench';

/** What only the user-space stack, or only the server, can be asked. */

let bench: ClientBench;
afterEach(async () => {
  await bench.close();
  expect(bench.clock.timers).toBe(0);
});

async function start(parts: Parameters<typeof ClientBench.start>[0] = {}): Promise<DirectClient> {
  bench = await ClientBench.start(parts);
  return new DirectClient(bench.service, { privileged: true });
}

describe('networks', () => {
  test('R-API-21 a client has one network; the default is the lowest with a link, and stays it', async () => {
    const client = await start();
    expect(client.network).toBe(1);
    await bench.link('other', { address: 0x11, network: 2, localEids: [30] });
    expect(await new DirectClient(bench.service, { network: 2 }).getEid()).toBe(30);
    expect(() => new DirectClient(bench.service, { network: 3 })).toThrow('MCTP error: bad argument');
    await bench.router.removeLink(1);
    expect(() => new DirectClient(bench.service)).toThrow('MCTP error: bad argument');
  });

  test('R-API-21 a configured default, and none while there is no link', async () => {
    bench = await ClientBench.start({ defaultNetwork: 2 });
    expect(() => new DirectClient(bench.service)).toThrow('MCTP error: bad argument');
    await bench.link('other', { address: 0x11, network: 2, localEids: [30] });
    expect(new DirectClient(bench.service).network).toBe(2);
    await bench.router.removeLink(1);
    await bench.router.removeLink(2);
    expect(() => new DirectClient(bench.service)).toThrow('MCTP error: bad argument');
  });

  test('R-API-11 the same type in two networks is two listeners', async () => {
    const client = await start();
    await bench.link('other', { address: 0x11, network: 2, localEids: [30] });
    const other = new DirectClient(bench.service, { network: 2 });
    const handle = await client.listener(1);
    const there = await other.listener(1);
    const device = await bench.device(0x20);
    await device.say('010820c8' + '01aa');
    expect((await client.recv(handle, 1)).meta.remoteEid).toBe(0x20);
    const late = failure(other.recv(there, 1));
    await bench.clock.advance(1);
    expect(await late).toBe('TimedOut');
  });
});

describe('limits', () => {
  test('A.6 256 requests and 254 listeners in total; a closed client gives its places back', async () => {
    const first = await start();
    const clients = [first, ...[1, 2, 3, 4].map(() => new DirectClient(bench.service))];
    for (const client of clients.slice(0, 4)) for (let i = 0; i < 64; i++) await client.req(9);
    expect(await failure(clients[4]?.req(9) ?? Promise.resolve())).toBe('NoSpace');
    await first.close();
    expect(await failure(clients[4]?.req(9) ?? Promise.resolve())).toBe('ok');
    for (let i = 0; i < 127; i++) await clients[1]?.listener(i + 1);
    for (let i = 0; i < 127; i++) await clients[2]?.listener(1, { from: i + 8 });
    expect(await failure(clients[3]?.listener(2, { from: 9 }) ?? Promise.resolve())).toBe('NoSpace');
  });

  test('A.6 unread requests are counted when they are thrown away, and go to nobody else', async () => {
    const lines: unknown[] = [];
    const log: Log = { ...nullLog, debug: (...line) => lines.push(line) };
    const client = await start({ limits: { unread: 2 }, log });
    await client.listener(1);
    const device = await bench.device(9);
    await device.say('010809c8' + '0101', '010809c9' + '0102', '010809ca' + '0103');
    expect(bench.service.dropped).toBe(1);
    expect(bench.drops()).toEqual({});
    const link = bench.router.links()[0]?.name;
    const where = { link, network: 1, eid: 9, operation: 'client', type: 1 };
    expect(lines).toMatchObject([['dropped a request: the listener does not receive', where]]);
  });
});

describe('what happens to a request on its way', () => {
  async function slow(log: Log = nullLog): Promise<{ client: DirectClient; binding: FakeBinding }> {
    const client = await start({ log });
    const binding = new FakeBinding();
    await bench.link('slow', { address: 0, network: 1, localEids: [], binding });
    await bench.router.addNeighbour({ link: 2, eid: 40, address: hex('1d') });
    await bench.router.addRoute({ network: 1, first: 40, extent: 0, link: 2, mtu: 0 });
    binding.room = 1;
    return { client, binding };
  }

  test('R-API-16 a later transmit failure is told by the next recv, once', async () => {
    const { client, binding } = await slow();
    const handle = await client.req(40);
    expect(await client.send(handle, 1, new Uint8Array(200))).toBe(0);
    binding.up(false);
    await idle();
    const failed: unknown = await client.recv(handle, 0).catch((error: unknown) => error);
    expect(failed).toMatchObject({ codeName: 'InternalError', cause: { code: 'link-down' } });
    const late = failure(client.recv(handle, 5));
    await bench.clock.advance(5);
    expect(await late).toBe('TimedOut');
  });

  test('R-API-16 a pending recv is told with the cause', async () => {
    const { client, binding } = await slow();
    const handle = await client.req(40);
    await client.send(handle, 1, new Uint8Array(200));
    const pending = client.recv(handle, 0).catch((error: unknown) => error);
    binding.up(false);
    expect(await pending).toMatchObject({ codeName: 'InternalError', cause: { code: 'link-down' } });
  });

  test("R-API-16 the rest of a response is nobody's: it is logged", async () => {
    const warned: unknown[] = [];
    const { client, binding } = await slow({ ...nullLog, warn: (text, fields) => warned.push(text, fields) });
    expect(await client.send(null, 1, new Uint8Array(200), { eid: 40, tag: 1 })).toBe(1);
    binding.up(false);
    await idle();
    const where = { network: 1, eid: 40, operation: 'client', type: 1 };
    expect(warned).toMatchObject(['a response was not sent to its end', where]);
    expect(await failure(client.send(null, 1, hex('aa'), { eid: 40, tag: 1 }))).toBe('InternalError');
  });

  test('R-API-19 a handle that is dropped in the middle of a message quarantines its tag', async () => {
    const { client, binding } = await slow();
    const handle = await client.req(40);
    await client.send(handle, 1, new Uint8Array(200));
    await client.dropHandle(handle);
    binding.writable();
    for (let i = 0; i < 7; i++) await client.send(await client.req(40), 1, hex('aa'));
    expect(await failure(client.send(await client.req(40), 1, hex('aa')))).toBe('NoSpace');
  });

  test('A.5 the link is removed while an answer is awaited', async () => {
    const { client, binding } = await slow();
    binding.room = Infinity;
    const handle = await client.req(40);
    await client.send(handle, 1, hex('aa'));
    const pending = failure(client.recv(handle, 0));
    await idle();
    await bench.router.removeLink(2);
    expect(await pending).toBe('InternalError');
  });

  test('R-API-14 a response goes back the way the request came, from the EID that was asked', async () => {
    const { client, binding } = await slow();
    await bench.router.addLocalEid(1, 20);
    binding.room = Infinity;
    const handle = await client.listener(1);
    // To EID 20 of the other link, from a device that has no EID and no route.
    binding.receive('011400cb' + '01aa', '2e');
    const { meta } = await client.recv(handle, 1);
    await client.send(null, 1, hex('bb'), { eid: meta.remoteEid, tag: meta.msgTag });
    expect(binding.sent).toEqual([{ packet: '010014c3' + '01bb', to: '2e', broadcast: false }]);
  });

  test('R-API-10 EID 0 where the client has a physical route to it', async () => {
    const { binding } = await slow();
    binding.room = Infinity;
    const nullEid = { link: 2, address: hex('1d') };
    const client = new DirectClient(bench.service, { nullEid });
    const handle = await client.req(0);
    await client.send(handle, 0x7f, hex('aa'));
    expect(binding.take()).toEqual(['010000c8' + '7faa']);
    binding.receive('010033c0' + '7fbb');
    expect((await client.recv(handle, 1)).meta.remoteEid).toBe(0x33);
  });
});

describe('the local EID', () => {
  test('R-API-20 an EID that is not ours to choose stays', async () => {
    const client = await start({ mayChangeEid: () => false });
    expect(await failure(client.setEid(8))).toBe('ok');
    expect(await failure(client.setEid(20))).toBe('AddrInUse');
    expect(await client.getEid()).toBe(8);
  });

  test('R-API-20 0 while there is none, and then the first link gets one', async () => {
    const client = await start();
    await bench.link('more', { address: 0x11, network: 1, localEids: [8] });
    await client.setEid(20);
    expect(bench.router.links().map(({ localEids }) => localEids)).toEqual([[20], [20]]);
    for (const link of [1, 2]) await bench.router.removeLocalEid(link, 20);
    expect(await client.getEid()).toBe(0);
    await client.setEid(21);
    expect(bench.router.links().map(({ localEids }) => localEids)).toEqual([[21], []]);
  });
});

describe('who may do what', () => {
  test('R-DEMUX-40 a client with a list of types uses no other', async () => {
    await start();
    const client = new DirectClient(bench.service, { types: [1] });
    expect(await failure(client.listener(1))).toBe('ok');
    expect(await failure(client.listener(4))).toBe('BadArgument');
    const handle = await client.req(9);
    expect(await failure(client.send(handle, 1, hex('aa')))).toBe('ok');
    expect(await failure(client.send(handle, 4, hex('aa')))).toBe('BadArgument');
    expect(await failure(client.send(null, 4, hex('aa'), { eid: 9, tag: 0 }))).toBe('BadArgument');
  });

  test('R-API-11 control belongs to clients where the stack does not answer it', async () => {
    const client = await start({ controlResponder: false });
    const handle = await client.listener(0);
    const device = await bench.device(9);
    await device.say('01ff09c8' + '008002');
    expect((await client.recv(handle, 1)).payload).toEqual(hex('8002'));
  });
});

test.each([
  ['no-free-tag', 'NoSpace'],
  ['queue-full', 'NoSpace'],
  ['message-too-long', 'NoSpace'],
  ['address-in-use', 'AddrInUse'],
  ['no-response', 'TimedOut'],
  ['invalid-arguments', 'BadArgument'],
  ['unreachable', 'InternalError'],
  ['link-down', 'InternalError'],
  ['send-failed', 'InternalError'],
] as const)('R-API-28 %s is %s to a client', async (code, name) => {
  await start();
  const error = new MctpError(code, 'why');
  expect(clientErrorOf(error)).toMatchObject({ codeName: name, cause: error });
  const known = new ClientError('TimedOut');
  expect(clientErrorOf(known)).toBe(known);
});
