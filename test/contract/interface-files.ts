import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseXml } from '../../src/dbus/xml';
import type { XmlElement } from '../../src/dbus/xml';

/** The XML files of a folder and the pages beside them (design decision D-5). */
export class InterfaceFiles {
  /** The `<interface>` element by file name, without the ending. */
  readonly elements: ReadonlyMap<string, XmlElement>;

  constructor(private readonly folder: string) {
    const files = readdirSync(folder).filter((file) => file.endsWith('.xml'));
    this.elements = new Map(files.map((file) => [file.replace(/\.xml$/, ''), this.element(file)]));
  }

  get names(): string[] {
    return [...this.elements.keys()].sort();
  }

  /** Interfaces that have a page: what is ours to explain. */
  get documented(): string[] {
    return this.names.filter((name) => !name.startsWith('org.freedesktop.DBus.'));
  }

  get pages(): string[] {
    return readdirSync(this.folder).filter((file) => file.endsWith('.md') && file !== 'README.md');
  }

  /** Every member has its heading and, if it is a method, its busctl line; no other heading is there. */
  expectPage(name: string): void {
    const page = join(this.folder, `${name}.md`);
    expect(existsSync(page)).toBe(true);
    const text = readFileSync(page, 'utf8');
    for (const member of this.elements.get(name)?.children ?? []) {
      expect(text).toContain(heading(member));
      const called = member.attributes.get('name') ?? '';
      if (member.name === 'method')
        expect(text).toMatch(new RegExp(`busctl call \\S+ \\S+ ${name} ${called}\\b`));
    }
    const headings = text.match(/^### /gm) ?? [];
    expect(headings).toHaveLength(this.elements.get(name)?.children.length ?? 0);
  }

  private element(file: string): XmlElement {
    const [element] = parseXml(readFileSync(join(this.folder, file), 'utf8')).children;
    if (element === undefined) throw new Error(`${file} is empty`);
    return element;
  }
}

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
