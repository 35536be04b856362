import { systemClock } from '../../src/base/clock';
import { ROOT_PATH, SERVICE_NAME } from '../../src/base/bus-names';
import { TypeTable } from '../../src/control/type-table';
import { parseConfig } from '../../src/config/load';
import { createDaemon } from '../../src/daemon/daemon';
import type { Log } from '../../src/base/log';
import { BusClient } from '../support/bus-client';
import { DaemonProcess } from '../support/daemon';
import { FakeStorage } from './fake-storage';
import { expectNothingLeft } from '../support/leftovers';
import { PrivateBus } from '../support/private-bus';
import { TestClock } from '../support/test-clock';
import { testPlatform } from '../support/test-platform';
import { eventually, within } from '../support/within';

const CONFIGURATION = 'state = false\n[[link]]\nname = "lo0"\nbinding = "loopback"\n';

expectNothingLeft();

function recorder(lines: string[]): Log {
  const note = (message: string): void => void lines.push(message);
  return { error: note, warn: note, info: note, debug: note };
}

test('R-DBUS-4 a bus that does not answer holds the end up for a second and no longer', async () => {
  await using bus = await PrivateBus.start();
  const clock = new TestClock();
  const lines: string[] = [];
  const platform = testPlatform({ log: recorder(lines), busAddress: bus.socketAddress });
  const daemon = await createDaemon(parseConfig(CONFIGURATION, 'test').config, { ...platform, clock });
  process.kill(bus.pid, 'SIGSTOP');
  try {
    const before = clock.now();
    await within('the end', clock.settle(daemon.stop()), 5000);
    expect(clock.now() - before).toBe(1000);
    expect(lines).toContain('the bus does not answer; ending without a good-bye');
    expect(clock.timers).toBe(0);
  } finally {
    process.kill(bus.pid, 'SIGCONT');
  }
});

test('R-DBUS-1 a second daemon keeps its hands off the links of the first', async () => {
  await using bus = await PrivateBus.start();
  const clock = new TestClock();
  const platform = { ...testPlatform({ log: recorder([]), busAddress: bus.socketAddress }), clock };
  const { config } = parseConfig(CONFIGURATION, 'test');
  const first = await createDaemon(config, platform);
  const opened: string[] = [];
  const loopback = (name: string) => {
    opened.push(name);
    return platform.loopback(name);
  };
  await expect(createDaemon(config, { ...platform, loopback })).rejects.toMatchObject({ code: 'name-taken' });
  expect(opened).toEqual([]);
  await first.stop();
});

test('D-12 a defect in what listens to the bus is told in the log', async () => {
  await using bus = await PrivateBus.start();
  const lines: string[] = [];
  const log = recorder(lines);
  const error = (message: string): void => {
    // What the listener says of the first defect is the second one, which nobody below catches.
    if (message.startsWith('a departed client')) throw new Error('another defect');
    lines.push(message);
  };
  const platform = testPlatform({ log: { ...log, error }, busAddress: bus.socketAddress });
  const defect = jest.spyOn(TypeTable.prototype, 'removeOwner').mockImplementation(() => {
    throw new Error('a defect');
  });
  const daemon = await createDaemon(parseConfig(CONFIGURATION, 'test').config, platform);
  try {
    const register = ['RegisterTypeSupport', 'yau', '5', '1', '0xfff1f1'];
    // Its registration ends with its connection (R-DBUS-12).
    const { status } = await bus.busctl('call', SERVICE_NAME, ROOT_PATH, SERVICE_NAME, ...register);
    expect(status).toBe(0);
    await eventually('the line', () => lines.includes('a D-Bus listener failed'));
  } finally {
    defect.mockRestore();
    await daemon.stop();
  }
});

test('R-DBUS-44 a second Ctrl-C while it ends changes neither its good-bye nor its status', async () => {
  await using bus = await PrivateBus.start();
  await using daemon = await DaemonProcess.start(bus, CONFIGURATION);
  process.kill(bus.pid, 'SIGSTOP');
  try {
    daemon.program.kill('SIGINT');
    await systemClock.sleep(100);
    daemon.program.kill('SIGINT');
    await daemon.program.says('ending without a good-bye');
  } finally {
    process.kill(bus.pid, 'SIGCONT');
  }
  expect(await within('the end', daemon.program.ended)).toMatchObject({ status: 0, signal: null });
});

test('D-8 a second daemon keeps its hands off the state of the first', async () => {
  await using bus = await PrivateBus.start();
  const storage = new FakeStorage('not even JSON');
  const clock = new TestClock();
  const platform = {
    ...testPlatform({ log: recorder([]), busAddress: bus.socketAddress, stateDirectory: '/state' }),
    ...{ clock, stateStorage: storage },
  };
  const config = { ...parseConfig(CONFIGURATION, 'test').config, state: true };
  const first = await createDaemon(config, platform);
  // It has set the damaged file aside; what it writes from now on is its own.
  storage.text = 'of the first';
  await expect(createDaemon(config, platform)).rejects.toMatchObject({ code: 'name-taken' });
  expect(storage).toMatchObject({ text: 'of the first', aside: ['not even JSON'] });
  await first.stop();
  expect(storage.text).toBe('{"version":1,"endpoints":[\n\n]}\n');
});

test('D-8 a daemon that does not get the name leaves the state as it was', async () => {
  await using bus = await PrivateBus.start();
  await using other = await BusClient.connect(bus);
  const storage = new FakeStorage('not even JSON');
  const read = storage.read.bind(storage);
  // The name was free when it was asked for, and somebody else is quicker.
  storage.read = async () => {
    await other.connection.requestName(SERVICE_NAME);
    return read();
  };
  const clock = new TestClock();
  const base = testPlatform({ log: recorder([]), busAddress: bus.socketAddress, stateDirectory: '/state' });
  const config = { ...parseConfig(CONFIGURATION, 'test').config, state: true };
  const starting = createDaemon(config, { ...base, clock, stateStorage: storage });
  await expect(starting).rejects.toMatchObject({ code: 'name-taken' });
  await clock.advance(60_000);
  expect(storage).toMatchObject({ text: 'not even JSON', aside: [], writes: [] });
  expect(clock.timers).toBe(0);
});

test('D-8 state = false touches no file, and without a folder it says so', async () => {
  await using bus = await PrivateBus.start();
  const lines: string[] = [];
  const storage = new FakeStorage('not even JSON');
  const start = async (state: boolean, stateDirectory: string | undefined): Promise<void> => {
    const base = testPlatform({ log: recorder(lines), busAddress: bus.socketAddress, stateDirectory });
    const { config } = parseConfig(CONFIGURATION, 'test');
    const daemon = await createDaemon({ ...config, state }, { ...base, stateStorage: storage });
    await daemon.stop();
  };
  const note =
    'nothing is remembered over a restart: this is not the system bus, and no --state-dir is given';
  await start(false, '/state');
  expect(lines).not.toContain(note);
  await start(true, undefined);
  expect(lines).toContain(note);
  expect(storage).toMatchObject({ text: 'not even JSON', aside: [], writes: [] });
});
