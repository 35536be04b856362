import type { NetLink } from '../../../src/core/net';
import type { Discovery } from '../../../src/discovery/settings';
import { Bench } from '../bench';
import { FakeDevice } from '../fake-device';

const SERIAL: Partial<NetLink> = {
  pointToPoint: true,
  addressLength: 0,
  address: new Uint8Array(0),
  physicalBinding: 5,
};
let bench: Bench;

afterEach(() => bench.stop());

/** When it was asked whether anybody is there, with the attempts of the link each time. */
const probes = (): number[] => bench.bus.begun('02');
const forgetTraffic = (): void => {
  bench.bus.transcript.length = 0;
};

describe('probe', () => {
  let device: FakeDevice;

  beforeEach(() => {
    bench = new Bench({ discover: () => ({ mode: 'probe', endpoints: [] }) }, [SERIAL]);
    device = bench.device('p2p');
  });

  test('R-DISC-5 R-CONS-9 nothing before startDiscovery', async () => {
    await bench.clock.advance(60_000);
    expect(bench.bus.transcript).toEqual([]);
  });

  test('R-DISC-160 a device that answers is set up at once', async () => {
    bench.engine.startDiscovery();
    await bench.clock.advance(100);
    expect(bench.remote()).toMatchObject([{ eid: 9, link: 1 }]);
    expect(bench.clock.timers).toBe(0);
  });

  test('R-DISC-160 what is removed behind the device is none of its business', async () => {
    device.downstream.push(new FakeDevice('p2p', { eid: 30 }));
    bench.engine.startDiscovery();
    await bench.clock.advance(100);
    await bench.bus.addRoute({ network: 1, first: 30, extent: 0, gateway: 9, mtu: 68 });
    await bench.clock.settle(bench.engine.learnByEid(1, 30));
    await bench.clock.settle(bench.engine.remove(1, 30));
    expect(bench.clock.timers).toBe(0);
  });

  test('R-DISC-160 R-DISC-168 R-DISC-11 pauses of 1, 2, 4, 8, 16, 30, 30 s, with the attempts of the link, until it answers', async () => {
    device.dead = true;
    bench.engine.startDiscovery();
    await bench.clock.advance(105_000);
    const sent = probes();
    const gaps = sent.slice(1).map((each, at) => each - (sent[at] ?? 0) - 1000);
    expect(gaps).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
    device.dead = false;
    await bench.clock.advance(31_000);
    expect(bench.eids()).toEqual([9]);
  });

  test('R-DISC-160 paused while the link is down, at once and with short pauses when it is up', async () => {
    device.dead = true;
    bench.engine.startDiscovery();
    await bench.clock.advance(20_000);
    bench.bus.changeLink(1, { up: false });
    forgetTraffic();
    await bench.clock.advance(100_000);
    expect(probes()).toEqual([]);
    expect(bench.clock.timers).toBe(0);
    bench.bus.changeLink(1, { up: true });
    await bench.clock.advance(2800);
    expect(probes()).toEqual([120_000, 122_000]);
  });

  test('R-DISC-160 a device that was exchanged or reset while the link was down is set up again, however late it answers', async () => {
    bench.engine.startDiscovery();
    await bench.clock.advance(100);
    expect(bench.eids()).toEqual([9]);
    bench.bus.changeLink(1, { up: false });
    await bench.clock.advance(1000);
    device.dead = true;
    device.eid = 0;
    bench.bus.changeLink(1, { up: true });
    await bench.clock.advance(2000);
    expect(bench.eids()).toEqual([9]);
    device.dead = false;
    await bench.clock.advance(5000);
    expect({ published: bench.eids(), has: device.eid }).toEqual({ published: [9], has: 9 });
    forgetTraffic();
    await bench.clock.advance(100_000);
    expect(probes()).toEqual([]);
  });

  test('R-DISC-160 resumed after removal', async () => {
    bench.engine.startDiscovery();
    await bench.clock.advance(100);
    await bench.clock.settle(bench.engine.remove(1, 9));
    expect(bench.eids()).toEqual([]);
    await bench.clock.advance(1100);
    expect(bench.eids()).toEqual([9]);
  });

  test('a link that is down at start is waited for, one that comes later is taken up', async () => {
    await bench.stop();
    bench = new Bench({ discover: () => ({ mode: 'probe', endpoints: [] }) }, [{ ...SERIAL, up: false }]);
    bench.engine.startDiscovery();
    expect(bench.clock.timers).toBe(0);
    bench.bus.addLink({ ...SERIAL, index: 2, network: 2 });
    bench.device('p2p', { link: 2 });
    await bench.clock.advance(100);
    expect(bench.remote()).toMatchObject([{ network: 2, eid: 9 }]);
    bench.bus.removeLink(2);
    await bench.clock.advance(5000);
    expect(bench.clock.timers).toBe(0);
  });

  test('D-9 a bus with addresses is never scanned', async () => {
    await bench.stop();
    bench = new Bench({ discover: () => ({ mode: 'probe', endpoints: [] }) });
    bench.engine.startDiscovery();
    await bench.clock.advance(1000);
    expect(bench.bus.transcript).toEqual([]);
    expect(bench.warnings()).toEqual(['only point-to-point links can be probed']);
  });

  test('D-17 a failure says its cause in few words, since the fields tell the place', async () => {
    device.dead = true;
    bench.engine.startDiscovery();
    await bench.clock.advance(5000);
    const told = bench.logged.filter(({ message }) => message === 'device not there');
    expect(told.map(({ fields }) => fields)).toEqual([
      {
        link: 'mctp1',
        network: 1,
        physicalAddress: '',
        operation: 'discovery',
        cause: 'no response to Get Endpoint ID',
      },
    ]);
  });

  test('D-17 what is published is ours or it is not, and only the one is told', async () => {
    bench.engine.startDiscovery();
    await bench.clock.advance(100);
    const told = bench.logged.filter(({ message }) => message === 'endpoint published');
    expect(told.map(({ fields }) => [fields?.eid, fields?.local])).toEqual([
      [8, true],
      [9, undefined],
    ]);
  });

  test('Rescan starts the pauses over', async () => {
    device.dead = true;
    bench.engine.startDiscovery();
    await bench.clock.advance(20_000);
    forgetTraffic();
    bench.engine.rescan();
    await bench.clock.advance(2800);
    expect(probes()).toEqual([20_000, 22_000]);
  });

  test('Rescan looks at a known device again and finds that it was reset', async () => {
    bench.engine.startDiscovery();
    await bench.clock.advance(100);
    device.reset();
    bench.engine.rescan();
    await bench.clock.advance(100);
    expect(device.eid).toBe(9);
    expect(bench.eids()).toEqual([9]);
  });
});

describe('static', () => {
  const configured = (...endpoints: Discovery['endpoints']) => ({
    discover: (): Discovery => ({ mode: 'static', endpoints }),
  });
  const at = (address: number): Uint8Array => Uint8Array.of(address);

  test('R-DISC-164 configured devices, dynamic and with an EID of their own', async () => {
    bench = new Bench(configured({ address: at(1) }, { address: at(2), eid: 50 }));
    bench.device(1);
    bench.device(2);
    bench.device(3);
    bench.engine.startDiscovery();
    await bench.clock.advance(100);
    expect(bench.eids()).toEqual([9, 50]);
    expect(bench.bus.commands()).not.toContain('02@03');
  });

  test('R-DISC-168 a device that becomes ready late', async () => {
    bench = new Bench(configured({ address: at(1), eid: 50 }));
    const device = bench.device(1);
    device.dead = true;
    bench.engine.startDiscovery();
    await bench.clock.advance(10_000);
    device.dead = false;
    await bench.clock.advance(10_000);
    expect(bench.eids()).toEqual([50]);
    // The same failure over and over is told once.
    expect(bench.logged.filter((each) => each.message === 'device not there')).toHaveLength(1);
  });

  test.each([
    ['was reset', 0],
    ['was exchanged for one with another EID', 60],
  ])('R-DISC-164 R-DISC-160 a device with a configured EID that %s gets it again', async (_what, eid) => {
    bench = new Bench(configured({ address: at(1), eid: 50 }));
    const device = bench.device(1);
    bench.engine.startDiscovery();
    await bench.clock.advance(100);
    device.eid = eid;
    bench.engine.rescan();
    await bench.clock.advance(5000);
    expect([device.eid, bench.eids(), bench.warnings()]).toEqual([50, [50], []]);
    forgetTraffic();
    bench.engine.rescan();
    await bench.clock.advance(100);
    // It has it, and nothing is set.
    expect(bench.bus.commands().map((each) => each.slice(0, 2))).toEqual(['02', '05', '03']);
    expect(bench.clock.timers).toBe(0);
  });

  test('R-DISC-164 with a pool size as by AssignBridgeStatic, and only once', async () => {
    bench = new Bench(configured({ address: at(1), eid: 50, poolSize: 4 }));
    bench.device(1, { bridge: true, poolSize: 4 });
    bench.engine.startDiscovery();
    await bench.clock.advance(100);
    const pool = { start: 51, end: 54 };
    expect(bench.remote()).toMatchObject([{ eid: 50, pool }]);
    bench.events.length = 0;
    bench.engine.rescan();
    await bench.clock.advance(100);
    expect(bench.remote()).toMatchObject([{ eid: 50, pool }]);
    expect([bench.events, bench.warnings()]).toEqual([[], []]);
  });

  test('off, and links where we are not bus owner', async () => {
    bench = new Bench({ ...configured({ address: at(1) }), role: () => 'Unknown' });
    bench.device(1);
    bench.engine.startDiscovery();
    await bench.clock.advance(1000);
    expect(bench.bus.transcript).toEqual([]);
    bench.engine.setRole(1, 'BusOwner');
    await bench.clock.advance(100);
    expect(bench.eids()).toEqual([9]);
    await bench.stop();
    bench = new Bench({ discover: () => ({ mode: 'off', endpoints: [{ address: at(1) }] }) });
    bench.device(1);
    bench.engine.startDiscovery();
    await bench.clock.advance(1000);
    expect(bench.bus.transcript).toEqual([]);
  });

  test('a re-publication is no removal', async () => {
    bench = new Bench(configured({ address: at(1) }));
    const device = bench.device(1, { uuid: '595a522d-77c5-4628-8400-37bfb41b710d' });
    device.script = (command) => (command === 3 ? 'silent' : undefined);
    bench.engine.startDiscovery();
    await bench.clock.advance(1500);
    device.script = () => undefined;
    bench.bus.transcript.length = 0;
    await bench.clock.advance(10_000);
    expect(bench.bus.commands()).toEqual(['03@01']);
  });

  test('stop while an attempt is under way', async () => {
    bench = new Bench(configured({ address: at(1) }));
    bench.device(1).dead = true;
    bench.engine.startDiscovery();
    await bench.clock.advance(100);
    bench.engine.stop();
    await bench.clock.advance(5000);
    expect(bench.bus.commands()).toHaveLength(4);
    expect(bench.clock.timers).toBe(0);
    // That nobody answered is no news any more.
    expect(bench.logged.map(({ message }) => message)).not.toContain('device not there');
  });
});
