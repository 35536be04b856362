import fc from 'fast-check';
import { load, refusal, warningsOf } from './support';

const at = (table: string, line: string): string => `[${table}]\n${line}\n`;

describe('R-DBUS-45 upstream keys', () => {
  test('defaults', () => {
    expect(load('')).toMatchObject({
      role: 'BusOwner',
      mctp: { messageTimeoutMs: undefined, uuid: undefined },
      busOwner: {
        maxPoolSize: 15,
        dynamicEids: { ranges: [{ first: 8, last: 254 }], reserved: new Set() },
        endpointPollMs: 0,
      },
      interfaces: [],
    });
  });

  test.each([
    ['bus-owner', 'BusOwner'],
    ['endpoint', 'Endpoint'],
    ['unknown', 'Unknown'],
  ])('role = "%s"', (word, role) => {
    expect(load(`role = "${word}"`).role).toBe(role);
    expect(load(`mode = "${word}"`).role).toBe(role);
  });

  test('mode is used only where role is absent, and an error in it names mode', () => {
    const both = 'role = "endpoint"\nmode = "nonsense"';
    expect(load(both).role).toBe('Endpoint');
    expect(warningsOf(both)).toEqual([
      'test.toml:2: mode: found "nonsense", expected nothing beside role, which wins; ignored',
    ]);
    expect(refusal('\nmode = "nonsense"')).toEqual([
      'test.toml:2: mode: found "nonsense", expected one of "bus-owner", "endpoint", "unknown"',
    ]);
    expect(refusal('mode = 5\nstate = true')[0]).toMatch(/^test.toml:1: mode: found 5/);
  });

  test.each([1, 100_000])('message_timeout_ms = %d', (ms) => {
    expect(load(at('mctp', `message_timeout_ms = ${ms}`)).mctp.messageTimeoutMs).toBe(ms);
  });

  test.each(['d66d68662325406c83d52786b7d6afd1', 'D66D6866-2325-406C-83D5-2786B7D6AFD1'])(
    'uuid = %s',
    (uuid) => {
      expect(load(at('mctp', `uuid = "${uuid}"`)).mctp.uuid).toBe('d66d6866-2325-406c-83d5-2786b7d6afd1');
    },
  );

  test.each([0, 2500, 10_000])('endpoint_poll_ms = %d', (ms) => {
    expect(load(at('bus-owner', `endpoint_poll_ms = ${ms}`)).busOwner.endpointPollMs).toBe(ms);
  });

  test.each([
    ['role = "boss"', '1: role: found "boss", expected one of "bus-owner", "endpoint", "unknown"'],
    [
      at('mctp', 'message_timeout_ms = 0'),
      '2: mctp.message_timeout_ms: found 0, expected an integer 1..100000',
    ],
    [
      at('mctp', 'message_timeout_ms = 100001'),
      '2: mctp.message_timeout_ms: found 100001, expected an integer 1..100000',
    ],
    [
      at('mctp', 'uuid = "d66d6866-2325406c83d52786b7d6afd1"'),
      '2: mctp.uuid: found "d66d6866-2325406c83d52786b7d6afd1", expected 32 hex digits, with or without the usual dashes',
    ],
    [at('bus-owner', 'max_pool_size = 0'), '2: bus-owner.max_pool_size: found 0, expected an integer 1..246'],
    [
      at('bus-owner', 'max_pool_size = 247'),
      '2: bus-owner.max_pool_size: found 247, expected an integer 1..246',
    ],
    ...[1, 2499, 10_001, -1].map(
      (ms) =>
        [
          at('bus-owner', `endpoint_poll_ms = ${ms}`),
          `2: bus-owner.endpoint_poll_ms: found ${ms}, expected 0 or an integer 2500..10000`,
        ] as [string, string],
    ),
    [
      at('bus-owner', 'dynamic_eid_range = [8]'),
      '2: bus-owner.dynamic_eid_range: found [8], expected two EIDs, first and last',
    ],
    [
      at('bus-owner', 'dynamic_eid_range = [20, 9]'),
      '2: bus-owner.dynamic_eid_range: found [20, 9], expected first EID <= last EID',
    ],
    [
      at('bus-owner', 'dynamic_eid_range = [7, 9]'),
      '2: bus-owner.dynamic_eid_range[0]: found 7, expected an integer 8..254',
    ],
    [
      at('bus-owner', 'dynamic_eid_range = [8, 255]'),
      '2: bus-owner.dynamic_eid_range[1]: found 255, expected an integer 8..254',
    ],
    [
      at('bus-owner', 'dynamic_eid_range = [8, "9"]'),
      '2: bus-owner.dynamic_eid_range[1]: found "9", expected an integer 8..254',
    ],
  ])('refuses %j', (text, message) => {
    expect(refusal(text)).toEqual([`test.toml:${message}`]);
  });

  test('R-DBUS-42 max_pool_size is made to fit the range, with a warning only when it was written', () => {
    const text = '[bus-owner]\nmax_pool_size = 100\ndynamic_eid_range = [8, 20]';
    expect(load(text).busOwner.maxPoolSize).toBe(12);
    expect(warningsOf(text)).toEqual([
      'test.toml:2: bus-owner.max_pool_size: found 100, expected at most 12, what dynamic_eid_range leaves beside the bridge; 12 is used',
    ]);
    const small = at('bus-owner', 'dynamic_eid_range = [9, 9]');
    expect(load(small).busOwner).toMatchObject({
      maxPoolSize: 1,
      dynamicEids: { ranges: [{ first: 9, last: 9 }], reserved: new Set() },
    });
    expect(warningsOf(small)).toEqual([]);
    expect(load(at('bus-owner', 'max_pool_size = 246')).busOwner.maxPoolSize).toBe(246);
  });

  test.each(['', 'state = true\n'])('more than two numbers in the range are a warning (%j)', (head) => {
    const text = `${head}[bus-owner]\ndynamic_eid_range = [8, 20, "x"]`;
    expect(load(text).busOwner.dynamicEids.ranges).toEqual([{ first: 8, last: 20 }]);
    expect(warningsOf(text)).toEqual([expect.stringContaining('found 3 values, expected two EIDs')]);
  });
});

describe('R-DBUS-45 [[interface]]', () => {
  const rule = (line: string): string => `[[interface]]\n${line}`;
  const MATCH = 'expected "all", or a table with exactly one of phys-type, path';

  test('file order, match kinds, roles', () => {
    const text = [
      rule('match = "all"'),
      rule('match = { path = "/devices/*" }\nrole = "endpoint"'),
      rule('match = { phys-type = "usb" }\nrole = "bus-owner"'),
    ].join('\n');
    expect(load(text).interfaces).toEqual([
      { match: { kind: 'all' }, role: undefined, discover: 'static', endpoints: [] },
      { match: { kind: 'path', pattern: '/devices/*' }, role: 'Endpoint', discover: 'static', endpoints: [] },
      {
        match: { kind: 'phys-type', physicalBinding: 3 },
        role: 'BusOwner',
        discover: 'static',
        endpoints: [],
      },
    ]);
  });

  test.each([
    ['SMBus', 1],
    ['I2C', 1],
    ['PCIe', 2],
    ['USB', 3],
    ['KCS', 4],
    ['serial', 5],
    ['I3C', 6],
    ['MMBI', 7],
    ['UCIe', 9],
  ])('phys-type %s is DSP0239 binding %d in any case of letters', (word, physicalBinding) => {
    for (const spelt of [word, word.toUpperCase(), word.toLowerCase()]) {
      const [first] = load(rule(`match.phys-type = "${spelt}"`)).interfaces;
      expect(first?.match).toEqual({ kind: 'phys-type', physicalBinding });
    }
  });

  test.each([
    ['', `1: interface[0].match: found nothing, ${MATCH}`],
    ['match = "some"', `2: interface[0].match: found "some", ${MATCH}`],
    ['match = {}', `2: interface[0].match: found an empty table, ${MATCH}`],
    ['match = 5', `2: interface[0].match: found 5, ${MATCH}`],
    ['match = { path = 5 }', `2: interface[0].match: found a table with path, ${MATCH}`],
    [
      'match = { path = "x", phys-type = "USB" }',
      `2: interface[0].match: found a table with path, phys-type, ${MATCH}`,
    ],
    [
      'match = { phys-type = "PCC" }',
      '2: interface[0].match.phys-type: found "PCC", expected SMBus, I2C, PCIe, USB, KCS, serial, I3C, MMBI or UCIe',
    ],
    [
      'match = "all"\nrole = "unknown"',
      '3: interface[0].role: found "unknown", expected one of "bus-owner", "endpoint"',
    ],
  ])('refuses %j', (line, message) => {
    expect(refusal(rule(line))).toEqual([`test.toml:${message}`]);
  });

  test('discover and endpoint are keys of ours and make the file strict', () => {
    const text = rule(
      'match = { phys-type = "SMBus" }\n[[interface.endpoint]]\naddress = [0x1d]\neid = 9\npool_size = 2',
    );
    expect(load(text).interfaces[0]?.endpoints).toEqual([
      { address: Uint8Array.of(0x1d), eid: 9, poolSize: 2, inventory: undefined },
    ]);
    expect(refusal(`${text}\n[surprise]`)).toHaveLength(1);
    expect(refusal(`x = 1\n${rule('match = "all"\ndiscover = "off"')}`)).toHaveLength(1);
  });

  test('D-9 a bus with addresses is not probed', () => {
    expect(load(rule('match.phys-type = "USB"\ndiscover = "probe"')).interfaces[0]?.discover).toBe('probe');
    expect(refusal(rule('match.phys-type = "I2C"\ndiscover = "probe"'))).toEqual([
      'test.toml:3: interface[0].discover: found "probe", expected "off" or "static": the bus is not point-to-point',
    ]);
  });
});

describe('R-DBUS-45 lenient and strict', () => {
  test.each([
    ['surprise = 1', /^test.toml:1: surprise: found an unknown key, expected one of role, .*; ignored$/],
    ['[surprise]\nx = 1', /^test.toml:1: surprise: found an unknown key/],
    ['[mctp]\nsurprise = 1', /^test.toml:2: mctp.surprise: found an unknown key/],
    ['role = 5', /^test.toml:1: role: found 5, expected one of .*; ignored$/],
    ['mctp = 5', /^test.toml:1: mctp: found 5, expected a table; ignored$/],
    ['interface = 5', /^test.toml:1: interface: found 5/],
    ['[mctp]\nmessage_timeout_ms = 10.0', /found the float 10, expected an integer/],
    ['[mctp]\nmessage_timeout_ms = 9223372036854775807', /found 9223372036854775807, expected an integer/],
    ['[mctp]\nuuid = 2026-01-01', /found a date, expected 32 hex/],
    ['[bus-owner]\nmax_pool_size = "9"', /found "9", expected an integer/],
    ['[bus-owner]\ndynamic_eid_range = 9', /found 9, expected an array/],
    ['[[interface]]\nmatch = "all"\nrole = 5', /^test.toml:3: interface\[0\].role: found 5/],
    ['[[interface]]\nmatch = { path = "x", other = 1 }', /^test.toml:2: interface\[0\].match.other/],
    [
      '[[interface]]\nmatch = { path = "x", phys-type = 1 }',
      /^test.toml:2: interface\[0\].match.phys-type: found 1/,
    ],
    ['["__proto__"]\nx = 1', /__proto__: found an unknown key/],
  ])('%j is a warning upstream, and refused beside a key of ours', (text, message) => {
    expect(warningsOf(text)).toEqual([expect.stringMatching(message)]);
    const refused = refusal(`${text}\n[log]\nlevel = "info"`);
    expect(refused).toHaveLength(1);
    expect(`${refused[0] ?? ''}; ignored`).toMatch(message);
  });

  test('a wrong type counts as absent', () => {
    expect(load('[bus-owner]\nmax_pool_size = "9"\nendpoint_poll_ms = 2500').busOwner).toEqual({
      maxPoolSize: 15,
      dynamicEids: { ranges: [{ first: 8, last: 254 }], reserved: new Set() },
      endpointPollMs: 2500,
    });
  });

  test.each(['interface = [1]', '[bus-owner]\ndynamic_eid_range = [8, "x"]', '[[interface]]\nmatch = 1'])(
    '%j is fatal in an upstream file too',
    (text) => {
      expect(refusal(text)).toHaveLength(1);
    },
  );

  test('every problem of a file is told at once', () => {
    expect(refusal('role = "x"\nstate = 1\n[log]\nlevel = "y"\nfoo = 1')).toHaveLength(4);
  });

  test('control characters of a value do not reach the message', () => {
    expect(refusal('role = "a\\u001b[31m\\nb\\u202e"').join()).not.toMatch(/[\u001b\u202e]/);
  });
});

test('R-DBUS-45 whatever the file holds, it is accepted or refused as a configuration error', () => {
  const key = fc.oneof(
    fc.constantFrom(
      ...[
        'role',
        'mode',
        'mctp',
        'uuid',
        'bus-owner',
        'dynamic_eid_range',
        'interface',
        'match',
        'phys-type',
      ],
      ...[
        'link',
        'endpoint',
        'name',
        'binding',
        'address',
        'eid',
        'demux',
        'names',
        'allow',
        'log',
        'upstream',
      ],
      ...['__proto__', 'constructor', 'toString'],
    ),
    fc.string({ maxLength: 3 }),
  );
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom(
        '1',
        '-1',
        '8',
        '1.5',
        'nan',
        'true',
        '"all"',
        '"serial"',
        '2026-01-01',
        '0x7fffffffffffffff',
      ),
      fc.string({ maxLength: 4 }).map((text) => JSON.stringify(text)),
      fc.array(tie('value'), { maxLength: 3 }).map((each) => `[${each.join(', ')}]`),
      fc.array(fc.tuple(key, tie('value')), { maxLength: 3 }).map(inline),
    ),
  }));
  const inlineLine = fc
    .array(fc.tuple(key, value), { maxLength: 5 })
    .map((pairs) => pairs.map(pairText).join('\n'));
  let accepted = 0;
  fc.assert(
    fc.property(inlineLine, (text) => {
      try {
        warningsOf(text);
        accepted++;
      } catch {
        // `refusal` lets everything but a configuration error through.
        expect(refusal(text).length).toBeGreaterThan(0);
      }
    }),
    { numRuns: 500 },
  );
  expect(accepted).toBeGreaterThan(0);
});

function pairText([key, value]: readonly [string, unknown]): string {
  return `${JSON.stringify(key)} = ${String(value)}`;
}

function inline(pairs: readonly (readonly [string, unknown])[]): string {
  return `{ ${pairs.map(pairText).join(', ')} }`;
}
