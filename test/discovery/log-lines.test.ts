import type { LogFields } from '../../src/base/log';
import { Bench, UUID } from './bench';
import { FakeDevice } from './fake-device';
import { had, Restart } from './memory/remembering';

/** What the log tells of devices (design decision D-17): where, in which operation, and why; and not for ever. */

const ADDRESS = 0x1d;
const HOUR_MS = 3_600_000;
const AT = { link: 'mctp1', network: 1, physicalAddress: '1d' };

let bench: Bench;

afterEach(() => bench.stop());

function linesOf(message: string): (LogFields | undefined)[] {
  return bench.logged.filter((each) => each.message === message).map(({ fields }) => fields);
}

function setUp(): Promise<unknown> {
  return bench.engine.setupEndpoint(1, Uint8Array.of(ADDRESS));
}

/** What the journal has at the level of a service, without our own endpoint. */
function told(): string[] {
  return bench.logged
    .filter(({ level, fields }) => level !== 'debug' && fields?.['local'] !== true)
    .map(({ message }) => message);
}

describe('R-DISC-166 a line about a device has link, network, EID, address, operation and cause', () => {
  test('a SetupEndpoint that fails', async () => {
    bench = new Bench();
    bench.device(ADDRESS).script = (command) => (command === 1 ? '01' : undefined);
    await bench.failure(setUp(), 'set-eid-failed');
    const cause = expect.stringMatching(/^SetupEndpoint: the endpoint refused .*: Set Endpoint ID/) as string;
    const failed = { ...AT, eid: 9, operation: 'SetupEndpoint', cause };
    expect(linesOf('operation failed')).toEqual([failed]);
  });

  test('a Remove that comes too late', async () => {
    bench = new Bench();
    bench.device(ADDRESS);
    await bench.setup(ADDRESS);
    const calls = [bench.engine.remove(1, 9), bench.failure(bench.engine.remove(1, 9), 'unknown-endpoint')];
    await bench.clock.settle(Promise.all(calls));
    expect(linesOf('operation failed')).toEqual([
      expect.objectContaining({ ...AT, eid: 9, operation: 'Remove', cause: 'Remove: no endpoint 9' }),
    ]);
  });

  test('a recovery that fails, the removal, and the loss of what was behind the bridge', async () => {
    bench = new Bench({ endpointPollMs: 2500 });
    const bridge = bench.device(ADDRESS, { bridge: true, poolSize: 1, uuid: UUID });
    await bench.setup(ADDRESS);
    bridge.downstream.push(new FakeDevice(0, { eid: 10, uuid: UUID }));
    await bench.clock.advance(3000);
    expect(bench.eids()).toEqual([9, 10]);
    bridge.dead = true;
    await bench.engine.recover(1, 9);
    await bench.clock.advance(10_000);

    const lost = { ...AT, eid: 9, operation: 'Recover', cause: 'no response to Get Endpoint ID' };
    expect(linesOf('endpoint not recovered')).toEqual([{ ...lost, bridge: undefined, probe: 3 }]);
    const behind = { link: 'mctp1', network: 1, eid: 10, physicalAddress: '', bridge: 9 };
    expect(linesOf('endpoint removed')).toEqual([
      expect.objectContaining(lost),
      expect.objectContaining({ ...behind, operation: 'Recover', cause: 'bridge 9 in front of it is lost' }),
    ]);
    expect(linesOf('endpoint published')).toContainEqual(
      expect.objectContaining({ ...behind, operation: 'Poll' }),
    );
  });

  test('a link that is taken away', async () => {
    bench = new Bench();
    bench.device(ADDRESS);
    await bench.setup(ADDRESS);
    bench.bus.removeLink(1);
    expect(linesOf('endpoint removed')).toContainEqual(
      expect.objectContaining({ ...AT, eid: 9, operation: 'link', cause: 'its link is gone' }),
    );
  });

  test('a pool that is refused', async () => {
    bench = new Bench();
    const bridge = bench.device(ADDRESS, { bridge: true, poolSize: 2 });
    bridge.script = (command) => (command === 8 ? '01' : undefined);
    await bench.setup(ADDRESS);
    expect(linesOf('a bridge gets no pool')).toEqual([
      expect.objectContaining({
        ...{ ...AT, eid: 9, operation: 'SetupEndpoint', poolStart: 10, poolSize: 2 },
        cause: expect.stringMatching(/^Allocate Endpoint IDs refused with/) as string,
      }),
    ]);
  });

  test('a route that cannot be made', async () => {
    bench = new Bench();
    bench.device(ADDRESS);
    bench.bus.failing = (action) => (action.startsWith('route 9') ? new Error('no room') : undefined);
    await bench.failure(setUp(), 'query-failed');
    expect(linesOf('path not changed')).toEqual([
      { ...AT, eid: 9, operation: 'add route', cause: 'no room', bridge: undefined },
    ]);
  });

  test('a remembered device that is not back, or is another one', async () => {
    const missing = new Restart([had(30, ADDRESS, { uuid: UUID }), had(31, 0x1e, { uuid: UUID })]);
    ({ bench } = missing);
    bench.device(0x1e, { eid: 31, uuid: '8a3c9d0e-4a55-4a2b-9df1-0c64a8f1b7c2' });
    await missing.discover(2000);
    expect(linesOf('remembered device not back yet; its EID is kept for it')).toContainEqual({
      ...{ ...AT, eid: 30, operation: 'remembered device' },
      cause: 'no response to Get Endpoint ID',
    });
    expect(linesOf('another device is where a remembered one was; it is set up anew')).toEqual([
      { ...AT, physicalAddress: '1e', eid: 31, operation: 'SetupEndpoint', cause: 'it tells another UUID' },
    ]);
  });
});

describe('D-17 what goes on and on is told once', () => {
  test('a configured device that is dead for an hour', async () => {
    const endpoints = [{ address: Uint8Array.of(ADDRESS) }];
    bench = new Bench({ discover: () => ({ mode: 'static', endpoints }) });
    bench.engine.startDiscovery();
    await bench.clock.advance(HOUR_MS);
    expect(bench.bus.commands().length).toBeGreaterThan(100);
    expect(told()).toEqual(['device not there']);
  });

  test('an EID behind a bridge that nobody has, polled for ever', async () => {
    bench = new Bench({ endpointPollMs: 2500 });
    bench.device(ADDRESS, { bridge: true, poolSize: 1 });
    await bench.setup(ADDRESS);
    await bench.clock.advance(HOUR_MS);
    expect(bench.bus.commands().length).toBeGreaterThan(1000);
    expect(told()).toEqual(['endpoint published', 'pool allocated']);
  });

  test('a client that sets up what is not there, again and again', async () => {
    bench = new Bench();
    for (let call = 0; call < 20; call++) await bench.failure(setUp(), 'no-response');
    expect(linesOf('operation failed')).toHaveLength(20);
    expect(told()).toEqual([]);
  });
});
