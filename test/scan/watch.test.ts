import { watch } from '../../src/scan/watch';
import { endpointPath } from '../../src/base/bus-names';
import { idle } from '../support/test-clock';
import { FakeBus } from './fake-bus';
import { endpointObject, recordedObjects } from './recorded';

describe('watch', () => {
  test('tells of endpoints that can be opened, over a restart of the daemon, until its signal', async () => {
    const bus = new FakeBus(recordedObjects());
    const stop = new AbortController();
    const said: string[] = [];
    const done = (async () => {
      for await (const event of watch({ bus, messageType: 4, signal: stop.signal })) {
        if (event.kind === 'daemon') said.push(event.running ? 'up' : 'down');
        if (event.kind === 'removed') said.push(`removed ${event.endpoint.eid}`);
        if (event.kind === 'added' || event.kind === 'changed') {
          said.push(`${event.kind} ${event.endpoint.eid} ${typeof event.endpoint.open}`);
        }
      }
    })();
    await idle();
    bus.setObject(endpointPath(1, 9), endpointObject(9, { types: [0, 4], connectivity: 'Degraded' }));
    await idle();
    bus.setRunning(false);
    await idle();
    bus.setRunning(true);
    await idle();
    stop.abort();
    await done;
    expect(said).toEqual([
      'up',
      'added 9 function',
      'changed 9 function',
      'removed 9',
      'down',
      'up',
      'added 9 function',
    ]);
    expect(bus.matches.size).toBe(0);
    expect(bus.closed).toBe(0);
  });
});
