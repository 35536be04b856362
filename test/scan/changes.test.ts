import { Iface, endpointPath } from '../../src/base/bus-names';
import type { WatchEvent } from '../../src/scan/changes';
import { changes } from '../../src/scan/changes';
import { idle } from '../support/test-clock';
import { FakeBus, FakeBusError } from './fake-bus';
import { endpointObject, recordedObjects, UUID_9 } from './recorded';

/** Runs a watch in the background and writes down what it says, in short. */
function follow(bus: FakeBus, filter = {}) {
  const stop = new AbortController();
  const said: string[] = [];
  const events: WatchEvent[] = [];
  const done = (async () => {
    for await (const event of changes(bus, { filter, signal: stop.signal })) {
      events.push(event);
      said.push(short(event));
    }
  })();
  const take = async (): Promise<string[]> => {
    await idle();
    return said.splice(0);
  };
  return { take, events, done, stop: () => stop.abort() };
}

function short(event: WatchEvent): string {
  if (event.kind === 'daemon') return event.running ? 'up' : 'down';
  if (event.kind === 'problem') return `problem ${event.problem.path}`;
  return `${event.kind} ${event.endpoint.eid}`;
}

describe('changes', () => {
  test('begins with what there is, then tells of each endpoint that comes, changes and goes', async () => {
    const bus = new FakeBus(recordedObjects());
    const { take, events, stop, done } = follow(bus);
    expect(await take()).toEqual(['up', 'added 9', 'added 10', 'added 11', 'added 12']);

    bus.setObject(endpointPath(1, 30), endpointObject(30, { types: [0, 5] }));
    expect(await take()).toEqual(['added 30']);

    bus.setObject(endpointPath(1, 30), endpointObject(30, { types: [0, 5], connectivity: 'Degraded' }));
    expect(await take()).toEqual(['changed 30']);
    expect(events.at(-1)).toMatchObject({
      endpoint: { connectivity: 'Degraded' },
      previous: { connectivity: 'Available' },
    });

    bus.setObject(endpointPath(1, 30), undefined);
    expect(await take()).toEqual(['removed 30']);
    stop();
    await done;
  });

  test('ends at once when asked to, also while the daemon owes an answer', async () => {
    const bus = new FakeBus(recordedObjects());
    let giveUp: (reason: Error) => void = () => undefined;
    const never = new Promise<never>((_, reject) => {
      giveUp = reject;
    });
    bus.on(`${Iface.objectManager}.GetManagedObjects`, () => never);
    const { take, stop, done } = follow(bus);
    expect(await take()).toEqual([]);
    stop();
    let isDone = false;
    void done.then(() => {
      isDone = true;
    });
    await idle();
    expect([isDone, bus.matches.size]).toEqual([true, 0]);
    // What becomes of the call is nobody's business any more.
    giveUp(new Error('no reply'));
    await idle();
  });

  test('leaves nothing on a bus that outlives it when one of its signals cannot be had', async () => {
    const bus = new FakeBus(recordedObjects());
    const refused = new FakeBusError('LimitsExceeded', 'too many match rules');
    const subscribe = bus.onSignal.bind(bus);
    jest
      .spyOn(bus, 'onSignal')
      .mockImplementationOnce(subscribe)
      .mockImplementationOnce(() => Promise.reject(refused));
    await expect(follow(bus).done).rejects.toBe(refused);
    await idle();
    expect(bus.matches.size).toBe(0);
  });

  test('leaves nothing on a signal that outlives it, and no more while it runs than when it began', async () => {
    const bus = new FakeBus(recordedObjects());
    const { signal } = new AbortController();
    const listening = new Set<unknown>();
    const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listening.add(args[1]);
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listening.delete(args[1]);
      remove(...args);
    };
    const counts: number[] = [];
    for await (const event of changes(bus, { signal })) {
      counts.push(listening.size);
      if (event.kind === 'removed') break;
      if (short(event) === 'added 12') bus.setObject(endpointPath(1, 12), undefined);
    }
    expect(counts).toEqual([1, 1, 1, 1, 1, 1]);
    expect(listening.size).toBe(0);
  });

  test('R-DBUS-3 after a restart of the daemon everything is read again', async () => {
    const bus = new FakeBus(recordedObjects());
    const { take, stop, done } = follow(bus, { messageType: 4 });
    expect(await take()).toEqual(['up', 'added 9']);
    bus.setRunning(false);
    expect(await take()).toEqual(['removed 9', 'down']);
    bus.setRunning(true);
    expect(await take()).toEqual(['up', 'added 9']);
    stop();
    await done;
  });

  test('waits for a daemon that is not there yet', async () => {
    const bus = new FakeBus(recordedObjects());
    bus.running = false;
    const { take, stop, done } = follow(bus, { messageType: 4 });
    expect(await take()).toEqual(['down']);
    bus.setRunning(true);
    expect(await take()).toEqual(['up', 'added 9']);
    stop();
    await done;
  });

  test('an endpoint that stops to fit the filter is removed', async () => {
    const bus = new FakeBus(recordedObjects());
    const { take, stop, done } = follow(bus, { messageType: 4 });
    await take();
    bus.setObject(endpointPath(1, 9), endpointObject(9, { types: [0], uuid: UUID_9 }));
    expect(await take()).toEqual(['removed 9']);
    stop();
    await done;
  });

  test('a malformed object is told of once', async () => {
    const bus = new FakeBus(recordedObjects());
    const { take, stop, done } = follow(bus, { messageType: 4 });
    await take();
    bus.setObject(endpointPath(1, 99), { 'xyz.openbmc_project.MCTP.Endpoint': {} });
    bus.setObject(endpointPath(1, 98), endpointObject(98));
    expect(await take()).toEqual([`problem ${endpointPath(1, 99)}`]);
    stop();
    await done;
  });

  test('ends with its signal and leaves no match rule behind', async () => {
    const bus = new FakeBus(recordedObjects());
    const { take, stop, done } = follow(bus);
    await take();
    expect(bus.matches.size).toBe(3);
    stop();
    await done;
    expect(bus.matches.size).toBe(0);
  });

  test('a lost bus connection rejects', async () => {
    const bus = new FakeBus(recordedObjects());
    const { take, done } = follow(bus);
    await take();
    bus.breakConnection();
    await expect(done).rejects.toMatchObject({ code: 'bus-failed' });
    expect(bus.matches.size).toBe(0);
  });

  test('a signal that comes during the read leads to another read', async () => {
    const bus = new FakeBus({});
    const { take, stop, done } = follow(bus);
    bus.on('org.freedesktop.DBus.ObjectManager.GetManagedObjects', async () => {
      const reply = bus.objects;
      bus.handlers.clear();
      // Published after the reply was made, before it is read.
      bus.setObject(endpointPath(1, 40), endpointObject(40));
      await idle();
      return [reply];
    });
    await idle();
    expect(await take()).toEqual(['up', 'added 40']);
    stop();
    await done;
  });
});
