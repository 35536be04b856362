import { join } from 'node:path';
import { checkRows, loadDescriptions } from '../../src/dbus/introspection';
import { ALL_ROWS } from '../../src/dbus/service';
import { parseXml } from '../../src/dbus/xml';
import { PrivateBus } from '../support/private-bus';
import { Harness, ROOT } from '../dbus/harness';
import { InterfaceFiles } from './interface-files';

/** Live introspection, the XML files, the handler tables and the pages say the same (design decision D-5). */

const files = new InterfaceFiles(join(__dirname, '..', '..', 'dbus-interfaces'));
const OBJECT_MANAGER = 'org.freedesktop.DBus.ObjectManager';

describe('files', () => {
  test.each([...files.elements])('%s.xml is named after its interface', (name, element) => {
    expect(element.attributes.get('name')).toBe(name);
  });

  test('every interface has handlers, and every handler table an interface', () => {
    const served = [...ALL_ROWS.map((rows) => rows.name), OBJECT_MANAGER];
    expect(served.sort()).toEqual(files.names);
  });

  test('R-DBUS-35 no interface of ours has signals, only methods and properties', () => {
    const ours = [...files.elements].filter(([name]) => !name.startsWith('org.freedesktop.DBus.'));
    const kinds = ours.flatMap(([, { children }]) => children.map((child) => child.name));
    expect([...new Set(kinds)].sort()).toEqual(['method', 'property']);
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
    const item = '/xyz/openbmc_project/inventory/system/drive0';
    harness = await Harness.start(bus, { inventory: ({ eid }) => (eid === 9 ? item : undefined) });
    harness.publishRecorded();
  });

  afterAll(async () => {
    harness.stop();
    await bus.stop();
  });

  const endpoints = [9, 11].map((eid) => `${ROOT}/networks/1/endpoints/${eid}`);
  const paths = [ROOT, `${ROOT}/interfaces/mctp0`, `${ROOT}/networks/1`, ...endpoints];
  const seen = new Set<string>();

  test.each(paths)(
    'R-DBUS-32 R-DBUS-50 %s: every interface is the one of its file, the standard ones first',
    async (path) => {
      const [xml] = await harness.call(path, 'org.freedesktop.DBus.Introspectable', 'Introspect');
      const interfaces = parseXml(String(xml)).children.filter((each) => each.name === 'interface');
      for (const each of interfaces) {
        const name = each.attributes.get('name') ?? '';
        expect(each).toEqual(files.elements.get(name));
        seen.add(name);
      }
      const standard = interfaces.map((each) => /^org\.freedesktop/.test(each.attributes.get('name') ?? ''));
      expect(standard).toEqual([...standard].sort((a, b) => Number(b) - Number(a)));
    },
  );

  test('no interface is left out', () => {
    expect([...seen].sort()).toEqual(files.names);
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
  test.each(files.documented)('%s.md describes every member as the file has it', (name) => {
    files.expectPage(name);
  });

  test('every page belongs to an interface', () => {
    expect(files.pages.sort()).toEqual(files.documented.map((name) => `${name}.md`).sort());
  });
});
