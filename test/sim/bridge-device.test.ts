import fc from 'fast-check';
import { toHex } from '../../src/base/bytes';
import { LoopbackBus } from '../../src/bindings/loopback';
import type { Binding } from '../../src/core/binding';
import { BridgeDevice } from '../../src/sim/bridge-device';
import { PLAIN_DEVICE, type DeviceProfile } from '../../src/sim/profile';
import { TestClock } from '../support/test-clock';
import { hex } from '../support/vectors';

const UUID = hex('595a522d77c54628840037bfb41b710d');
const PLUGGED: DeviceProfile = { ...PLAIN_DEVICE, uuid: UUID, types: [0, 4] };

/** Set Endpoint ID 9 and Allocate Endpoint IDs 10..11, physical and routed, from EID 8. */
const SET_EID = '01 00 08 c8 00 81 01 00 09';
const ALLOCATE = '01 09 08 c8 00 82 08 00 02 0a';

/** A bus with a bridge at 0x20 and its owner at 0x10. Packets by hand from DSP0236 §8.1 and §12. */
class Bench {
  readonly clock = new TestClock();
  readonly heard: string[] = [];
  readonly bridge: BridgeDevice;
  private readonly owner: Binding;

  constructor(profile: Partial<DeviceProfile> = {}) {
    const medium = new LoopbackBus();
    this.owner = medium.attach(0x10);
    const whole = { ...PLAIN_DEVICE, poolSize: 2, downstream: [PLUGGED, PLUGGED], ...profile };
    this.bridge = new BridgeDevice(medium.attach(0x20), whole, this.clock);
  }

  /** What comes back for a packet, without its version byte; after `ms`. */
  async say(packet: string, ms = 0): Promise<string[]> {
    this.heard.length = 0;
    this.owner.send(hex(packet), Uint8Array.of(0x20));
    await this.clock.advance(ms);
    return this.heard;
  }

  static async start(profile: Partial<DeviceProfile> = {}): Promise<Bench> {
    const bench = new Bench(profile);
    await bench.owner.open({
      packet: (packet, source) => bench.heard.push(`${toHex(source)}: ${toHex(packet).slice(2)}`),
      writable: () => undefined,
      up: () => undefined,
      drop: () => undefined,
    });
    await bench.bridge.open();
    return bench;
  }

  /** With EID 9 and its pool. */
  static async allocated(profile: Partial<DeviceProfile> = {}): Promise<Bench> {
    const bench = await Bench.start(profile);
    expect(await bench.say(SET_EID)).toEqual(['20: 0809c0' + '00010100010902']);
    expect(await bench.say(ALLOCATE)).toEqual(['20: 0809c0' + '000208' + '0000020a']);
    return bench;
  }
}

const askEid = (eid: number): string => `01 ${toHex(Uint8Array.of(eid))} 08 c8 00 83 02`;

test('before it has a pool nobody behind it answers', async () => {
  const bench = await Bench.start();
  expect(await bench.say(askEid(10))).toEqual([]);
  expect(await bench.say('01 00 08 c8 00 83 02')).toEqual(['20: 0800c0' + '00030200001000']);
});

test('R-DISC-61 with its pool the devices behind it answer at its address, under EIDs of the pool in order', async () => {
  const bench = await Bench.allocated();
  expect(await bench.say(askEid(10))).toEqual(['20: 080ac0' + '000302000a0000']);
  expect(await bench.say(askEid(11))).toEqual(['20: 080bc0' + '000302000b0000']);
  expect(await bench.say(askEid(12))).toEqual([]);
  expect(await bench.say('01 09 08 c8 00 83 02')).toEqual(['20: 0809c0' + '00030200091000']);
});

test('R-DISC-115 they answer only after a while', async () => {
  const bench = await Bench.allocated({ downstreamReadyMs: 4000 });
  await bench.clock.advance(3999);
  expect(await bench.say(askEid(10))).toEqual([]);
  expect(await bench.say(askEid(10), 1)).toEqual([]);
  expect(await bench.say(askEid(10))).toEqual(['20: 080ac0' + '000302000a0000']);
});

test('messages of several packets cross it both ways', async () => {
  const types = Array.from({ length: 100 }, (_, type) => type);
  const bench = await Bench.allocated({ downstream: [{ ...PLUGGED, types }] });
  expect(await bench.say('01 0a 08 88 00 83')).toEqual([]);
  const answer = await bench.say('01 0a 08 58 05');
  expect(answer.map((each) => each.slice(0, 10))).toEqual(['20: 080a80', '20: 080a50']);
  expect(answer.map((each) => each.length)).toEqual([10 + 2 * 64, 10 + 2 * (5 + 100 - 64)]);
});

test('random packets never throw', async () => {
  const bench = await Bench.allocated();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (packet) =>
      bench.bridge.packet(packet, Uint8Array.of(0x10)),
    ),
  );
  await bench.clock.advance(0);
});

describe('while it runs', () => {
  test('a device is unplugged, and another one takes its place and EID', async () => {
    const bench = await Bench.allocated({ downstreamReadyMs: 10 });
    await bench.clock.advance(10);
    bench.bridge.unplug(0);
    expect(await bench.say(askEid(10), 50)).toEqual([]);
    bench.bridge.plug(0, { ...PLAIN_DEVICE, name: 'other' });
    expect(await bench.say(askEid(10), 10)).toEqual([]);
    expect(await bench.say(askEid(10))).toHaveLength(1);
    expect(bench.bridge.at(0)?.profile.name).toBe('other');
  });

  test('a device that is reset has no EID for a while', async () => {
    const bench = await Bench.allocated({ downstreamReadyMs: 10 });
    await bench.clock.advance(10);
    bench.bridge.reset(1);
    expect(bench.bridge.at(1)?.eid).toBe(0);
    expect(await bench.say(askEid(11), 10)).toEqual([]);
    expect(await bench.say(askEid(11))).toHaveLength(1);
  });

  test('another pool by force gives them other EIDs', async () => {
    const bench = await Bench.allocated();
    expect(await bench.say('01 09 08 c8 00 82 08 01 01 1e')).toEqual(['20: 0809c0' + '000208' + '0000011e']);
    expect(await bench.say(askEid(10))).toEqual([]);
    expect(await bench.say(askEid(30))).toHaveLength(1);
    expect(bench.bridge.at(1)?.eid).toBe(0);
  });

  test('once closed it leaves no timer', async () => {
    const bench = await Bench.allocated({ downstreamReadyMs: 10 });
    bench.bridge.plug(0, PLUGGED);
    await bench.bridge.close();
    expect(bench.clock.timers).toBe(0);
  });
});

describe('Get Routing Table Entries', () => {
  const askTable = (handle: number): string => `01 09 08 c8 00 84 0a ${toHex(Uint8Array.of(handle))}`;

  test('one entry for each device behind it: size 1, EID, type 0 and port, port as address', async () => {
    const bench = await Bench.allocated();
    expect(await bench.say(askTable(0))).toEqual([
      '20: 0809c0' + '00040a00' + 'ff02' + '010a0000000100' + '010b0100000101',
    ]);
    bench.bridge.unplug(0);
    expect(await bench.say(askTable(0))).toEqual(['20: 0809c0' + '00040a00' + 'ff01' + '010b0100000101']);
    expect(await bench.say(askTable(1))).toEqual(['20: 0809c0' + '00040a02']);
  });

  test('eight entries at most in a response, the rest under the handle', async () => {
    const bench = await Bench.start({ poolSize: 9, downstream: Array<DeviceProfile>(9).fill(PLUGGED) });
    await bench.say(SET_EID);
    await bench.say('01 09 08 c8 00 82 08 00 09 0a');
    const [first] = await bench.say(askTable(0));
    expect(first?.slice(10, 22)).toBe('00040a000808');
    expect(first).toHaveLength(10 + 2 * (6 + 56));
    expect(await bench.say(askTable(8))).toEqual(['20: 0809c0' + '00040a00' + 'ff01' + '01120800000108']);
  });

  test('without devices it is empty; a simple endpoint does not know it', async () => {
    const empty = await Bench.allocated({ downstream: [] });
    expect(await empty.say(askTable(0))).toEqual(['20: 0809c0' + '00040a00' + 'ff00']);
    const simple = await Bench.start({ poolSize: 0, downstream: [] });
    await simple.say(SET_EID);
    expect(await simple.say(askTable(0))).toEqual(['20: 0809c0' + '00040a05']);
  });
});
