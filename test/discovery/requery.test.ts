import { PhysicalBinding } from '../../src/base/ids';
import { Bench, UUID } from './bench';

let bench: Bench;

beforeEach(() => {
  bench = new Bench();
});

afterEach(() => bench.stop());

const vendors = { eid: 30, types: [0, 0x7e] } as const;

describe('property query', () => {
  test('R-DISC-40 types as received, order and duplicates kept; none at all is fine', async () => {
    bench.device(1, { eid: 30, types: [5, 0, 5] });
    bench.device(2, { eid: 31, types: [] });
    await bench.setup(1);
    await bench.setup(2);
    expect(bench.registry.endpoint(1, 30)?.types).toEqual([5, 0, 5]);
    expect(bench.registry.endpoint(1, 31)?.types).toEqual([]);
  });

  test('R-DISC-40 trailing bytes fail, but not on PCIe VDM links', async () => {
    bench.device(1, { eid: 30 }).script = (command) => (command === 5 ? '00 01 00 00' : undefined);
    await bench.failure(bench.engine.setupEndpoint(1, Uint8Array.of(1)), 'query-failed');
    bench.bus.addLink({ index: 2, network: 2, physicalBinding: PhysicalBinding.pcieVdm });
    bench.device(1, { link: 2, eid: 30 }).script = (command) => (command === 5 ? '00 01 00 00' : undefined);
    await bench.clock.settle(bench.engine.setupEndpoint(2, Uint8Array.of(1)));
    expect(bench.registry.endpoint(2, 30)?.types).toEqual([0]);
  });

  test('R-DISC-41 not asked for without type 7e or 7f', async () => {
    bench.device(1, { eid: 30, types: [0, 1] });
    await bench.setup(1);
    expect(bench.bus.commands()).not.toContain('06@01');
  });

  test.each([
    ['a selector that jumps', '00 02 00 8086 0001'],
    ['a selector that stays', '00 00 00 8086 0001'],
    ['an unknown format', 'ff 05 8086 0001'],
    ['a length that does not fit the format', '00 ff 01 8086 0001'],
    ['a refusal', '02'],
  ])('R-DISC-41 %s drops the list, not the endpoint, and is final', async (_what, answer) => {
    const device = bench.device(1, { ...vendors, vendorTypes: ['00 8086 0001', '00 8086 0002'] });
    device.script = (command, data) => (command === 6 && data[0] === 0 ? answer : undefined);
    await bench.setup(1);
    expect(bench.registry.endpoint(1, 30)?.vendorTypes).toEqual([]);
    expect(bench.clock.timers).toBe(0);
  });

  test('R-DISC-41 a device that never ends its list', async () => {
    const device = bench.device(1, vendors);
    device.script = (command, data) => {
      if (command !== 6) return undefined;
      const next = ((data[0] ?? 0) + 1).toString(16).padStart(2, '0');
      return `00 ${next} 00 8086 0001`;
    };
    await bench.setup(1);
    expect(bench.registry.endpoint(1, 30)?.vendorTypes).toHaveLength(255);
  });

  test('R-DISC-41 R-CONS-8 a long list that comes slowly is read in the background, the caller has its answer in time', async () => {
    const device = bench.device(1, { ...vendors, latencyMs: 240 });
    device.script = (command, data) => {
      if (command !== 6) return undefined;
      const next = ((data[0] ?? 0) + 1).toString(16).padStart(2, '0');
      return `00 ${next} 00 8086 0001`;
    };
    const began = bench.clock.now();
    await bench.setup(1);
    expect(bench.clock.now() - began).toBeLessThan(15_000);
    expect(bench.registry.endpoint(1, 30)?.vendorTypes).toEqual([]);
    await bench.clock.advance(1000 + 255 * 240);
    expect(bench.registry.endpoint(1, 30)?.vendorTypes).toHaveLength(255);
    expect(bench.clock.timers).toBe(0);
  });

  test('R-DISC-42 no UUID command: published without, and never asked again', async () => {
    bench.device(1, { eid: 30 });
    await bench.setup(1);
    expect(bench.registry.endpoint(1, 30)?.uuid).toBeUndefined();
    expect(bench.clock.timers).toBe(0);
  });
});

describe('background repetition', () => {
  test('R-DISC-42 R-DISC-18 R-DISC-11 1, 2, 4, 8, 16, 30, 30 s after each silence, with the attempts of the link', async () => {
    bench.device(1, { eid: 30 }).script = (command) => (command === 3 ? 'silent' : undefined);
    await bench.setup(1);
    expect(bench.eids()).toEqual([30]);
    const published = bench.clock.now();
    bench.bus.transcript.length = 0;
    await bench.clock.advance(100_000);
    const begun = bench.bus.begun('03');
    const gaps = begun.map((each, at) => each - (begun[at - 1] ?? published - 1000) - 1000);
    expect(gaps).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  });

  test('R-DISC-42 R-DBUS-23 R-DBUS-24 a value that comes late: removed and added again with it', async () => {
    const device = bench.device(1, { eid: 30, uuid: UUID });
    device.script = (command) => (command === 3 ? 'silent' : undefined);
    await bench.setup(1);
    bench.events.length = 0;
    device.script = () => undefined;
    await bench.clock.advance(1100);
    expect(bench.events).toEqual(['endpoint-removed 1/30', 'endpoint-added 1/30']);
    expect(bench.registry.endpoint(1, 30)?.uuid).toBe(UUID);
    expect(bench.clock.timers).toBe(0);
    expect(bench.paths()).toEqual(['30 -> 01', 'route 30 mtu 68']);
  });

  test('R-DISC-42 vendor defined types from selector 0; both values in one step', async () => {
    const device = bench.device(1, { ...vendors, uuid: UUID, vendorTypes: ['00 8086 0001', '00 8086 0002'] });
    device.script = (command, data) =>
      (command === 6 && data[0] === 1) || command === 3 ? 'silent' : undefined;
    await bench.setup(1);
    expect(bench.registry.endpoint(1, 30)?.vendorTypes).toEqual([]);
    bench.events.length = 0;
    device.script = () => undefined;
    await bench.clock.advance(1100);
    expect(bench.registry.endpoint(1, 30)?.vendorTypes).toHaveLength(2);
    expect(bench.events).toHaveLength(2);
  });

  test('R-DISC-42 a late refusal ends it without a signal', async () => {
    const device = bench.device(1, { eid: 30 });
    device.script = (command) => (command === 3 ? 'silent' : undefined);
    await bench.setup(1);
    bench.events.length = 0;
    device.script = () => undefined;
    await bench.clock.advance(1100);
    expect([bench.events, bench.clock.timers]).toEqual([[], 0]);
  });

  test('R-DISC-42 removal ends it, also while a question is out', async () => {
    const device = bench.device(1, { eid: 30, uuid: UUID, latencyMs: 100 });
    device.script = (command) => (command === 3 ? 'silent' : undefined);
    await bench.setup(1);
    device.script = () => undefined;
    await bench.clock.advance(1050);
    await bench.clock.settle(bench.engine.remove(1, 30));
    bench.events.length = 0;
    await bench.clock.advance(60_000);
    expect([bench.events, bench.clock.timers]).toEqual([[], 0]);
  });

  test('R-DISC-42 removal ends it, also when the question that is out stays unanswered', async () => {
    bench.device(1, { eid: 30 }).script = (command) => (command === 3 ? 'silent' : undefined);
    await bench.setup(1);
    await bench.clock.advance(1050);
    await bench.clock.settle(bench.engine.remove(1, 30));
    await bench.clock.advance(1000);
    expect(bench.clock.timers).toBe(0);
  });

  test('R-DISC-42 stop ends it', async () => {
    bench.device(1, { eid: 30 }).script = (command) => (command === 3 ? 'silent' : undefined);
    await bench.setup(1);
    expect(bench.clock.timers).toBe(1);
    bench.engine.stop();
    expect(bench.clock.timers).toBe(0);
  });

  test('R-DISC-42 an operation that ends after stop leaves no timer either', async () => {
    bench.device(1, { eid: 30 }).script = (command) => (command === 3 ? 'silent' : undefined);
    const call = bench.engine.setupEndpoint(1, Uint8Array.of(1));
    await bench.clock.advance(10);
    bench.engine.stop();
    await bench.clock.settle(call);
    expect(bench.clock.timers).toBe(0);
  });
});
