import type { Log } from '../../src/base/log';
import { nullLog } from '../../src/base/log';
import type { BusConnection, IncomingCall } from '../../src/bus/connection';
import { loadDescriptions } from '../../src/dbus/introspection';
import { ManagedObjects } from '../../src/dbus/managed-objects';
import { ObjectServer } from '../../src/dbus/object-server';
import { PublishedObjects } from '../../src/dbus/published-objects';
import { Publisher } from '../../src/dbus/publisher';
import { Arguments, attach } from '../../src/dbus/rows';
import type { Attached } from '../../src/dbus/rows';
import type { Services } from '../../src/dbus/subjects';
import { Registry } from '../../src/discovery/registry';
import { idle } from '../support/test-clock';
import { endpoint } from './harness';

const PING: IncomingCall = {
  serial: 7,
  sender: ':1.5',
  path: '/',
  iface: 'org.freedesktop.DBus.Peer',
  member: 'Ping',
  signature: '',
  body: [],
  replyExpected: true,
};

/** The parts of a connection that the object server uses, with a say over each. */
function fakeConnection(writableLength: number) {
  const handlers: ((call: IncomingCall) => void)[] = [];
  const fake = {
    writableLength,
    reply: jest.fn(),
    replyError: jest.fn(),
    emit: jest.fn(),
    onMethodCall: (handler: (call: IncomingCall) => void) => {
      handlers.push(handler);
      return { unsubscribe: () => handlers.splice(0) };
    },
  };
  return {
    fake,
    connection: fake as unknown as BusConnection,
    deliver: (call: IncomingCall) => handlers.forEach((each) => each(call)),
  };
}

function logger(): { log: Log; errors: string[] } {
  const errors: string[] = [];
  return { log: { ...nullLog, error: (message) => errors.push(message) }, errors };
}

const descriptions = loadDescriptions();
const TREE = { networkId: 'int32', rootPath: '/r', placeholder: '/r/networks' } as const;

describe('ObjectServer', () => {
  test('answers with LimitsExceeded while too much waits to be sent', async () => {
    const { fake, connection, deliver } = fakeConnection(65 << 20);
    const { log, errors } = logger();
    const server = new ObjectServer({ connection, descriptions, log, ...TREE });
    server.add('/au', []);
    server.start();
    deliver(PING);
    await idle();
    expect(fake.replyError).toHaveBeenCalledWith(
      PING,
      'org.freedesktop.DBus.Error.LimitsExceeded',
      'Too many unread replies',
    );
    fake.writableLength = 0;
    deliver(PING);
    await idle();
    expect(fake.reply).toHaveBeenCalledWith(PING, '', []);
    server.stop();
    deliver(PING);
    await idle();
    expect(fake.reply).toHaveBeenCalledTimes(1);
    expect(errors).toEqual([]);
  });

  test('a reply that cannot be sent at all is logged', async () => {
    const { fake, connection, deliver } = fakeConnection(0);
    const { log, errors } = logger();
    fake.reply.mockImplementation(() => {
      throw new Error('stream is closed');
    });
    fake.replyError.mockImplementation(() => {
      throw new Error('stream is closed');
    });
    const server = new ObjectServer({ connection, descriptions, log, ...TREE });
    server.add('/au', []);
    server.start();
    server.start();
    deliver(PING);
    await idle();
    expect(errors).toEqual(['a D-Bus method failed', 'a D-Bus call was not answered']);
  });
});

describe('Publisher', () => {
  test('a defect is logged and never reaches the engine', () => {
    const { connection } = fakeConnection(0);
    const { log, errors } = logger();
    const registry = new Registry();
    const server = new ObjectServer({ connection, descriptions, log, ...TREE });
    const services = { registry } as unknown as Services;
    const objects = new PublishedObjects({ connection, server, descriptions, log, rootPath: '/r' });
    const settings = { alwaysPublishUuid: false, inventory: () => undefined };
    const publisher = new Publisher({ server, objects, services, log, ...settings });
    publisher.start();
    expect(() => registry.addEndpoint(endpoint(9, { bridge: 300 }))).not.toThrow();
    expect(errors).toEqual(['not published']);
  });
});

describe('ManagedObjects', () => {
  const attached: Attached = attach(
    {
      name: 'au.com.codeconstruct.MCTP.Bridge1',
      methods: {},
      properties: { PoolStart: () => 1, PoolEnd: () => 2 },
    },
    undefined,
  );

  test('D-5 an object is encoded when it changes, never for a reply', () => {
    const get = jest.spyOn(attached, 'get');
    const managed = new ManagedObjects(descriptions, 'int32', '/a');
    managed.put('/b', [attached]);
    expect(get).toHaveBeenCalledTimes(2);
    const first = managed.reply();
    expect(managed.reply()).toEqual(first);
    expect(get).toHaveBeenCalledTimes(2);
    managed.remove('/b');
    expect([managed.isEmpty, managed.reply().equals(first)]).toEqual([true, false]);
  });
});

describe('Arguments', () => {
  test('bytes are copied out of the received message', () => {
    const received = Buffer.of(1, 2);
    const bytes = new Arguments([received]).bytes(0);
    received[0] = 9;
    expect(bytes).toEqual(Uint8Array.of(1, 2));
  });

  test.each(['number', 'text', 'bytes', 'numbers', 'variant'] as const)(
    '%s refuses another type',
    (reader) => {
      expect(() => new Arguments([{}])[reader](0)).toThrow(TypeError);
      expect(() => new Arguments([])[reader](0)).toThrow(TypeError);
    },
  );

  test('members that no handler serves are refused', () => {
    expect(() => attached().get('constructor')).toThrow('no handler for constructor');
  });
});

function attached(): Attached {
  return attach({ name: 'a.b', methods: {}, properties: {} }, undefined);
}
