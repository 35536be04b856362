import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { checkRows, loadDescriptions } from '../../src/dbus/introspection';
import { ALL_ROWS } from '../../src/dbus/service';
import { parseXml } from '../../src/dbus/xml';
import type { XmlElement } from '../../src/dbus/xml';
import { PrivateBus } from '../support/private-bus';
import { Harness, ROOT } from '../dbus/harness';

/** Live introspection, the XML files, the handler tables and the pages say the same (design decision D-5). */

const FOLDER = join(__dirname, '..', '..', 'dbus-interfaces');
const FILES = readdirSync(FOLDER).filter((file) => file.endsWith('.xml'));
const OBJECT_MANAGER = 'org.freedesktop.DBus.ObjectManager';

function fileElement(file: string): XmlElement {
  const [element] = parseXml(readFileSync(join(FOLDER, file), 'utf8')).children;
  if (element === undefined) throw new Error(`${file} is empty`);
  return element;
}

const elements = new Map(FILES.map((file) => [file.replace(/\.xml$/, ''), fileElement(file)]));
const documented = [...elements.keys()].filter((name) => !name.startsWith('org.freedesktop.DBus.'));

describe('files', () => {
  test.each([...elements])('%s.xml is named after its interface', (name, element) => {
    expect(element.attributes.get('name')).toBe(name);
  });

  test('every interface has handlers, and every handler table an interface', () => {
    const served = [...ALL_ROWS.map((rows) => rows.name), OBJECT_MANAGER];
    expect(served.sort()).toEqual([...elements.keys()].sort());
  });

  test.each(ALL_ROWS.map((rows) => [rows.name, rows] as const))(
    'handlers of %s are what its file says',
    (_name, rows) => {
      expect(() => checkRows(loadDescriptions(), rows)).not.toThrow();
    },
  );
});

describe('served introspection', () => {
  let bus: PrivateBus;
  let harness: Harness;

  beforeAll(async () => {
    bus = await PrivateBus.start();
    harness = await Harness.start(bus);
    harness.publishRecorded();
  });

  afterAll(async () => {
    harness.stop();
    await bus.stop();
  });

  const paths = [ROOT, `${ROOT}/interfaces/mctp0`, `${ROOT}/networks/1`, `${ROOT}/networks/1/endpoints/11`];
  const seen = new Set<string>();

  test.each(paths)(
    'R-DBUS-32 R-DBUS-50 %s: every interface is the one of its file, the standard ones first',
    async (path) => {
      const [xml] = await harness.call(path, 'org.freedesktop.DBus.Introspectable', 'Introspect');
      const interfaces = parseXml(String(xml)).children.filter((each) => each.name === 'interface');
      for (const each of interfaces) {
        const name = each.attributes.get('name') ?? '';
        expect(each).toEqual(elements.get(name));
        seen.add(name);
      }
      const standard = interfaces.map((each) => /^org\.freedesktop/.test(each.attributes.get('name') ?? ''));
      expect(standard).toEqual([...standard].sort((a, b) => Number(b) - Number(a)));
    },
  );

  test('no interface is left out', () => {
    expect([...seen].sort()).toEqual([...elements.keys()].sort());
  });

  test('R-DBUS-8 R-CONS-31 every node from / down lists its children once, and each can be introspected', async () => {
    const visited: string[] = [];
    const visit = async (path: string): Promise<void> => {
      visited.push(path);
      const [xml] = await harness.call(path, 'org.freedesktop.DBus.Introspectable', 'Introspect');
      const nodes = parseXml(String(xml)).children.filter((each) => each.name === 'node');
      const names = nodes.map((each) => each.attributes.get('name') ?? '');
      expect(new Set(names).size).toBe(names.length);
      for (const name of names) await visit(`${path === '/' ? '' : path}/${name}`);
    };
    await visit('/');
    expect(visited).toHaveLength(15);
    expect(visited).toContain(`${ROOT}/networks/1/endpoints/12`);
  });
});

describe('pages', () => {
  test.each(documented)('%s.md describes every member as the file has it', (name) => {
    const page = join(FOLDER, `${name}.md`);
    expect(existsSync(page)).toBe(true);
    const text = readFileSync(page, 'utf8');
    for (const member of elements.get(name)?.children ?? []) {
      expect(text).toContain(heading(member));
      const called = member.attributes.get('name') ?? '';
      if (member.name === 'method')
        expect(text).toMatch(new RegExp(`busctl call \\S+ \\S+ ${name} ${called}\\b`));
    }
    const headings = text.match(/^### /gm) ?? [];
    expect(headings).toHaveLength(elements.get(name)?.children.length ?? 0);
  });

  test('every page belongs to an interface', () => {
    const pages = readdirSync(FOLDER).filter((file) => file.endsWith('.md') && file !== 'README.md');
    expect(pages.sort()).toEqual(documented.map((name) => `${name}.md`).sort());
  });
});

const FLAGS: Readonly<Record<string, string>> = { const: 'const', false: 'no change signal' };

/** The heading a member has on its page. */
function heading(member: XmlElement): string {
  const attribute = (name: string): string => member.attributes.get(name) ?? '';
  if (member.name === 'method') {
    const args = member.children.map((arg) =>
      ['direction', 'type', 'name'].map((key) => arg.attributes.get(key) ?? '').join(' '),
    );
    return `### \`${attribute('name')}(${args.join(', ')})\`\n`;
  }
  const [annotation] = member.children;
  const emits = annotation === undefined ? 'emits changes' : FLAGS[annotation.attributes.get('value') ?? ''];
  return `### \`${attribute('type')} ${attribute('name')}\` [${attribute('access')}, ${String(emits)}]\n`;
}
