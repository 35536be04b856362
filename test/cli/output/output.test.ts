import fc from 'fast-check';
import { displayWidth, escapeControls } from '../../../src/cli/output/escape';
import { withProgress } from '../../../src/cli/output/progress';
import { coloured, plain } from '../../../src/cli/output/style';
import { renderTable } from '../../../src/cli/output/table';
import { formatAddress } from '../../../src/cli/output/format';
import { parseAddress } from '../../../src/cli/verbs/parse';
import { TestClock } from '../../support/test-clock';

describe('escapeControls', () => {
  test.each([
    ['plain text', 'plain text'],
    ['\x00\x1b[0m\x7f', '\\x00\\x1b[0m\\x7f'],
    ['\x9b31m', '\\x9b31m'],
    ['a\u202eb\u2066c\u200b', 'a\\u202eb\\u2066c\\u200b'],
    ['\ud800', '\\ud800'],
    ['é 漢 😀', 'é 漢 😀'],
  ])('%j becomes %j', (raw, escaped) => {
    expect(escapeControls(raw)).toBe(escaped);
  });

  test('nothing of what a terminal acts upon is left', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(escapeControls(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      }),
    );
  });
});

describe('tables', () => {
  test('line up by display width, colour not counted', () => {
    const columns = [{ title: 'A' }, { title: 'N', right: true }, { title: 'Z' }];
    const rows = [
      ['漢字', 1, 'x'],
      [{ text: 'up', colour: 'green' as const }, 100, ''],
      ['e\u0301', 20, 'y'],
    ];
    expect(renderTable(columns, rows, plain)).toEqual([
      'A       N  Z',
      '漢字    1  x',
      'up    100  -',
      'e\u0301      20  y',
    ]);
    expect(renderTable(columns, rows, coloured)[2]).toBe('\x1b[32mup\x1b[39m    100  -');
  });

  test('wide and combining characters', () => {
    expect(displayWidth('abc')).toBe(3);
    expect(displayWidth('漢😀')).toBe(4);
    expect(displayWidth('e\u0301')).toBe(1);
  });
});

describe('withProgress', () => {
  function terminal(isTerminal: boolean) {
    const clock = new TestClock();
    const written: string[] = [];
    const sink = { isTerminal, write: (text: string) => void written.push(text) };
    return { clock, written, options: { sink, clock, text: 'asking' } };
  }

  test('shows nothing for what takes less than a second', async () => {
    const { clock, written, options } = terminal(true);
    await clock.settle(withProgress(options, clock.sleep(999)));
    expect(written).toEqual([]);
    expect(clock.timers).toBe(0);
  });

  test('shows a line after a second and clears it at the end', async () => {
    const { clock, written, options } = terminal(true);
    await clock.settle(withProgress(options, clock.sleep(2300)));
    expect(written[0]).toBe('\r\x1b[K| asking (1 s)');
    expect(written).toContain('\r\x1b[K/ asking (1 s)');
    expect(written.at(-2)).toBe('\r\x1b[K- asking (2 s)');
    expect(written.at(-1)).toBe('\r\x1b[K');
    expect(clock.timers).toBe(0);
  });

  test('clears up after a failure too, and passes it on', async () => {
    const { clock, written, options } = terminal(true);
    const work = clock.sleep(1500).then(() => Promise.reject(new Error('no')));
    await expect(clock.settle(withProgress(options, work))).rejects.toThrow('no');
    expect(written.at(-1)).toBe('\r\x1b[K');
    expect(clock.timers).toBe(0);
  });

  test('a pipe gets none of it', async () => {
    const { clock, written, options } = terminal(false);
    await clock.settle(withProgress(options, clock.sleep(5000)));
    expect(written).toEqual([]);
  });
});

describe('physical addresses', () => {
  test.each([
    ['0x1d', [0x1d]],
    ['1d', [0x1d]],
    ['0X1D', [0x1d]],
    ['8', [8]],
    ['10', [0x10]],
    ['01:02', [1, 2]],
    ['1:2:ff', [1, 2, 0xff]],
    ['0x01:0x02', [1, 2]],
    ['0102', [1, 2]],
    ['none', []],
    ['', []],
  ])('%j', (text, bytes) => {
    expect([...parseAddress(text)]).toEqual(bytes);
  });

  test.each([':', '1:', '0x', 'g1', '1:02:', '0x1d0', '1 2', '-1', '012:34'])('%j is refused', (text) => {
    expect(() => parseAddress(text)).toThrow(/hex bytes/);
  });

  test('what is printed can be typed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 32 }), (address) => {
        expect([...parseAddress(formatAddress(address))]).toEqual([...address]);
      }),
    );
  });
});
