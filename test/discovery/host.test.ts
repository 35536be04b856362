import { MessageType } from '../../src/base/ids';
import type { Incoming } from '../../src/core/net';
import { Bench, OWN_UUID } from './bench';

let bench: Bench;

beforeEach(() => {
  bench = new Bench();
});

afterEach(() => bench.stop());

const notify = (address: number): Incoming => ({
  network: 1,
  link: 1,
  source: 0,
  destination: 8,
  physical: Uint8Array.of(address),
  localEid: 8,
  tag: 0,
  to: true,
  ic: false,
  type: MessageType.control,
  bytes: Uint8Array.of(0, 0x80, 0x0d),
});

test('R-DISC-134 published devices are told of, ours and half-made ones are not', async () => {
  bench.device(0x1d);
  bench.device(0x1e, { bridge: true, poolSize: 3 });
  await bench.setup(0x1d);
  await bench.setup(0x1e);
  bench.device(0x1f).dead = true;
  const pending = bench.engine.assignEndpoint(1, Uint8Array.of(0x1f));
  const { host } = bench.engine;
  expect(host.uuid).toBe(OWN_UUID);
  expect([host.role(1), host.role(99)]).toEqual(['BusOwner', 'Unknown']);
  expect(host.peers(1)).toEqual([
    { eid: 9, link: 1, physicalAddress: Uint8Array.of(0x1d), bridge: 0, isBridge: false, pool: undefined },
    { eid: 10, link: 1, physicalAddress: Uint8Array.of(0x1e), bridge: 0, isBridge: true, pool: undefined },
  ]);
  expect(host.peer(1, 10)?.isBridge).toBe(true);
  expect(host.peer(1, 8)).toBeUndefined();
  expect(host.peer(1, 11)).toBeUndefined();
  await bench.failure(pending, 'no-response');
});

test('R-DISC-149 R-DISC-5 a Discovery Notify sets its sender up, once at a time', async () => {
  bench.device(0x1d, { latencyMs: 10 });
  for (let count = 0; count < 100; count++) bench.engine.host.discoveryNotify(notify(0x1d));
  await bench.clock.advance(100);
  expect(bench.eids()).toEqual([9]);
  expect(bench.bus.commands().filter((each) => each === '02@1d')).toHaveLength(1);
  bench.engine.host.discoveryNotify(notify(0x1d));
  await bench.clock.advance(100);
  expect(bench.bus.commands().filter((each) => each === '02@1d')).toHaveLength(2);
});

test('R-DISC-149 one that cannot be set up is logged', async () => {
  bench.device(0x1d).dead = true;
  bench.engine.host.discoveryNotify(notify(0x1d));
  await bench.clock.advance(2000);
  expect(bench.warnings()).toEqual(['device that notified us not set up']);
});
