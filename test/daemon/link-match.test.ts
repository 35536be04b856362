import fc from 'fast-check';
import type { KernelLinkRule, LinkMatch } from '../../src/config/schema';
import { matchesPattern, matchRule } from '../../src/daemon/link-match';
import type { Role } from '../../src/discovery/registry';

const rule = (match: LinkMatch, role?: Role): KernelLinkRule => ({
  match,
  role,
  discover: 'static',
  endpoints: [],
});
const I2C = { physicalBinding: 1, devicePath: '/devices/platform/ahb/i2c-5/5-0010' };

describe('R-DBUS-45 [[interface]] rules', () => {
  test('the first match wins, even one without a role', () => {
    const rules = [
      rule({ kind: 'phys-type', physicalBinding: 3 }, 'Endpoint'),
      rule({ kind: 'path', pattern: '/devices/*/i2c-5/*' }),
      rule({ kind: 'all' }, 'Endpoint'),
    ];
    expect(matchRule(rules, I2C)).toBe(rules[1]);
    expect(matchRule(rules, { physicalBinding: 3, devicePath: undefined })).toBe(rules[0]);
    expect(matchRule(rules, { physicalBinding: 0, devicePath: undefined })).toBe(rules[2]);
    expect(matchRule(rules.slice(0, 2), { physicalBinding: 5, devicePath: '/x' })).toBeUndefined();
    expect(matchRule([], I2C)).toBeUndefined();
  });

  test('a link without a device path matches no path, not even *', () => {
    const any = [rule({ kind: 'path', pattern: '*' })];
    expect(matchRule(any, { physicalBinding: 1, devicePath: undefined })).toBeUndefined();
    expect(matchRule(any, I2C)).toBe(any[0]);
  });

  test('an untold physical binding matches no phys-type', () => {
    const rules = [rule({ kind: 'phys-type', physicalBinding: 1 })];
    expect(matchRule(rules, { ...I2C, physicalBinding: 0 })).toBeUndefined();
  });
});

describe('R-DBUS-45 fnmatch with flags 0', () => {
  test.each([
    ['*', '/a/b', true],
    ['*', '', true],
    ['', '', true],
    ['', 'a', false],
    ['/a/*', '/a/b/c', true],
    ['/a/*/c', '/a/b/x/c', true],
    ['a?c', 'a/c', true],
    ['?', '', false],
    ['*.x', '.x', true],
    ['a*b*c', 'aXbYbZc', true],
    ['a*b*c', 'aXbYbZ', false],
    ['[abc]', 'b', true],
    ['[abc]', 'd', false],
    ['[!abc]', 'd', true],
    ['[^abc]', 'b', false],
    ['i2c-[0-9]', 'i2c-7', true],
    ['i2c-[0-9]', 'i2c-x', false],
    ['[]a]', ']', true],
    ['[!]a]', 'b', true],
    ['[!]a]', ']', false],
    ['[a-]', '-', true],
    ['[[:digit:]x]', '7', true],
    ['[[:digit:]x]', 'y', false],
    ['[/]', '/', true],
    ['[ab', '[ab', true],
    ['[ab', 'a', false],
    ['\\*', '*', true],
    ['\\*', 'a', false],
    ['[\\]]', ']', true],
    ['a\\', 'a\\', false],
    ['**', 'ab', true],
    ['a.c', 'abc', false],
    ['A', 'a', false],
  ])('%j against %j: %s', (pattern, text, expected) => {
    expect(matchesPattern(pattern, text)).toBe(expected);
  });

  test('any pattern: an answer, soon; a star takes everything; escaped text matches itself', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (pattern, text) => {
        expect(typeof matchesPattern(pattern, text)).toBe('boolean');
        expect(matchesPattern(text.replace(/[\\*?[\]]/g, '\\$&'), text)).toBe(true);
        expect(matchesPattern(`${text.replace(/[\\*?[\]]/g, '\\$&')}*`, text + pattern)).toBe(true);
      }),
    );
    expect(matchesPattern('*a'.repeat(200), 'a'.repeat(5000) + 'b')).toBe(false);
  });
});
