import { toHex } from '../../src/base/bytes';
import type { Binding } from '../../src/core/binding';
import { SimDevice } from '../../src/sim/device';
import { PLAIN_DRIVE } from '../../src/sim/nvme-drive';
import { PLAIN_DEVICE, type DeviceProfile } from '../../src/sim/profile';
import { TestClock } from '../support/test-clock';
import { hex } from '../support/vectors';

/** A port that keeps what is sent; `room` packets are taken before it says it is full. */
class FakePort implements Binding {
  readonly sent: string[] = [];
  room = Infinity;
  readonly info = {
    kind: 'fake',
    physicalBinding: 0,
    address: Uint8Array.of(0x1d),
    addressLength: 1,
    minMtu: 68,
    maxMtu: 68,
    pointToPoint: false,
  };

  open(): Promise<void> {
    return Promise.resolve();
  }

  send(packet: Uint8Array, destination: Uint8Array): boolean {
    if (this.room === 0) return false;
    this.room--;
    this.sent.push(`${toHex(destination)}: ${toHex(packet)}`);
    return true;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function setUp(profile: Partial<DeviceProfile> = {}): {
  port: FakePort;
  clock: TestClock;
  device: SimDevice;
} {
  const port = new FakePort();
  const clock = new TestClock();
  return { port, clock, device: new SimDevice(port, { ...PLAIN_DEVICE, ...profile }, clock) };
}

const OWNER = Uint8Array.of(0x10);
const GET_EID = hex('01 00 08 cb 00 80 02');

test('answers a physically addressed request under the tag it came with, EIDs swapped, TO clear', () => {
  const { port, device } = setUp();
  device.packet(GET_EID, OWNER);
  expect(port.sent).toEqual(['10: 010800c3' + '00000200000000']);
});

test('answers Set Endpoint ID from the EID it was given', () => {
  const { port, device } = setUp();
  device.packet(hex('01 00 08 c8 00 81 01 00 09'), OWNER);
  expect(port.sent).toEqual(['10: 010809c0' + '00010100000900']);
  expect(device.eid).toBe(9);
});

test('cuts a long answer into baseline packets and waits when the port is full', () => {
  const types = Array.from({ length: 100 }, (_, index) => index);
  const { port, device } = setUp({ types });
  port.room = 1;
  device.packet(hex('01 00 08 c8 00 80 05'), OWNER);
  expect(port.sent.map((each) => each.length)).toEqual([4 + 2 * 68]);
  port.room = 1;
  device.writable();
  expect(port.sent[1]?.slice(4, 12)).toBe('01080050');
});

test('answers after its latency, not before', async () => {
  const { port, clock, device } = setUp({ latencyMs: 5 });
  device.packet(GET_EID, OWNER);
  await clock.advance(4);
  expect(port.sent).toEqual([]);
  await clock.advance(1);
  expect(port.sent).toHaveLength(1);
});

test('a closed device leaves no timer and sends nothing more', async () => {
  const { port, clock, device } = setUp({ latencyMs: 5 });
  device.packet(GET_EID, OWNER);
  await device.close();
  expect(clock.timers).toBe(0);
  await clock.advance(10);
  expect(port.sent).toEqual([]);
});

test.each([
  ['a packet for another EID', '01 0a 08 cb 00 80 02', 'NotForUs'],
  ['a response', '01 00 08 c3 00 00 02 00', 'UnexpectedResponse'],
  ['half a header', '01 00 08', 'PacketTooShort'],
  ['a middle without a start', '01 00 08 1b 00', 'UnexpectedMiddleOrEnd'],
] as const)('counts %s', (_what, packet, reason) => {
  const { port, device } = setUp({ eid: 9 });
  device.packet(hex(packet), OWNER);
  expect(port.sent).toEqual([]);
  expect(device.drops.get(reason)).toBe(1);
});

test('a flood fills no more than its bounded queue', async () => {
  const { port, clock, device } = setUp({ latencyMs: 5 });
  for (let i = 0; i < 1000; i++) device.packet(GET_EID, OWNER);
  expect(clock.timers).toBe(64);
  expect(device.drops.get('TransmitQueueFull')).toBe(936);
  await clock.advance(5);
  expect(port.sent).toHaveLength(64);
});

test('messages that never end do not keep it from taking others in for good', async () => {
  const { clock, device } = setUp();
  const start = (source: number): void => device.packet(Uint8Array.of(1, 0, source, 0x88, 1, 2), OWNER);
  for (let source = 8; source < 88; source++) start(source);
  expect(device.drops.get('NoReassemblyContext')).toBe(80 - 64);
  await clock.advance(6000);
  start(100);
  expect(device.drops.get('NoReassemblyContext')).toBe(80 - 64);
});

test('several answers to one request leave under its tag, each at its time, until the drive is told to stop', async () => {
  const faults = [
    {
      kind: 'more-processing',
      command: undefined,
      times: 1,
      ms: 200,
      announced: 7,
      fullSize: false,
      status: 2,
    },
  ] as const;
  const { port, clock, device } = setUp({ eid: 9, latencyMs: 10, nvme: { ...PLAIN_DRIVE, faults } });
  // Vector read_subsystem_info, in one packet.
  device.packet(hex('01 09 08 cb 84080000000000000000000000000000e2000607'), OWNER);
  await clock.advance(10);
  expect(port.sent.map((each) => each.slice(0, 28))).toEqual(['10: 010809c38488000001000700']);
  await clock.advance(199);
  expect(port.sent).toHaveLength(1);
  await clock.advance(1);
  expect(port.sent[1]?.slice(0, 28)).toBe('10: 010809c38488000000200000');
  expect(clock.timers).toBe(0);
});
