import fc from 'fast-check';
import type { LogFields, LogLevel } from '../../src/base/log';
import { chooseStyle, formatRecord } from '../../src/logging/format';
import type { LineStyle } from '../../src/logging/format';

const STYLES: readonly LineStyle[] = ['terminal', 'journal', 'file', 'json'];
const format = (
  style: LineStyle,
  message: string,
  fields: LogFields = {},
  level: LogLevel = 'info',
): string => formatRecord({ level, message, fields, time: 1_700_000_000_123 }, style);

describe('D-17 log lines', () => {
  test('where they go decides the style', () => {
    const auto = { format: 'auto', isFile: false, isTerminal: false } as const;
    expect(chooseStyle(auto)).toBe('journal');
    expect(chooseStyle({ ...auto, isTerminal: true })).toBe('terminal');
    expect(chooseStyle({ ...auto, isTerminal: true, isFile: true })).toBe('file');
    expect(chooseStyle({ ...auto, isTerminal: true, format: 'json' })).toBe('json');
  });

  test.each([
    ['error', 3],
    ['warn', 4],
    ['info', 6],
    ['debug', 7],
  ] as const)('journal: %s has priority <%d>', (level, priority) => {
    expect(format('journal', 'text', { eid: 9 }, level)).toBe(`<${priority}>text eid=9`);
  });

  test('the fields come in one order, absent ones are left out', () => {
    const fields = {
      extra: true,
      cause: 'no response',
      operation: 'probe',
      physicalAddress: '1d',
      eid: 9,
      network: 1,
      link: 'i2c5',
      other: undefined,
    };
    const text =
      'link=i2c5 network=1 eid=9 physicalAddress=0x1d operation=probe cause="no response" extra=true';
    expect(format('journal', 'm', fields)).toBe(`<6>m ${text}`);
    expect(format('file', 'm', fields)).toBe(`2023-11-14T22:13:20.123Z info m ${text}`);
    expect(format('terminal', 'm', fields)).toBe(`22:13:20.123 \u001b[32minfo \u001b[0m m ${text}`);
    expect(Object.keys(JSON.parse(format('json', 'm', fields)) as object)).toEqual([
      ...[
        'time',
        'level',
        'message',
        'link',
        'network',
        'eid',
        'physicalAddress',
        'operation',
        'cause',
        'extra',
      ],
    ]);
  });

  test.each(STYLES)('%s: an address has the prefix it has everywhere, none at all is left out', (style) => {
    expect(format(style, 'm', { physicalAddress: '1d' })).toContain('0x1d');
    expect(format(style, 'm', { physicalAddress: '' })).not.toContain('physicalAddress');
  });

  test('a value cannot forge a field, a line or a colour', () => {
    expect(format('journal', 'm', { cause: 'x eid=9' })).toBe('<6>m cause="x eid=9"');
    expect(format('journal', 'm', { cause: 'a"b' })).toBe('<6>m cause="a\\"b"');
    expect(format('journal', 'm', { cause: '' })).toBe('<6>m cause=""');
    expect(format('journal', 'a\n<0>forged', { cause: '\u001b[2J' })).toBe(
      '<6>a\\u000a<0>forged cause=\\u001b[2J',
    );
    expect(format('journal', 'm', { cause: 'a\u202eb\u2028c' })).toBe('<6>m cause="a\\u202eb\\u2028c"');
  });

  test('json: a field cannot take the place of time, level or message, and values survive', () => {
    const cause = 'line\nbreak \u009b\u2028 "q"';
    const line = format('json', 'm', { level: 'error', cause });
    expect(JSON.parse(line)).toEqual({
      time: '2023-11-14T22:13:20.123Z',
      level: 'info',
      message: 'm',
      cause,
      level_: 'error',
    });
  });

  test('whatever is logged is one line without control characters', () => {
    const nasty = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(
        fc.constantFrom(...STYLES),
        nasty,
        fc.dictionary(nasty, nasty),
        (style, message, fields) => {
          const line = format(style, message, fields).replace(/^[\d:.]+ \u001b\[\d+m.....\u001b\[0m /, '');
          expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
          if (style === 'json') expect(JSON.parse(line)).toMatchObject({ level: 'info' });
        },
      ),
    );
  });
});
