import { Alarm } from '../../src/base/clock';
import { nullLog } from '../../src/base/log';
import { LoopbackBus } from '../../src/bindings/loopback';
import { ControlRequester } from '../../src/control/requester';
import type { Binding } from '../../src/core/binding';
import { Router } from '../../src/core/router';
import { Engine } from '../../src/discovery/engine';
import { noMemory } from '../../src/discovery/memory/memory';
import { Registry } from '../../src/discovery/registry';
import { TestClock } from '../support/test-clock';
import { OWN_UUID, UUID } from './bench';
import { FakeDevice } from './fake-device';

/** Puts a scripted device on a loopback port: one packet in, one packet out. */
async function connect(bus: LoopbackBus, device: FakeDevice): Promise<Binding> {
  const port = bus.attach(device.address[0]);
  await port.open({
    packet(packet, source) {
      const [, destination = 0, requester = 0, flags = 0] = packet;
      const answer = device.handle(packet.subarray(4), destination);
      // The same tag, TO cleared (DSP0236 §8.1).
      const header = [0x01, requester, device.eid, 0xc0 | (flags & 0x07)];
      if (answer !== undefined) port.send(Uint8Array.of(...header, ...answer), source);
    },
    writable: () => undefined,
    up: () => undefined,
    drop: () => undefined,
  });
  return port;
}

describe('over the router and a loopback bus', () => {
  const clock = new TestClock();
  const bus = new LoopbackBus();
  const alarm: Alarm = new Alarm(clock, (now) => router.poll(now));
  const router: Router = new Router(alarm);
  const registry = new Registry();
  const requester = new ControlRequester({ net: router, clock });
  const engine = new Engine({
    net: router,
    clock,
    log: nullLog,
    requester,
    registry,
    memory: noMemory,
    settings: {
      dynamicEids: { ranges: [{ first: 8, last: 254 }], reserved: new Set() },
      endpointPollMs: 0,
      maxPoolSize: 15,
      ownUuid: OWN_UUID,
      role: () => 'BusOwner',
      discover: () => ({ mode: 'off', endpoints: [] }),
    },
  });
  const devices = Array.from({ length: 40 }, (_, index) => new FakeDevice(0x20 + index, { uuid: UUID }));
  const ports: Binding[] = [];

  beforeAll(async () => {
    for (const device of devices) ports.push(await connect(bus, device));
    engine.start();
    await router.addLink({ name: 'lo0', network: 1, binding: bus.attach(0x10), localEids: [8] });
  });

  afterAll(async () => {
    engine.stop();
    requester.close();
    await router.close();
    await Promise.all(ports.map((port) => port.close()));
    alarm.cancel();
    expect(clock.timers).toBe(0);
  });

  test('R-DISC-121 the link and our EID appear', () => {
    expect(registry.links().map((each) => each.link.name)).toEqual(['lo0']);
    expect(registry.localEids(1)).toEqual([8]);
  });

  test('R-DISC-167 forty devices at once, two of them dead', async () => {
    for (const at of [3, 17]) devices.slice(at, at + 1).forEach((device) => (device.dead = true));
    const link = registry.links()[0]?.link.index ?? 0;
    const calls = devices.map((device) => engine.setupEndpoint(link, device.address));
    const results = await clock.settle(Promise.allSettled(calls));
    expect(results.filter((each) => each.status === 'rejected')).toHaveLength(2);
    const remote = registry.endpoints().filter((each) => !each.local);
    expect(remote).toHaveLength(38);
    expect(remote.every((each) => each.uuid === UUID && each.types.length === 2)).toBe(true);
    expect(router.routes(1)).toHaveLength(38);
  });

  test('R-DISC-123 the link goes', async () => {
    await router.removeLink(registry.links()[0]?.link.index ?? 0);
    expect([registry.endpoints(), registry.links(), registry.networks()]).toEqual([[], [], []]);
  });
});
