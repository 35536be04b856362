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
    {
      eid: 10,
      link: 1,
      physicalAddress: Uint8Array.of(0x1e),
      bridge: 0,
      isBridge: true,
      pool: { start: 11, end: 13 },
    },
  ]);
  expect(host.peer(1, 10)?.isBridge).toBe(true);
  expect(host.peer(1, 8)).toBeUndefined();
  expect(host.peer(1, 11)).toBeUndefined();
  await bench.failure(pending, 'no-response');
});

const looks = (): number => bench.bus.commands().filter((each) => each === '02@1d').length;

test('R-DISC-149 R-DISC-5 a Discovery Notify sets its sender up', async () => {
  bench.device(0x1d, { latencyMs: 10 });
  bench.engine.host.discoveryNotify(notify(0x1d));
  await bench.clock.advance(5000);
  expect([bench.eids(), looks(), bench.clock.timers]).toEqual([[9], 1, 0]);
  bench.engine.host.discoveryNotify(notify(0x1d));
  await bench.clock.advance(100);
  expect(looks()).toBe(2);
});

test('R-DISC-149 a device that notifies again while it is set up, or has just been, is looked at once more', async () => {
  const device = bench.device(0x1d, { latencyMs: 10 });
  bench.engine.host.discoveryNotify(notify(0x1d));
  await bench.clock.advance(100);
  device.reset();
  for (let count = 0; count < 100; count++) bench.engine.host.discoveryNotify(notify(0x1d));
  await bench.clock.advance(100);
  expect([device.eid, looks()]).toEqual([0, 1]);
  await bench.clock.advance(1000);
  expect([device.eid, looks()]).toEqual([9, 2]);
});

test('R-DISC-149 a device that floods us with notifications is looked at once a second, and complained of once', async () => {
  bench.device(0x1d).script = () => '01';
  for (let ms = 0; ms < 10_000; ms += 10) {
    bench.engine.host.discoveryNotify(notify(0x1d));
    await bench.clock.advance(10);
  }
  expect(looks()).toBeLessThanOrEqual(10);
  expect(looks()).toBeGreaterThanOrEqual(9);
  expect(bench.warnings()).toEqual(['device that notified us not set up']);
});

test('D-12 R-DISC-149 somebody who makes up addresses costs no more than a full bus', async () => {
  bench.bus.changeLink(1, { addressLength: undefined });
  for (let made = 0; made < 5000; made++) {
    const physical = Uint8Array.of(made >> 8, made & 0xff);
    bench.engine.host.discoveryNotify({ ...notify(0x1d), physical });
  }
  await bench.clock.advance(20_000);
  expect(new Set(bench.bus.commands()).size).toBe(1024);
  expect(bench.clock.timers).toBe(0);
  bench.device(0x1d);
  bench.engine.host.discoveryNotify(notify(0x1d));
  await bench.clock.advance(100);
  expect(bench.eids()).toEqual([9]);
});

test('R-DISC-149 nothing is looked at after the end', async () => {
  bench.device(0x1d);
  for (let count = 0; count < 2; count++) bench.engine.host.discoveryNotify(notify(0x1d));
  await bench.clock.advance(100);
  bench.engine.stop();
  expect(bench.clock.timers).toBe(0);
  bench.engine.host.discoveryNotify(notify(0x1d));
  await bench.clock.advance(5000);
  expect(looks()).toBe(1);
});

test('R-DISC-149 one that cannot be set up is logged', async () => {
  bench.device(0x1d).dead = true;
  bench.engine.host.discoveryNotify(notify(0x1d));
  await bench.clock.advance(2000);
  expect(bench.warnings()).toEqual(['device that notified us not set up']);
});
