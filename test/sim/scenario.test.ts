import { isMctpError } from '../../src/base/errors';
import { toHex } from '../../src/base/bytes';
import { parseScenario } from '../../src/sim/scenario';

function refusal(value: unknown): string {
  try {
    parseScenario(value, 'sim.toml');
  } catch (error) {
    if (isMctpError(error, 'configuration')) return error.message;
    throw error;
  }
  return 'accepted';
}

const pty = { name: 'serial0', kind: 'pty', device: [{}] };

test('an empty device is a plain one', () => {
  const [bus] = parseScenario({ bus: [pty] }, 'sim.toml').buses;
  expect(bus?.devices).toMatchObject([{ name: 'serial0', eid: 0, types: [0], silent: false, latencyMs: 0 }]);
});

test('count makes devices with consecutive addresses, EIDs and UUIDs', () => {
  const device = {
    address: 0x1d,
    count: 3,
    eid: 40,
    uuid: '595a522d-77c5-4628-8400-37bfb41b00ff',
    types: ['nvme-mi'],
  };
  const [bus] = parseScenario({ bus: [{ name: 'b', kind: 'sim', device: [device] }] }, 'sim.toml').buses;
  const seen = bus?.devices.map((each) => [
    each.address[0],
    each.eid,
    toHex(each.uuid ?? new Uint8Array()).slice(-4),
  ]);
  expect(seen).toEqual([
    [0x1d, 40, '00ff'],
    [0x1e, 41, '0100'],
    [0x1f, 42, '0101'],
  ]);
  expect(bus?.devices[0]?.types).toEqual([4]);
});

test('a device with others behind it is a bridge with room for all of them', () => {
  const drive = { name: 'drive', count: 2, uuid: '595a522d-77c5-4628-8400-37bfb41b0000', latency_ms: 5 };
  const bridge = { address: 0x20, downstream: [drive, { silent: true }], downstream_ready_ms: 4000 };
  const [bus] = parseScenario({ bus: [{ name: 'b', kind: 'sim', device: [bridge] }] }, 'sim.toml').buses;
  const [profile] = bus?.devices ?? [];
  expect(profile).toMatchObject({ name: 'b-20', poolSize: 3, downstreamReadyMs: 4000 });
  expect(profile?.downstream.map((each) => [each.name, each.uuid?.at(-1), each.silent])).toEqual([
    ['drive-0', 0, false],
    ['drive-1', 1, false],
    ['b-20-port2', undefined, true],
  ]);
});

test('pool_size may ask for more EIDs, or fewer', () => {
  const device = [{ address: 0x20, downstream: [{}], pool_size: 4 }];
  const [bus] = parseScenario({ bus: [{ name: 'b', kind: 'sim', device }] }, 'sim.toml').buses;
  expect(bus?.devices[0]?.poolSize).toBe(4);
});

test.each([
  ['no bus', {}, 'sim.toml: bus: Invalid input: expected array, received undefined'],
  ['an unknown key', { bus: [{ ...pty, colour: 1 }] }, 'sim.toml: bus[0]: Unrecognized key: "colour"'],
  [
    'two devices on a pty',
    { bus: [{ ...pty, device: [{}, {}] }] },
    'found 2 devices, expected exactly one on a pty',
  ],
  ['an address on a pty', { bus: [{ ...pty, device: [{ address: 1 }] }] }, 'a serial line has no addresses'],
  [
    'no address on a bus',
    { bus: [{ name: 'b', kind: 'sim', device: [{}] }] },
    'device.address: expected 0..255',
  ],
  [
    'an address twice',
    { bus: [{ name: 'b', kind: 'sim', device: [{ address: 1 }, { address: 1 }] }] },
    'address 1 is used twice',
  ],
  [
    'an address of a device behind a bridge',
    { bus: [{ ...pty, device: [{ downstream: [{ address: 1 }] }] }] },
    'bus[0].device[0].downstream[0]: Unrecognized key: "address"',
  ],
  [
    'several bridges with the same devices behind them',
    { bus: [{ name: 'b', kind: 'sim', device: [{ address: 1, count: 2, downstream: [{}] }] }] },
    'bus[0].device[0].count: expected 1 where',
  ],
  ['a name twice', { bus: [pty, pty] }, '"serial0" is used twice'],
  ['a reserved EID', { bus: [{ ...pty, device: [{ eid: 7 }] }] }, 'expected 0 or 8..254'],
  ['a UUID of the wrong form', { bus: [{ ...pty, device: [{ uuid: 'x' }] }] }, 'expected a UUID'],
])('refuses %s', (_what, value, message) => {
  expect(refusal(value)).toContain(message);
});

test('a drive: what it says, how it changes, how it misbehaves', () => {
  const nvme = {
    model: 'M',
    serial: 'S1',
    temperature_celsius: 40,
    warnings: ['spare', 'read-only'],
    port: [{ kind: 'smbus' }],
    vpd: '01ff',
    change: [
      { at_ms: 900, percentage_used: 101 },
      { at_ms: 100, warnings: [] },
    ],
    fault: [
      { kind: 'more-processing', command: 'identify', ms: 700 },
      { kind: 'silence', times: 2 },
    ],
  };
  const device = { address: 0x1d, count: 2, types: ['control', 'nvme-mi'], nvme };
  const [bus] = parseScenario({ bus: [{ name: 'b', kind: 'sim', device: [device] }] }, 'sim.toml').buses;
  const [first, second] = (bus?.devices ?? []).map((each) => each.nvme);
  expect(first).toMatchObject({
    model: 'M',
    serial: 'S1',
    controllers: 1,
    ports: [{ kind: 'smbus', transmissionUnit: 64 }],
    vpd: Uint8Array.of(1, 0xff),
    health: { functional: true, temperatureCelsius: 40, criticalWarning: 0x09, sparePercent: 100 },
    changes: [
      { atMs: 100, criticalWarning: 0 },
      { atMs: 900, percentageUsed: 101 },
    ],
    faults: [
      { kind: 'more-processing', command: { type: 2, opcode: 6 }, ms: 700, times: Infinity },
      { kind: 'silence', command: undefined, times: 2 },
    ],
  });
  expect(second?.serial).toBe('S1-1');
});

test('a drive that cannot be is refused, key by key', () => {
  const nvme = { temperature_celsius: 200, fault: [{ kind: 'explodes' }], vpd: '0' };
  const message = refusal({ bus: [{ ...pty, device: [{ nvme }] }] });
  for (const key of ['temperature_celsius', 'fault[0].kind', 'vpd']) {
    expect(message).toContain(`bus[0].device[0].nvme.${key}`);
  }
});
