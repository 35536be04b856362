import fc from 'fast-check';
import { busAddress, reachableAddress } from '../../src/bus/address';
import { MctpError } from '../../src/base/errors';

describe('busAddress', () => {
  test('R-DBUS-2 R-CONS-1 defaults to the system bus', () => {
    expect(busAddress({ env: {} })).toBe('unix:socket=/run/dbus/system_bus_socket');
    expect(busAddress({ env: { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/s' } })).toBe(
      'unix:socket=/run/dbus/system_bus_socket',
    );
  });

  test('R-DBUS-2 DBUS_SYSTEM_BUS_ADDRESS overrides the system bus', () => {
    expect(busAddress({ env: { DBUS_SYSTEM_BUS_ADDRESS: 'unix:path=/tmp/b,guid=01' } })).toBe(
      'unix:socket=/tmp/b',
    );
  });

  test.each(['user', 'session', 'session-x'])(
    'R-DBUS-2 DBUS_STARTER_BUS_TYPE=%s takes the session bus',
    (type) => {
      const env = {
        DBUS_STARTER_BUS_TYPE: type,
        DBUS_SESSION_BUS_ADDRESS: 'unix:path=/s',
        DBUS_SYSTEM_BUS_ADDRESS: 'unix:path=/y',
      };
      expect(busAddress({ env })).toBe('unix:socket=/s');
    },
  );

  test('R-DBUS-2 DBUS_STARTER_BUS_TYPE=system stays with the system bus', () => {
    const env = { DBUS_STARTER_BUS_TYPE: 'system', DBUS_SESSION_BUS_ADDRESS: 'unix:path=/s' };
    expect(busAddress({ env })).toBe('unix:socket=/run/dbus/system_bus_socket');
  });

  test('R-DBUS-2 a log-in session, whose user slice we may run in, does not change the bus', () => {
    const session = { XDG_RUNTIME_DIR: '/run/user/7', XDG_SESSION_ID: '3', SYSTEMD_EXEC_PID: '77' };
    const env = { ...session, DBUS_SESSION_BUS_ADDRESS: 'unix:path=/run/user/7/bus' };
    expect(busAddress({ env })).toBe('unix:socket=/run/dbus/system_bus_socket');
  });

  test('session: true takes the session bus, and the user runtime directory when nothing names it', () => {
    expect(busAddress({ env: { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/s' }, session: true })).toBe(
      'unix:socket=/s',
    );
    expect(busAddress({ env: { XDG_RUNTIME_DIR: '/run/user/7' }, session: true })).toBe(
      'unix:socket=/run/user/7/bus',
    );
    expect(() => busAddress({ env: {}, session: true })).toThrow(/DBUS_SESSION_BUS_ADDRESS/);
  });
});

describe('reachableAddress', () => {
  test.each([
    ['unix:path=/a%20b', 'unix:socket=/a b'],
    ['unix:path=/%c3%a4', 'unix:socket=/ä'],
    ['unix:guid=00,path=/x', 'unix:socket=/x'],
    ['unix:abstract=/x;unix:path=/y', 'unix:socket=/y'],
    ['launchd:env=X;tcp:host=h,port=5', 'tcp:host=h,port=5'],
    ['tcp:port=5', 'tcp:host=localhost,port=5'],
    ['unix:path=/a%zz;unix:path=/b', 'unix:socket=/b'],
    ['unix:path=/a%ff;unix:path=/b', 'unix:socket=/b'],
  ])('T-3 rewrites %s', (list, expected) => {
    expect(reachableAddress(list)).toBe(expected);
  });

  test('T-4 refuses an abstract address with its reason', () => {
    expect(() => reachableAddress('unix:abstract=/x')).toThrow(/abstract sockets are not supported/);
  });

  test.each(['', ';', 'unix', 'unix:', 'unix:tmpdir=/x', 'unix:path=', 'unix:path=/a%3bb', 'nonsense'])(
    'refuses "%s" as bus-failed',
    (list) => {
      expect(() => reachableAddress(list)).toThrow(expect.objectContaining({ code: 'bus-failed' }) as Error);
    },
  );

  test('any text gives an address or an MctpError', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          expect(reachableAddress(text)).toMatch(/^(unix:socket=|tcp:)/);
        } catch (error) {
          if (!(error instanceof MctpError)) throw error;
        }
      }),
    );
  });
});
