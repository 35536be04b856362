import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { checkRows, composeXml, loadDescriptions } from '../../src/dbus/introspection';
import { ObjectTree } from '../../src/dbus/object-tree';
import type { Rows } from '../../src/dbus/rows';
import { ALL_ROWS } from '../../src/dbus/service';
import { parseXml } from '../../src/dbus/xml';

describe('parseXml', () => {
  test('reads elements, attributes and nesting', () => {
    const node = parseXml('<!DOCTYPE x "y"\n "z">\n<node>\n <a b="1" c="x y"/>\n <d><e/></d>\n</node>\n');
    expect(node.children.map((each) => [each.name, [...each.attributes], each.children.length])).toEqual([
      [
        'a',
        [
          ['b', '1'],
          ['c', 'x y'],
        ],
        0,
      ],
      ['d', [], 1],
    ]);
  });

  test.each([
    '',
    'x',
    '<a>',
    '</a>',
    '<a></b>',
    '<a/><b/>',
    '<a>text</a>',
    '<a b=1/>',
    '<a b="<"/>',
    '<a></a></a>',
  ])('refuses %s', (text) => {
    expect(() => parseXml(text)).toThrow(SyntaxError);
  });

  test('any text is read or refused', () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom('<a>', '</a>', '<b c="d"/>', ''), (text, tag) => {
        try {
          expect(parseXml(tag + text).name).toMatch(/^[A-Za-z]+$/);
        } catch (error) {
          if (!(error instanceof SyntaxError)) throw error;
        }
      }),
    );
  });
});

describe('checkRows', () => {
  const descriptions = loadDescriptions();
  const [any] = ALL_ROWS.filter((rows) => rows.name.endsWith('Interface1'));
  const broken = (change: Partial<Rows<never>>): (() => void) => {
    if (any === undefined) throw new Error('no rows');
    return () => checkRows(descriptions, { ...any, ...change });
  };

  test.each([
    ['a method too many', { methods: { Extra: () => [] } }],
    ['a property missing', { properties: {} }],
    ['a setter missing', { setters: {} }],
    ['no file', { name: 'no.such.Interface' }],
  ])('D-5 refuses %s', (_label, change) => {
    expect(broken(change)).toThrow(expect.objectContaining({ code: 'internal' }) as Error);
  });

  test('accepts the tables as they are', () => {
    expect(broken({})).not.toThrow();
  });
});

describe('loadDescriptions', () => {
  test.each([
    '<node>',
    '<node/>',
    '<node><interface name="a"/><interface name="b"/></node>',
    '<node><interface/></node>',
  ])('refuses a file with %s', (text) => {
    const folder = mkdtempSync(join(tmpdir(), `mctp-xml-${process.pid}-`));
    try {
      writeFileSync(join(folder, 'x.xml'), text);
      expect(() => loadDescriptions(folder)).toThrow(expect.objectContaining({ code: 'internal' }) as Error);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('composeXml', () => {
  test('R-CONS-31 children by relative name, well-formed', () => {
    const xml = composeXml([...loadDescriptions().values()], ['1', 'mctp0']);
    const nodes = parseXml(xml).children;
    expect(nodes.filter((each) => each.name === 'node').map((each) => each.attributes.get('name'))).toEqual([
      '1',
      'mctp0',
    ]);
    expect(nodes.every((each) => each.attributes.has('name'))).toBe(true);
  });
});

describe('ObjectTree', () => {
  const path = fc
    .array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 4 })
    .map((names) => `/${names.join('/')}`);

  test('R-DBUS-8 each child once, containers exist while something is below them', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), path), { maxLength: 40 }), (steps) => {
        const tree = new ObjectTree();
        const model = new Set<string>();
        for (const [adding, each] of steps) {
          if (adding) expect(tree.add(each, [])).toBe(!model.has(each));
          else expect(tree.remove(each) !== undefined).toBe(model.has(each));
          if (adding) model.add(each);
          else model.delete(each);
        }
        const all = [...model];
        for (const probe of ['/', '/a', '/b', '/a/b', '/a/b/c', '/c/c/c/c']) {
          const prefix = probe === '/' ? '/' : `${probe}/`;
          const below = all.filter((each) => each.startsWith(prefix));
          expect(tree.exists(probe)).toBe(model.has(probe) || below.length > 0);
          const children = new Set(below.map((each) => each.slice(prefix.length).split('/')[0] ?? ''));
          expect([...tree.children(probe)].sort()).toEqual([...children].sort());
        }
      }),
    );
  });
});
