import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeError } from '../../src/base/errors';
import { connectBus } from '../../src/bus/connection';
import type { BusConnection, BusSignal, IncomingCall } from '../../src/bus/connection';
import { BusError } from '../../src/bus/call';
import { marshal } from '../../src/bus/marshal';
import { Variant } from '../../src/bus/variant';
import { PrivateBus } from '../support/private-bus';
import { TestClock } from '../support/test-clock';

const BUS = {
  destination: 'org.freedesktop.DBus',
  path: '/org/freedesktop/DBus',
  iface: 'org.freedesktop.DBus',
};

let bus: PrivateBus;
const connections: BusConnection[] = [];

async function connect(): Promise<BusConnection> {
  const connection = await connectBus(bus.socketAddress);
  connections.push(connection);
  return connection;
}

function callTo(server: BusConnection, signature = '', body: readonly unknown[] = []) {
  return { destination: server.uniqueName, path: '/x', iface: 'a.b', member: 'M', signature, body };
}

beforeAll(async () => {
  bus = await PrivateBus.start();
});

afterEach(() => {
  for (const connection of connections.splice(0)) connection.close();
});

afterAll(async () => {
  await bus.stop();
});

describe('connecting', () => {
  test('gives the unique name', async () => {
    expect((await connect()).uniqueName).toMatch(/^:1\.\d+$/);
  });

  test.each(['unix:socket=/nonexistent/bus', 'nonsense:x=y'])(
    '%s rejects with bus-failed',
    async (address) => {
      await expect(connectBus(address)).rejects.toMatchObject({ code: 'bus-failed' });
    },
  );
});

/** A bus that behaves as the test says: what it answers to each line, then to the first message. */
async function fakeBus(
  answers: Readonly<Record<string, string | Buffer>>,
): Promise<{ address: string; stop(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), `mctp-fake-bus-${process.pid}-`));
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      const found = Object.entries(answers).find(([key]) => chunk.toString('latin1').includes(key));
      if (found === undefined) return;
      if (found[1].length === 0) socket.destroy();
      else socket.write(found[1]);
    });
  });
  const path = join(folder, 'socket');
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const stop = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true });
  };
  return { address: `unix:socket=${path}`, stop };
}

/** An error reply to the message with serial 1. */
function refusal(): Buffer {
  const body = marshal('s', ['too many']);
  const fields = [
    [4, new Variant('s', 'org.freedesktop.DBus.Error.LimitsExceeded')],
    [5, new Variant('u', 1)],
    [8, new Variant('g', 's')],
  ];
  const header = marshal('yyyyuua(yv)', [0x6c, 3, 1, 1, body.length, 1, fields]);
  return Buffer.concat([header, Buffer.alloc((8 - (header.length % 8)) % 8), body]);
}

describe('a bus that refuses', () => {
  test.each<[string, Readonly<Record<string, string | Buffer>>, RegExp]>([
    ['hangs up', { AUTH: '' }, /closed|gone|ECONNRESET|EPIPE/],
    ['rejects EXTERNAL', { AUTH: 'REJECTED EXTERNAL\r\n' }, /authentication/],
    ['rejects everything', { AUTH: 'REJECTED\r\n' }, /authentication/],
    ['refuses Hello', { BEGIN: refusal(), AUTH: 'OK 1234\r\n' }, /too many/],
  ])('%s: connecting rejects, and nothing is left', async (_label, answers, cause) => {
    const fake = await fakeBus(answers);
    const outcome = await connectBus(fake.address).catch((error: unknown) => error);
    await fake.stop();
    expect(outcome).toMatchObject({ code: 'bus-failed' });
    expect(describeError(outcome)).toMatch(cause);
  });
});

describe('calls', () => {
  test('a call is answered with the values of the reply', async () => {
    const [server, client] = [await connect(), await connect()];
    server.onMethodCall((call) => server.reply(call, 'yisb', [9, 1, '/p', true]));
    expect(await client.call(callTo(server))).toEqual([9, 1, '/p', true]);
  });

  test('the handler sees who calls what', async () => {
    const [server, client] = [await connect(), await connect()];
    const seen: IncomingCall[] = [];
    server.onMethodCall((call) => {
      seen.push(call);
      server.reply(call, '', []);
    });
    await client.call(callTo(server, 'ayv', [Buffer.from([1, 2]), new Variant('u', 7)]));
    expect(seen).toEqual([
      expect.objectContaining({
        sender: client.uniqueName,
        path: '/x',
        iface: 'a.b',
        member: 'M',
        signature: 'ayv',
        body: [Buffer.from([1, 2]), new Variant('u', 7)],
        replyExpected: true,
      }),
    ]);
  });

  test('an error reply is a BusError with its name and text', async () => {
    const [server, client] = [await connect(), await connect()];
    server.onMethodCall((call) => server.replyError(call, 'a.b.Error', 'no\0 way'));
    await expect(client.call(callTo(server))).rejects.toEqual(new BusError('a.b.Error', 'no way'));
    await expect(client.call(callTo(server))).rejects.toMatchObject({ errorName: 'a.b.Error' });
  });

  test('a body that was marshalled by us arrives as any other', async () => {
    const [server, client] = [await connect(), await connect()];
    const value = { a: new Variant('ay', Buffer.alloc(300_000, 7)), b: new Variant('t', 5n) };
    server.onMethodCall((call) => server.replyRaw(call, 'a{sv}', marshal('a{sv}', [value])));
    expect(await client.call(callTo(server))).toEqual([value]);
  });

  test('values that do not fit are refused before anything is sent', async () => {
    const [server, client] = [await connect(), await connect()];
    server.onMethodCall((call) => server.reply(call, '', []));
    await expect(client.call(callTo(server, 'y', [300]))).rejects.toMatchObject({
      errorName: 'org.freedesktop.DBus.Error.InvalidArgs',
    });
    expect(await client.call(callTo(server))).toEqual([]);
  });

  test('silence ends after timeoutMs of the given clock, and a late reply is dropped', async () => {
    const [server, client] = [await connect(), await connect()];
    const clock = new TestClock();
    const held: IncomingCall[] = [];
    server.onMethodCall((call) => held.push(call));
    const outcome = client
      .call({ ...callTo(server), timeoutMs: 5000, clock })
      .catch((error: unknown) => error);
    await clock.advance(4999);
    expect(clock.timers).toBe(1);
    await clock.advance(1);
    expect(await outcome).toMatchObject({ errorName: 'org.freedesktop.DBus.Error.NoReply' });
    await client.flush();
    await server.flush();
    for (const call of held) server.reply(call, '', []);
    await server.flush();
    expect(await client.call({ ...BUS, member: 'GetId' })).toHaveLength(1);
  });

  test('nothing is sent back when the caller expects nothing', async () => {
    const [server, client] = [await connect(), await connect()];
    const monitor: string[] = [];
    server.onMethodCall((call) => {
      server.replyError({ ...call, replyExpected: false }, 'a.b.E', 'x');
      server.reply({ ...call, replyExpected: false }, 's', ['x']);
      server.replyRaw({ ...call, replyExpected: false }, 's', marshal('s', ['x']));
      server.reply(call, 's', ['the only one']);
      monitor.push(call.member);
    });
    expect(await client.call(callTo(server))).toEqual(['the only one']);
    expect(monitor).toEqual(['M']);
  });

  test('a handler that throws is reported here, and the peer gets no stack trace', async () => {
    const [server, client] = [await connect(), await connect()];
    const failures: unknown[] = [];
    server.onFailure((error) => failures.push(error));
    server.onMethodCall(() => {
      throw new Error('defect');
    });
    const clock = new TestClock();
    const outcome = client.call({ ...callTo(server), clock }).catch((error: unknown) => error);
    await client.flush();
    await server.flush();
    await clock.advance(25_000);
    expect(await outcome).toMatchObject({ errorName: 'org.freedesktop.DBus.Error.NoReply' });
    expect(failures).toEqual([new Error('defect')]);
  });

  test('a name once called can later be our own', async () => {
    const [server, client] = [await connect(), await connect()];
    const name = `test.own${process.pid}.name`;
    const call = { ...callTo(server), destination: name };
    await expect(server.call(call)).rejects.toMatchObject({
      errorName: 'org.freedesktop.DBus.Error.ServiceUnknown',
    });
    expect(await server.requestName(name)).toBe(true);
    server.onMethodCall((incoming) => server.reply(incoming, 's', ['here']));
    expect(await client.call(call)).toEqual(['here']);
  });
});

describe('names', () => {
  test('R-DBUS-1 a name that is owned is not given, queued for or replaced', async () => {
    const [first, second] = [await connect(), await connect()];
    const name = `test.name${process.pid}.x`;
    expect(await first.requestName(name)).toBe(true);
    expect(await first.requestName(name)).toBe(true);
    expect(await second.requestName(name)).toBe(false);
    expect(await second.call({ ...BUS, member: 'ListQueuedOwners', signature: 's', body: [name] })).toEqual([
      [first.uniqueName],
    ]);
    await first.releaseName(name);
    expect(await second.requestName(name)).toBe(true);
  });
});

describe('signals', () => {
  const signal = { path: '/a/b', iface: 'a.b', member: 'S' };

  test('each listener hears what fits its own match, in order', async () => {
    const [server, client] = [await connect(), await connect()];
    const heard: string[] = [];
    const hear = (label: string) => (each: BusSignal) => heard.push(`${label}:${String(each.body[0])}`);
    await client.onSignal({ path: '/a/b', member: 'S' }, hear('path'));
    await client.onSignal({ pathNamespace: '/a', arg0: 'two' }, hear('arg0'));
    await client.onSignal({ sender: client.uniqueName }, hear('never'));
    for (const text of ['one', 'two']) server.emit({ ...signal, signature: 's', body: [text] });
    server.emit({ ...signal, path: '/ab', signature: 's', body: ['two'] });
    await server.flush();
    await client.flush();
    expect(heard).toEqual(['path:one', 'path:two', 'arg0:two']);
  });

  test('a well-known sender is followed from owner to owner', async () => {
    const [first, second, client] = [await connect(), await connect(), await connect()];
    const name = `test.sender${process.pid}.x`;
    const heard: unknown[] = [];
    await client.onSignal({ sender: name, member: 'S' }, (each) => heard.push(each.body[0]));
    await client.onSignal({ path: '/a/b' }, () => undefined);
    await first.requestName(name);
    const say = async (from: BusConnection, text: string): Promise<void> => {
      from.emit({ ...signal, signature: 's', body: [text] });
      await from.flush();
    };
    await say(first, 'first');
    await say(second, 'not the owner');
    await first.releaseName(name);
    await second.requestName(name);
    await say(second, 'second');
    await client.flush();
    expect(heard).toEqual(['first', 'second']);
  });

  test('an unsubscribed listener hears nothing, and the bus forgets the match', async () => {
    const [server, client] = [await connect(), await connect()];
    const heard: unknown[] = [];
    const subscription = await client.onSignal({ member: 'S' }, (each) => heard.push(each));
    subscription.unsubscribe();
    subscription.unsubscribe();
    server.emit(signal);
    await server.flush();
    await client.flush();
    expect(heard).toEqual([]);
  });

  test('a listener that throws does not keep the others from hearing', async () => {
    const client = await connect();
    const heard: string[] = [];
    const failures: unknown[] = [];
    client.onFailure((error) => failures.push(error));
    await client.onSignal({ member: 'S' }, () => {
      throw new Error('defect');
    });
    await client.onSignal({ member: 'S' }, () => heard.push('second'));
    client.emit(signal);
    await client.flush();
    expect([heard, failures]).toEqual([['second'], [new Error('defect')]]);
  });
});

describe('losing the bus', () => {
  test('pending calls are rejected, the reason is told once, later calls fail at once', async () => {
    await using own = await PrivateBus.start();
    const connection = await connectBus(own.socketAddress);
    const reasons: string[] = [];
    connection.onClose((reason) => reasons.push(reason));
    connection.onMethodCall(() => undefined);
    const outcome = connection.call(callTo(connection)).catch((error: unknown) => error);
    await connection.flush();
    await own.stop();
    expect(await outcome).toMatchObject({ errorName: 'org.freedesktop.DBus.Error.Disconnected' });
    expect(reasons).toHaveLength(1);
    await expect(connection.call(callTo(connection))).rejects.toBeInstanceOf(BusError);
    connection.emit({ path: '/a', iface: 'a.b', member: 'S' });
    await connection.flush();
  });

  test('our own close is silent and can be repeated', async () => {
    const connection = await connect();
    const reasons: string[] = [];
    connection.onClose((reason) => reasons.push(reason));
    connection.onMethodCall(() => undefined);
    const outcome = connection.call(callTo(connection)).catch((error: unknown) => error);
    connection.close();
    connection.close();
    expect(await outcome).toMatchObject({ errorName: 'org.freedesktop.DBus.Error.Disconnected' });
    await new Promise((resolve) => setImmediate(resolve));
    expect(reasons).toEqual([]);
  });
});
