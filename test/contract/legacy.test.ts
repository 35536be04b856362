import { join } from 'node:path';
import { Iface, LEGACY_ROOT_PATH, LEGACY_SERVICE_NAME } from '../../src/base/bus-names';
import { checkRows, loadLegacyDescriptions } from '../../src/dbus/introspection';
import { LEGACY_ROWS } from '../../src/dbus/legacy-service';
import { parseXml } from '../../src/dbus/xml';
import { LegacyHarness } from '../dbus/legacy-harness';
import { PrivateBus } from '../support/private-bus';
import { InterfaceFiles } from './interface-files';

/** The old names: live introspection, the XML files, the handler tables and the pages say the same (D-5, R-CONS-46). */

const FOLDER = join(__dirname, '..', '..', 'dbus-interfaces');
const files = new InterfaceFiles(join(FOLDER, 'legacy'));
/** What kept its name and its types is served from the files of today. */
const current = new InterfaceFiles(FOLDER);
const kept: readonly string[] = [Iface.peer, Iface.introspectable, Iface.properties, Iface.uuid];

test.each([...files.elements])('%s.xml is named after its interface', (name, element) => {
  expect(element.attributes.get('name')).toBe(name);
});

test('every interface has handlers, and every handler table an interface', () => {
  expect(LEGACY_ROWS.map((rows) => rows.name).sort()).toEqual([...files.names, ...kept].sort());
  for (const rows of LEGACY_ROWS) expect(() => checkRows(loadLegacyDescriptions(), rows)).not.toThrow();
});

test.each(files.documented)('%s.md describes every member as the file has it', (name) => {
  files.expectPage(name);
});

test('every page belongs to an interface', () => {
  expect(files.pages.sort()).toEqual(files.documented.map((name) => `${name}.md`).sort());
});

test('R-CONS-46 R-CONS-31 every node from / down is served as its file has it, and busctl reads it', async () => {
  await using bus = await PrivateBus.start();
  const harness = await LegacyHarness.start(bus);
  harness.publishRecorded();
  const served = new Set<string>();
  const visit = async (path: string): Promise<string[]> => {
    const [xml] = await harness.call(path, Iface.introspectable, 'Introspect');
    const { children } = parseXml(String(xml));
    for (const each of children.filter(({ name }) => name === 'interface')) {
      const name = each.attributes.get('name') ?? '';
      expect(each).toEqual(files.elements.get(name) ?? current.elements.get(name));
      served.add(name);
    }
    const names = children.filter(({ name }) => name === 'node').map((each) => each.attributes.get('name'));
    const below = names.map((name) => visit(`${path === '/' ? '' : path}/${name ?? ''}`));
    return [path, ...(await Promise.all(below)).flat()];
  };
  const visited = await visit('/');
  expect([...served].sort()).toEqual([...files.names, ...kept, Iface.objectManager].sort());
  const tree = await bus.busctl('tree', '--list', LEGACY_SERVICE_NAME);
  expect(tree.stdout.trim().split('\n').sort()).toEqual(visited.sort());
  const path = `${LEGACY_ROOT_PATH}/1/9`;
  const shown = await bus.busctl('introspect', LEGACY_SERVICE_NAME, path, Iface.endpoint);
  expect(shown.stdout).toMatch(/^\.NetworkId +property +i +1 +const *$/m);
  harness.stop();
});
