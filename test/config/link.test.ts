import { bindingKind } from '../../src/bindings/catalog';
import { LINKS, link, load, refusal, warningsOf } from './support';

const COMMON = {
  network: undefined,
  eid: 8,
  role: 'BusOwner',
  mtu: 68,
  discover: 'static',
  forward: false,
  capture: undefined,
  timeoutMs: undefined,
  attempts: 4,
  poolRequest: 0,
  upstream: undefined,
  endpoints: [],
};

describe('R-DBUS-45 [[link]]', () => {
  test.each([
    ['serial', 's0', 'probe', { path: '/dev/ttyS0', baud: 115_200, peer_recovery: true }],
    ['i2c', 'i0', 'static', { bus: 5, address: 0x10, mqueue: '/sys/bus/i2c/devices/5-1010/slave-mqueue' }],
    ['pcie', 'p0', 'static', { device: '/dev/aspeed-mctp' }],
    ['loopback', 'l0', 'static', {}],
    ['sim', 'm0', 'static', { socket: '/run/sim.sock' }],
  ] as const)('%s: defaults', (binding, name, discover, own) => {
    expect(link(LINKS[binding])).toEqual({ ...COMMON, binding, name, discover, options: own });
    expect(warningsOf(LINKS[binding])).toEqual([]);
  });

  test.each(['serial', 'loopback', 'sim'] as const)(
    '%s: the largest mtu is that of the binding',
    (binding) => {
      const { minMtu, maxMtu } = bindingKind(binding);
      for (const mtu of [minMtu, maxMtu])
        expect(link(`${LINKS[binding]}mtu = ${mtu}`)).toMatchObject({ mtu });
    },
  );

  test.each([
    ['network = 2147483647', { network: 2_147_483_647 }],
    ['eid = 254', { eid: 254 }],
    ['role = "endpoint"', { role: 'Endpoint', eid: undefined }],
    ['role = "unknown"', { role: 'Unknown', eid: undefined }],
    ['role = "endpoint"\neid = 9', { role: 'Endpoint', eid: 9 }],
    ['mtu = 251', { mtu: 251 }],
    ['discover = "off"', { discover: 'off' }],
    ['discover = "static"', { discover: 'static' }],
    ['forward = true', { forward: true }],
    ['capture = "/x.pcap"', { capture: '/x.pcap' }],
    ['timeout_ms = 100000', { timeoutMs: 100_000 }],
    ['attempts = 1', { attempts: 1 }],
    ['role = "endpoint"\npool_request = 246', { poolRequest: 246 }],
    ['baud = 300', { options: { baud: 300 } }],
    ['baud = 4000000', { options: { baud: 4_000_000 } }],
    ['peer_recovery = false', { options: { peer_recovery: false } }],
  ])('a serial link accepts %j', (line, expected) => {
    expect(link(LINKS.serial + line)).toMatchObject(expected);
  });

  test('the top-level role is the default', () => {
    expect(link(`role = "endpoint"\n${LINKS.i2c}`)).toMatchObject({ role: 'Endpoint', eid: undefined });
  });

  test('i2c: own address and the file it names', () => {
    expect(link(`${LINKS.i2c}address = 0x0f`)).toMatchObject({
      options: { address: 0x0f, mqueue: '/sys/bus/i2c/devices/5-100f/slave-mqueue' },
    });
    const own = link(`${LINKS.i2c}mqueue = "/x"\nmtu = 254`);
    expect(own).toMatchObject({ mtu: 254, options: { mqueue: '/x' } });
  });

  test.each([
    ['serial', 'network = 0', 'network: found 0, expected an integer 1..2147483647'],
    ['serial', 'eid = 7', 'eid: found 7, expected an integer 8..254'],
    ['serial', 'eid = 255', 'eid: found 255, expected an integer 8..254'],
    ['serial', 'role = "x"', 'role: found "x", expected one of "bus-owner", "endpoint", "unknown"'],
    ['serial', 'mtu = 67', 'mtu: found 67, expected an integer 68..251'],
    ['serial', 'mtu = 252', 'mtu: found 252, expected an integer 68..251'],
    ['i2c', 'mtu = 255', 'mtu: found 255, expected an integer 68..254'],
    ['pcie', 'mtu = 4101', 'mtu: found 4101, expected an integer 68..4100'],
    ['loopback', 'mtu = 65536', 'mtu: found 65536, expected an integer 68..65535'],
    ['sim', 'mtu = 65536', 'mtu: found 65536, expected an integer 68..65535'],
    ['i2c', 'discover = "probe"', 'discover: found "probe", expected one of "off", "static"'],
    ['serial', 'forward = 1', 'forward: found 1, expected true or false'],
    ['serial', 'capture = "x"', 'capture: found "x", expected an absolute path'],
    ['serial', 'timeout_ms = 0', 'timeout_ms: found 0, expected an integer 1..100000'],
    ['serial', 'attempts = 0', 'attempts: found 0, expected an integer 1..10'],
    ['serial', 'attempts = 11', 'attempts: found 11, expected an integer 1..10'],
    ['serial', 'pool_request = 247', 'pool_request: found 247, expected an integer 0..246'],
    ['serial', 'baud = 299', 'baud: found 299, expected at least 300'],
    ['serial', 'baud = 4000001', 'baud: found 4000001, expected at most 4000000'],
    ['serial', 'baud = "fast"', 'baud: found "fast", expected an integer'],
    ['serial', 'peer_recovery = 1', 'peer_recovery: found 1, expected true or false'],
    ['i2c', 'address = 7', 'address: found 7, expected an integer 8..119'],
    ['i2c', 'address = 0x78', 'address: found 120, expected an integer 8..119'],
    ['i2c', 'mqueue = "x"', 'mqueue: found "x", expected an absolute path'],
  ] as const)('%s link refuses %j', (binding, line, message) => {
    const [refused = '', ...more] = refusal(LINKS[binding] + line);
    expect(more).toEqual([]);
    expect(refused.replace(/^test.toml:\d+: link\[0\]\./, '')).toBe(message);
  });

  test.each([
    ['serial', 'bus = 5'],
    ['i2c', 'baud = 9600'],
    ['pcie', 'path = "/dev/x"'],
    ['loopback', 'socket = "/x"'],
    ['sim', 'device = "/x"'],
  ] as const)('a %s link refuses the key of another binding: %s', (binding, line) => {
    const [key = ''] = line.split(' ');
    expect(refusal(LINKS[binding] + line)).toEqual([
      expect.stringMatching(
        `^test.toml:\\d: link\\[0\\]\\.${key}: found an unknown key, expected one of name, `,
      ),
    ]);
  });

  test.each([
    ['name = "x"', '1: link[0].binding: found nothing'],
    ['name = "x"\nbinding = "usb"', '3: link[0].binding: found "usb"'],
    ['binding = "loopback"', '1: link[0].name: found nothing'],
    ['name = "x"\nbinding = "serial"', '1: link[0].path: found nothing'],
    [
      'name = "x"\nbinding = "serial"\npath = "ttyS0"',
      '4: link[0].path: found "ttyS0", expected an absolute path',
    ],
    ['name = "x"\nbinding = "i2c"', '1: link[0].bus: found nothing, expected an integer 0..65535'],
    ['name = "x"\nbinding = "i2c"\nbus = 65536', '4: link[0].bus: found 65536'],
    ['name = "x"\nbinding = "pcie"', '1: link[0].device: found nothing'],
    ['name = "x"\nbinding = "sim"', '1: link[0].socket: found nothing'],
    ['name = ""\nbinding = "loopback"', '2: link[0].name: found ""'],
    ['name = "sixteen-letters-"\nbinding = "loopback"', '2: link[0].name: found "sixteen-letters-"'],
    ['name = "a/b"\nbinding = "loopback"', '2: link[0].name: found "a/b", expected 1..15 characters'],
  ])('refuses a link of %j', (keys, message) => {
    const refused = refusal(`[[link]]\n${keys}`);
    expect(refused).toHaveLength(1);
    expect(refused[0]?.startsWith(`test.toml:${message}`)).toBe(true);
  });
});

describe('R-DBUS-17 [[link.endpoint]]', () => {
  const device = (binding: keyof typeof LINKS, keys: string): string =>
    `${LINKS[binding]}[[link.endpoint]]\n${keys}\n`;

  test('all four keys', () => {
    const text = device('i2c', 'address = [0x1d]\neid = 20\npool_size = 234\ninventory = "/xyz/drive_0"');
    expect(link(text).endpoints).toEqual([
      { address: Uint8Array.of(0x1d), eid: 20, poolSize: 234, inventory: '/xyz/drive_0' },
    ]);
    expect(link(device('serial', 'address = []')).endpoints).toEqual([
      { address: new Uint8Array(0), eid: undefined, poolSize: undefined, inventory: undefined },
    ]);
    expect(link(device('pcie', 'address = [1, 0]')).endpoints).toHaveLength(1);
    expect(link(device('sim', 'address = [200]')).endpoints).toHaveLength(1);
  });

  test.each([
    ['i2c', 'eid = 9', 'address: found nothing, expected an array'],
    ['i2c', 'address = [256]', 'address[0]: found 256, expected an integer 0..255'],
    ['i2c', 'address = []', 'address: found [], expected one byte 0..127, the 7-bit address'],
    ['i2c', 'address = [0x80]', 'address: found [128], expected one byte 0..127, the 7-bit address'],
    ['i2c', 'address = [1, 2]', 'address: found [1, 2], expected one byte 0..127, the 7-bit address'],
    ['serial', 'address = [1]', 'address: found [1], expected []: the link has one device and no addresses'],
    ['pcie', 'address = [1]', 'address: found [1], expected 2 to 4 bytes: bus, device/function'],
    ['loopback', 'address = []', 'address: found [], expected one byte'],
    ['sim', 'address = [1, 2]', 'address: found [1, 2], expected one byte'],
    ['i2c', 'address = [1]\neid = 255', 'eid: found 255, expected an integer 8..254'],
    ['i2c', 'address = [1]\neid = 8', 'eid: found 8, expected other EIDs: 8 is our own on this network'],
    [
      'i2c',
      'address = [1]\npool_size = 4',
      'pool_size: found 4 without eid, expected an eid, which the pool follows',
    ],
    ['i2c', 'address = [1]\neid = 9\npool_size = 247', 'pool_size: found 247, expected an integer 0..246'],
    [
      'i2c',
      'address = [1]\neid = 253\npool_size = 2',
      'pool_size: found 2 after EID 253, expected eid + pool_size <= 254 (R-DBUS-38)',
    ],
    ['i2c', 'address = [1]\ninventory = "x"', 'inventory: found "x", expected a D-Bus object path'],
    ['i2c', 'address = [1]\ninventory = "/a/"', 'inventory: found "/a/", expected a D-Bus object path'],
    [
      'i2c',
      'address = [1]\nname = "x"',
      'name: found an unknown key, expected one of address, eid, pool_size, inventory',
    ],
  ] as const)('%s link refuses %j', (binding, keys, message) => {
    const refused = refusal(device(binding, keys)).map((line) => line.replace(/^.*endpoint\[0\]\./, ''));
    expect(refused).toEqual([message]);
  });

  test('an address twice on one link, an EID or pool twice in one network', () => {
    const two = (second: string): string =>
      `${device('i2c', 'address = [1]\neid = 20\npool_size = 4')}[[link.endpoint]]\n${second}`;
    expect(load(two('address = [2]\neid = 25')).links[0]?.endpoints).toHaveLength(2);
    expect(refusal(two('address = [1]'))[0]).toMatch(/address: found \[1\] again/);
    expect(refusal(two('address = [2]\neid = 24'))[0]).toMatch(/24 is another device's on this network/);
    expect(refusal(two('address = [2]\neid = 16\npool_size = 4'))[0]).toMatch(
      /with a pool to 20, expected other EIDs: 20/,
    );
  });

  test('the same EID in another network is another EID', () => {
    const other = LINKS.sim + 'network = 2\n[[link.endpoint]]\naddress = [1]\neid = 20\n';
    expect(load(device('i2c', 'address = [1]\neid = 20') + other).links).toHaveLength(2);
    expect(refusal(device('i2c', 'address = [1]\neid = 20') + other.replace('2', '1'))).toHaveLength(1);
  });

  test('devices that nobody will set up are warned of', () => {
    expect(warningsOf(`${LINKS.i2c}discover = "off"\n[[link.endpoint]]\naddress = [1]`)).toEqual([
      expect.stringContaining('link[0].endpoint: found devices beside discover = "off"'),
    ]);
  });
});

describe('cross checks', () => {
  const pair = (first: string, second: string): string =>
    `[[link]]\nname = "${first}"\nbinding = "loopback"\n[[link]]\nname = "${second}"\nbinding = "loopback"\n`;

  test('R-DBUS-7 names and their D-Bus paths are unique', () => {
    expect(load(pair('a-b', 'a_b')).links).toHaveLength(2);
    expect(refusal(pair('a', 'a'))).toEqual([
      'test.toml:5: link[1].name: found "a" again, expected a name of its own',
    ]);
    expect(refusal(pair('a-b', 'a_2db'))).toEqual([
      'test.toml:5: link[1].name: found "a_2db", expected a name whose D-Bus path differs from that of "a-b" (R-DBUS-7)',
    ]);
  });

  test('two links that claim one EID of a network: a note when it was written, none for the default', () => {
    expect(warningsOf(pair('a', 'b'))).toEqual([]);
    expect(warningsOf(`${pair('a', 'b')}eid = 8`)).toEqual([
      'test.toml:7: link[1].eid: found 8, as on link "a", expected an EID of its own in network 1, unless both links are meant to share it',
    ]);
    expect(warningsOf(`${pair('a', 'b')}eid = 8\nnetwork = 2`)).toEqual([]);
  });

  test('D-10 links beside backend = "kernel" are warned of', () => {
    expect(warningsOf(`backend = "kernel"\n${LINKS.sim}`)).toEqual([
      expect.stringContaining('1: backend: found "kernel"'),
    ]);
  });

  const up = (keys = 'role = "endpoint"\npool_request = 4\n'): string => LINKS.pcie + keys;
  const down = (keys = ''): string => `${LINKS.i2c}upstream = "p0"\n${keys}`;

  test('R-DISC-170 upstream: no EID of its own, forwarding on both links (D-10)', () => {
    const [first, second] = load(up() + down()).links;
    expect(first).toMatchObject({ poolRequest: 4, forward: true, eid: undefined });
    expect(second).toMatchObject({ upstream: 'p0', forward: true, eid: undefined });
  });

  test.each([
    ['unknown link', down(), 'upstream: found "p0", expected the name of a [[link]] of this file'],
    [
      'no pool',
      up('') + down(),
      'upstream: found "p0", expected a link with pool_request above 0 (R-DISC-170)',
    ],
    [
      'another network',
      up() + down('network = 2'),
      'upstream: found "p0", expected a link of the same network, 2, not 1',
    ],
    [
      'not the owner',
      up() + down('role = "endpoint"'),
      'upstream: found "p0" on a link of role endpoint, expected role = "bus-owner" here',
    ],
    [
      'an EID of its own',
      up() + down('eid = 9'),
      'eid: found 9, expected no eid beside upstream: the link uses the one assigned to us there',
    ],
    [
      'no forwarding',
      up() + down('forward = false'),
      'forward: found false, expected true or absent, as "i0" has an upstream',
    ],
    [
      'no forwarding upstream',
      up('role = "endpoint"\npool_request = 4\nforward = false\n') + down(),
      'forward: found false, expected true or absent, as "i0" has an upstream',
    ],
    [
      'pool for a bus owner',
      up('pool_request = 4\n'),
      'pool_request: found 4 on a link of role bus-owner, expected 0, or role = "endpoint" (R-DISC-170)',
    ],
  ])('R-DISC-170 refuses: %s', (_what, text, message) => {
    expect(refusal(text).map((line) => line.replace(/^test.toml:\d+: link\[\d\]\./, ''))).toEqual([message]);
  });
});
