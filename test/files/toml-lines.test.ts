import fc from 'fast-check';
import { keyLines } from '../../src/files/toml-lines';

const TEXT = `# comment [not.a.table]
top = 1
"quoted key" = 2
'it''s' = 3
dotted . "a.b" = 4

[mctp] # a table
uuid = "[[link]]" # key = 1
text = """
uuid = "inside"
[inside]
""" # after
raw = '''
x = 'y' \\
'''
path = 'c:\\'
last = "\\""
list = [
  "]",  # ] name = 1
  1,
]
inline = { deep = { deeper = 1 } }

[[link]]
name = "a"
[[link.endpoint]]
eid = 9
[[link]]
name = "b"
[[link.endpoint]]
eid = 10
[[link.endpoint]]
eid = 11
[link.more]
x = 1
["bus-owner".'x y']
z = 1`;

describe('keyLines', () => {
  const lineOf = keyLines(TEXT);
  const line = (needle: string): number => TEXT.split('\n').findIndex((each) => each.includes(needle)) + 1;

  test.each([
    [['top'], 'top = 1'],
    [['quoted key'], '"quoted key"'],
    [['dotted', 'a.b'], 'dotted .'],
    [['dotted'], 'dotted .'],
    [['mctp'], '[mctp]'],
    [['mctp', 'uuid'], 'uuid = "[[link]]"'],
    [['mctp', 'text'], 'text = """'],
    [['mctp', 'raw'], "raw = '''"],
    [['mctp', 'path'], 'path ='],
    [['mctp', 'last'], 'last ='],
    [['mctp', 'list', 1], 'list = ['],
    [['mctp', 'inline', 'deep', 'deeper'], 'inline ='],
    [['mctp', 'missing'], '[mctp]'],
    [['link', 0, 'name'], 'name = "a"'],
    [['link', 0, 'endpoint', 0, 'eid'], 'eid = 9'],
    [['link', 1, 'name'], 'name = "b"'],
    [['link', 1, 'endpoint', 0, 'eid'], 'eid = 10'],
    [['link', 1, 'endpoint', 1, 'eid'], 'eid = 11'],
    [['link', 1, 'more', 'x'], '[link.more]'],
    [['bus-owner', 'x y', 'z'], 'z = 1'],
  ] as const)('%j', (path, needle) => {
    const expected = needle === '[link.more]' ? line(needle) + 1 : line(needle);
    expect(lineOf(path)).toBe(expected);
  });

  test('what is not there has no line; text inside strings is no key', () => {
    expect(lineOf(['nowhere'])).toBeUndefined();
    expect(lineOf(['inside'])).toBeUndefined();
    expect(lineOf([])).toBeUndefined();
  });

  test('any text and any path: no throw, and a line of the text or none', () => {
    const word = fc.constantFrom(
      'a',
      '[',
      ']',
      '"',
      "'",
      '"""',
      "'''",
      '\\',
      '=',
      '.',
      '#',
      '{',
      '}',
      '\n',
      ' ',
    );
    fc.assert(
      fc.property(
        fc.array(word, { maxLength: 60 }),
        fc.array(fc.oneof(fc.string(), fc.nat(3)), { maxLength: 4 }),
        (words, path) => {
          const text = words.join('');
          for (const each of [path, ['a'], ['a', 0, 'a']]) {
            const found = keyLines(text)(each);
            if (found === undefined) continue;
            expect(found).toBeGreaterThanOrEqual(1);
            expect(found).toBeLessThanOrEqual(text.split('\n').length);
          }
        },
      ),
    );
  });
});
