import { EMPTY } from '../../../src/base/bytes';
import type { Remembered } from '../../../src/discovery/snapshot';
import { type Bench, UUID } from '../bench';
import { FakeDevice } from '../fake-device';
import type { FakeMemory } from './fake-memory';
import { had, Restart } from './remembering';

let bench: Bench;
let memory: FakeMemory;
let daemon: Restart;

function begin(...given: ConstructorParameters<typeof Restart>): void {
  daemon = new Restart(...given);
  ({ bench, memory } = daemon);
}

afterEach(() => daemon.stop());

describe('what is remembered', () => {
  test('D-8 the reservation is on disk before Set Endpoint ID is sent', async () => {
    begin([]);
    let release = (): void => undefined;
    memory.held = new Promise((resolve) => (release = resolve));
    bench.device(0x1d);
    const call = bench.engine.setupEndpoint(1, Uint8Array.of(0x1d));
    await bench.clock.advance(60_000);
    expect(daemon.commands()).toEqual(['02']);
    release();
    await bench.clock.settle(call);
    expect(daemon.commands()).toEqual(['02', '01', '05', '03']);
    expect(memory.disk).toEqual([had(9, 0x1d)]);
  });

  test('D-8 a pool is on disk before it is offered', async () => {
    begin([]);
    let seen: readonly Remembered[] = [];
    bench.device(0x1d, { bridge: true, poolSize: 3 }).script = (command) => {
      if (command === 8) seen = memory.disk;
      return undefined;
    };
    await bench.setup(0x1d);
    expect(seen).toEqual([had(9, 0x1d, { isBridge: true, offered: { start: 10, end: 12 } })]);
    await bench.clock.advance(1);
    expect(memory.disk).toEqual([had(9, 0x1d, { isBridge: true, pool: { start: 10, end: 12 } })]);
  });

  test('D-8 network, EID, link name, address, UUID', async () => {
    begin([]);
    bench.device(0x1d, { uuid: UUID });
    await bench.setup(0x1d);
    await bench.clock.advance(1);
    expect(memory.disk).toEqual([had(9, 0x1d, { uuid: UUID })]);
  });

  test('D-8 an assignment that came to nothing is forgotten', async () => {
    begin([]);
    bench.device(0x1d).script = (command) => (command === 1 ? '05' : undefined);
    await bench.failure(bench.engine.setupEndpoint(1, Uint8Array.of(0x1d)), 'set-eid-failed');
    await bench.clock.advance(1);
    expect(memory.disk).toEqual([]);
  });

  test('R-DISC-27 R-DISC-80 what was removed is forgotten', async () => {
    begin([had(30, 0x1d)]);
    bench.device(0x1d, { eid: 30 });
    await daemon.discover();
    await bench.clock.settle(bench.engine.remove(1, 30));
    await bench.clock.advance(60_000);
    expect(memory.disk).toEqual([]);
    expect(bench.remote()).toEqual([]);
  });

  test('R-DISC-27 R-DISC-96 so is what could not be recovered', async () => {
    begin([had(30, 0x1d)]);
    const device = bench.device(0x1d, { eid: 30 });
    await daemon.discover();
    device.dead = true;
    await bench.engine.recover(1, 30);
    await bench.clock.advance(10_000);
    expect(memory.disk).toEqual([]);
  });

  test('R-DISC-98 what is behind an unknown bridge of a serial line does not pass for the bridge', async () => {
    const serial = { pointToPoint: true, addressLength: 0, address: EMPTY };
    begin([], { links: [serial], settings: { discover: () => ({ mode: 'probe', endpoints: [] }) } });
    const end = bench.device('p2p', { eid: 20 });
    end.downstream.push(new FakeDevice('p2p', { eid: 25 }));
    await bench.bus.addRoute({ network: 1, first: 25, extent: 0, link: 1, mtu: 68 });
    await bench.clock.settle(bench.engine.learnByEid(1, 25));
    await bench.clock.advance(1);
    expect(memory.disk).toEqual([]);
    await daemon.discover();
    expect(bench.eids()).toEqual([20, 25]);
    expect(memory.disk).toEqual([had(20, 0, { address: '' })]);
  });

  test('D-8 what is still missing stays remembered', async () => {
    begin([had(30, 0x1d, { uuid: UUID })]);
    bench.device(0x1e);
    await bench.setup(0x1e);
    await bench.clock.advance(1);
    expect(memory.disk).toMatchObject([{ eid: 9 }, { eid: 30, uuid: UUID, missingSince: 1_700_000_000_000 }]);
  });

  test('D-8 of two that contradict each other the second is left out', async () => {
    begin([had(30, 0x1d, { pool: { start: 31, end: 33 } }), had(32, 0x1e), had(30, 0x1f)]);
    bench.device(0x20);
    await bench.setup(0x20);
    await bench.clock.advance(1);
    expect(memory.disk.map(({ eid, address }) => [eid, address])).toEqual([
      [9, '20'],
      [30, '1d'],
    ]);
  });
});
