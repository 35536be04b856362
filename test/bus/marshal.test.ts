import fc from 'fast-check';
import { joinElements, marshal } from '../../src/bus/marshal';
import { Message } from '../../src/bus/dbus-next-types';
import { Variant } from '../../src/bus/variant';

interface CompatMarshaller {
  marshallMessage(message: object): readonly [Buffer, unknown[]];
}

const compat: CompatMarshaller = jest.requireActual('dbus-next/lib/marshall-compat');

/** The body that dbus-next puts into a message. */
function theirs(signature: string, body: readonly unknown[]): Buffer {
  const message = new Message({
    type: 4,
    serial: 1,
    path: '/',
    interface: 'a.b',
    member: 'M',
    signature,
    body,
  });
  const [bytes] = compat.marshallMessage(message);
  return bytes.subarray(bytes.length - bytes.readUInt32LE(4));
}

const text = fc.string({ unit: 'binary' }).filter((each) => !each.includes('\0'));
const path = fc
  .array(fc.stringMatching(/^[A-Za-z0-9_]{1,8}$/), { maxLength: 4 })
  .map((parts) => `/${parts.join('/')}`);
const BASIC: readonly (readonly [string, fc.Arbitrary<unknown>])[] = [
  ['y', fc.integer({ min: 0, max: 255 })],
  ['n', fc.integer({ min: -0x8000, max: 0x7fff })],
  ['q', fc.integer({ min: 0, max: 0xffff })],
  ['i', fc.integer({ min: -0x80000000, max: 0x7fffffff })],
  ['u', fc.integer({ min: 0, max: 0xffffffff })],
  // dbus-next takes the smallest int64 for one too small, so it cannot be compared there.
  ['x', fc.bigInt({ min: -(2n ** 63n) + 1n, max: 2n ** 63n - 1n })],
  ['t', fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })],
  ['b', fc.boolean()],
  ['s', text],
  ['o', path],
  ['g', fc.constantFrom('', 'y', 'a{sv}', '(yvq)')],
  ['ay', fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes))],
  ['au', fc.array(fc.integer({ min: 0, max: 0xffffffff }))],
  ['as', fc.array(text)],
];

/** A signature and a value for it, nested up to three deep, over all the types we use. */
const { typed } = fc.letrec<{ typed: readonly [string, unknown] }>((tie) => ({
  typed: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.oneof(...BASIC.map(([signature, value]) => fc.tuple(fc.constant(signature), value))),
    tie('typed').map(([signature, value]) => ['v', new Variant(signature, value)] as const),
    fc
      .array(tie('typed'), { minLength: 1, maxLength: 4 })
      .map((members) => [`(${members.map(([s]) => s).join('')})`, members.map(([, v]) => v)] as const),
    fc
      .dictionary(
        text,
        tie('typed').map(([signature, value]) => new Variant(signature, value)),
      )
      // A plain object, as dbus-next demands one.
      .map((entries) => ['a{sv}', { ...entries }] as const),
    fc.tuple(tie('typed'), fc.nat(3)).map(([[signature, value], count]) => {
      const copies = Array.from({ length: count }, () => value);
      return [`a${signature}`, signature === 'y' ? Buffer.from(copies as number[]) : copies] as const;
    }),
  ),
}));

describe('marshal', () => {
  test('equals dbus-next for random values of every type we use', () => {
    fc.assert(
      fc.property(fc.array(typed, { maxLength: 4 }), (values) => {
        const signature = values.map(([each]) => each).join('');
        fc.pre(signature.length <= 200);
        const body = values.map(([, value]) => value);
        expect(marshal(signature, body).toString('hex')).toBe(theirs(signature, body).toString('hex'));
      }),
      { numRuns: 500 },
    );
  });

  test('equals dbus-next for a{oa{sa{sv}}}, a(yvq), yisb, a(yysuy) and a{st}', () => {
    const cases: readonly (readonly [string, unknown[]])[] = [
      ['yisb', [9, -1, '/p', true]],
      [
        'a(yvq)',
        [
          [
            [0, new Variant('q', 0x8086), 1],
            [1, new Variant('u', 40981), 2],
          ],
        ],
      ],
      [
        'a(yysuy)',
        [
          [
            [9, 0, 'mctp0', 68, 0],
            [12, 3, '', 0, 11],
          ],
        ],
      ],
      ['a{st}', [{ RxPackets: 5n, TxPackets: 2n ** 60n }]],
      [
        'a{oa{sa{sv}}}',
        [{ '/a': { 'a.b': { P: new Variant('ay', Buffer.from([1])) }, 'c.d': {} }, '/bc': {} }],
      ],
    ];
    for (const [signature, body] of cases) {
      expect(marshal(signature, body).toString('hex')).toBe(theirs(signature, body).toString('hex'));
    }
  });

  test('the bytes of the D-Bus specification: a string is its length, its bytes, and a NUL', () => {
    expect(marshal('s', ['foo']).toString('hex')).toBe('0300000066 6f6f00'.replace(' ', ''));
    expect(marshal('x', [-(2n ** 63n)]).toString('hex')).toBe('0000000000000080');
    expect(marshal('yu', [1, 2]).toString('hex')).toBe('0100000002000000');
  });

  test('a Map is a dictionary too, a number a 64-bit integer', () => {
    expect(marshal('a{st}', [new Map([['k', 7]])])).toEqual(marshal('a{st}', [{ k: 7n }]));
  });

  test.each([
    ['y', 256],
    ['y', -1],
    ['y', 1.5],
    ['y', '1'],
    ['n', 0x8000],
    ['q', -1],
    ['i', 2 ** 31],
    ['u', 2 ** 32],
    ['t', -1n],
    ['x', 2n ** 63n],
    ['t', 'x'],
    ['b', 1],
    ['s', 'a\0b'],
    ['s', 5],
    ['g', 'y'.repeat(256)],
    ['v', 5],
    ['v', new Variant('yy', 5)],
    ['ay', 'x'],
    ['a{sv}', []],
    ['(yy)', [1]],
    ['z', 1],
    ['(y', [1]],
    ['a', []],
  ])('refuses %s of %p', (signature, value) => {
    expect(() => marshal(signature, [value])).toThrow();
  });

  test('refuses the wrong number of values', () => {
    expect(() => marshal('yy', [1])).toThrow(RangeError);
  });
});

describe('joinElements', () => {
  const entry = fc.tuple(path, fc.dictionary(text, fc.integer({ min: 0, max: 255 })));

  test('concatenated entries are the array that is marshalled whole', () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 5 }), (entries) => {
        const plain = entries.map(([key, value]) => [key, { ...value }]);
        const parts = plain.map((each) => marshal('(oa{sy})', [each]));
        expect(joinElements(parts).toString('hex')).toBe(marshal('a(oa{sy})', [plain]).toString('hex'));
      }),
    );
  });
});
