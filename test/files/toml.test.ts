import fc from 'fast-check';
import { isMctpError } from '../../src/base/errors';
import { parseToml, TomlFloat } from '../../src/files/toml';

function failure(text: string): string {
  try {
    parseToml(text, 'f.toml');
  } catch (error) {
    if (isMctpError(error, 'configuration')) return error.message;
    throw error;
  }
  throw new Error('accepted');
}

describe('parseToml', () => {
  test('integers, floats, big integers, strings, arrays, tables', () => {
    const table = parseToml('a = 0x1d\nb = 1.0\nc = 9223372036854775807\nd = ["x", true]\n[e.f]\ng = 1', 'f');
    expect(table).toEqual({
      a: 29,
      b: new TomlFloat(1),
      c: 9_223_372_036_854_775_807n,
      d: ['x', true],
      e: { f: { g: 1 } },
    });
    expect(parseToml('b = 1.5', 'f', { floats: 'plain' })).toEqual({ b: 1.5 });
  });

  test('a byte order mark and CRLF are no obstacle', () => {
    expect(parseToml('\ufeffa = 1\r\nb = 2\r\n', 'f')).toEqual({ a: 1, b: 2 });
  });

  test('keys named like members of Object are plain keys', () => {
    const table = parseToml('__proto__ = 1\nconstructor = 2', 'f');
    expect(Object.entries(table)).toEqual([
      ['__proto__', 1],
      ['constructor', 2],
    ]);
  });

  test.each([
    [
      'a = 1\nb = = 2',
      'f.toml:2:5: found "b = = 2" (invalid value), expected a value: a "string", an integer',
    ],
    [
      '[x]\n[x]',
      'f.toml:2:2: found "[x]" (trying to redefine an already defined table or value), expected each key',
    ],
    [
      'a = "x',
      'f.toml:1:5: found "a = \\"x" (unfinished string), expected a string that ends with its quote',
    ],
    [
      'a',
      'f.toml:1:1: found "a" (incomplete key-value: cannot find end of key), expected a line `key = value`',
    ],
    ['a = [1 2]', 'f.toml:1:8: found "a = [1 2]" (expected comma or end of structure), expected a comma'],
    ['a = 01', 'f.toml:1:5: found "a = 01" (illegal leading zero), expected an integer of at most 64 bits'],
    ['a = 1 b = 2', 'expected nothing more on this line'],
    ['a = 2026-13-01', 'expected a date that exists'],
    ['a = "\\q"', 'expected one of the escapes'],
    [`a = ${'['.repeat(40)}`, 'expected at most 32 arrays and tables'],
  ])('a syntax error names file, line, column, finding and what was expected: %j', (text, message) => {
    expect(failure(text)).toContain(message);
    expect(failure(text)).toMatch(
      /^f\.toml:\d+:\d+: found ".*", expected .|^f\.toml:\d+:\d+: found ".*" \(.*\), expected ./,
    );
  });

  test('any text is read or refused with a configuration error', () => {
    const line = fc.oneof(
      fc.string(),
      fc.constantFrom('[a]', '[[b]]', 'a = 1', 'a.b = """', '"""', 'c = {', '}', "x = '"),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), (lines) => {
        try {
          parseToml(lines.join('\n'), 'f');
        } catch (error) {
          expect(isMctpError(error, 'configuration')).toBe(true);
        }
      }),
    );
  });
});
