import { PhysicalBinding } from '../../../src/base/ids';
import type { NetLink } from '../../../src/core/net';
import type { Role } from '../../../src/discovery/registry';
import { FakeDevice } from '../fake-device';
import { MemberBench, OWNER } from './member-bench';

let bench: MemberBench;

afterEach(() => bench.stop());

/** On a PCIe VDM link with the root complex at the address that means "route to root complex". */
function onPcie(role: Role, link: Partial<NetLink> = {}): void {
  bench = new MemberBench({ role: () => role }, [
    { physicalBinding: PhysicalBinding.pcieVdm, addressLength: 3, ...link },
  ]);
  bench.engine.startDiscovery();
}

/** Physical addresses and requests of what was sent, without the instance ID. */
const sent = (): string[] =>
  bench.bus
    .exchanges()
    .filter(({ request }) => request.slice(2) === '0d')
    .map(({ way, to }) => `${way} ${to}`);

test('R-DISC-149 R-DISC-161 PCIe VDM: to the root complex when the link is there, three attempts', async () => {
  onPcie('Endpoint');
  await bench.clock.advance(10_000);
  expect(sent()).toEqual(['physical 000000', 'physical 000000', 'physical 000000']);
  expect(bench.bus.exchanges()[0]?.request).toBe('800d');
  expect(bench.bus.times('0d')).toEqual([0, 360, 720]);
});

test('R-DISC-161 I3C: to the controller, and no more once it is acknowledged', async () => {
  bench = new MemberBench({}, [{ physicalBinding: PhysicalBinding.i3c, addressLength: 6 }]);
  const controller = new FakeDevice(0, { eid: 8 });
  Object.assign(controller, { address: new Uint8Array(6) });
  controller.script = (command) => (command === 0x0d ? '00' : undefined);
  bench.bus.attach(controller);
  bench.engine.startDiscovery();
  await bench.clock.advance(10_000);
  expect(sent()).toEqual(['physical 000000000000']);
});

test.each([
  ['a bus owner', 'BusOwner', PhysicalBinding.pcieVdm],
  ['a link without a role', 'Unknown', PhysicalBinding.pcieVdm],
  ['SMBus', 'Endpoint', PhysicalBinding.smbus],
  ['serial', 'Endpoint', PhysicalBinding.serial],
] as const)('R-DISC-149 %s sends none', async (_what, role, physicalBinding) => {
  onPcie(role, { physicalBinding, addressLength: 1 });
  await bench.clock.advance(10_000);
  expect(sent()).toEqual([]);
});

test('R-DISC-149 when the link comes up, and not while it is down', async () => {
  onPcie('Endpoint', { up: false });
  await bench.clock.advance(10_000);
  expect(sent()).toEqual([]);
  bench.bus.changeLink(1, { up: true });
  await bench.clock.advance(10_000);
  expect(sent()).toHaveLength(3);
});

test('R-DISC-149 R-DBUS-13 when the role becomes Endpoint', async () => {
  onPcie('Unknown');
  bench.engine.setRole(1, 'Endpoint');
  await bench.clock.advance(10_000);
  expect(sent()).toHaveLength(3);
});

test('R-DISC-149 when the flag is cleared, after the answer to that; clear already is no news', async () => {
  onPcie('Endpoint');
  await bench.ask('83 01 00 32');
  await bench.clock.advance(10_000);
  const before = sent().length;
  expect(await bench.ask('83 0b')).toBe('030b00');
  const { transcript } = bench.bus;
  expect(transcript.findLastIndex((each) => typeof each === 'string')).toBe(transcript.length - 2);
  await bench.clock.advance(10_000);
  expect(sent().length - before).toBe(3);
  await bench.ask('83 0b');
  await bench.clock.advance(10_000);
  expect(sent().length - before).toBe(3);
});

test('D-12 whoever sets and clears the flag all the time gets one notification after the other', async () => {
  onPcie('Endpoint');
  bench.device(OWNER.address, { eid: OWNER.eid });
  for (let turn = 0; turn < 200; turn++) {
    await bench.ask('83 01 03 32');
    await bench.ask('83 0b');
  }
  expect(sent()).toHaveLength(1);
  await bench.clock.advance(20_000);
  expect(sent()).toHaveLength(6);
});

test('D-11 stopped in the middle: no further one', async () => {
  onPcie('Endpoint');
  await bench.clock.advance(100);
  await bench.ask('83 01 03 32');
  await bench.ask('83 0b');
  bench.engine.stop();
  await bench.clock.advance(10_000);
  expect(sent()).toHaveLength(3);
});
