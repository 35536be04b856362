import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MctpError } from '../base/errors';
import { packageRoot } from '../files/package-root';
import type { Rows } from './rows';
import { parseXml } from './xml';
import type { XmlElement } from './xml';

export interface MethodDescription {
  readonly inSignature: string;
  readonly outSignature: string;
}

export interface PropertyDescription {
  readonly signature: string;
  readonly writable: boolean;
  /** EmitsChangedSignal: `true`, `const` or `false`. */
  readonly emits: string;
}

/** One file of `dbus-interfaces/`: the one truth about an interface (design decision D-5). */
export interface InterfaceDescription {
  readonly name: string;
  readonly methods: ReadonlyMap<string, MethodDescription>;
  readonly properties: ReadonlyMap<string, PropertyDescription>;
  readonly signals: ReadonlyMap<string, string>;
  /** The `<interface>` element as it stands in the file, indented to stand in a `<node>`. */
  readonly xml: string;
}

export type Descriptions = ReadonlyMap<string, InterfaceDescription>;

const HEADER = `<!DOCTYPE node PUBLIC "-//freedesktop//DTD D-BUS Object Introspection 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/introspect.dtd">
`;
const EMITS_CHANGED = 'org.freedesktop.DBus.Property.EmitsChangedSignal';

const FOLDER = join(packageRoot(), 'dbus-interfaces');

/** Reads every interface file. @throws MctpError `internal` for one that cannot be read */
export function loadDescriptions(folder: string = FOLDER): Descriptions {
  const files = readdirSync(folder).filter((file) => file.endsWith('.xml'));
  return new Map(
    files.map((file) => {
      const description = describe(readFileSync(join(folder, file), 'utf8'), file);
      return [description.name, description] as const;
    }),
  );
}

/** As mctpd 1.x had them (R-CONS-46): what kept its name and changed its types is there twice. @throws as above */
export function loadLegacyDescriptions(): Descriptions {
  return new Map([...loadDescriptions(), ...loadDescriptions(join(FOLDER, 'legacy'))]);
}

/** The XML of an object: its interfaces in the order given, then its children by relative name (R-CONS-31). */
export function composeXml(interfaces: readonly InterfaceDescription[], children: readonly string[]): string {
  const nodes = children.map((child) => `  <node name="${child}"/>\n`);
  return `${HEADER}<node>\n${interfaces.map((each) => each.xml).join('')}${nodes.join('')}</node>\n`;
}

/** A handler table must serve exactly what the file promises. @throws MctpError `internal`: a defect of ours */
export function checkRows(descriptions: Descriptions, rows: Rows<never>): void {
  const description = descriptions.get(rows.name);
  if (description === undefined)
    throw new MctpError('internal', `there is no dbus-interfaces/${rows.name}.xml`);
  const writable = [...description.properties]
    .filter(([, property]) => property.writable)
    .map(([name]) => name);
  const pairs: readonly (readonly [string, Iterable<string>, object])[] = [
    ['methods', description.methods.keys(), rows.methods],
    ['properties', description.properties.keys(), rows.properties],
    ['writable properties', writable, rows.setters ?? {}],
  ];
  for (const [what, promised, served] of pairs) {
    const [wanted, actual] = [[...promised].sort().join(' '), Object.keys(served).sort().join(' ')];
    if (wanted !== actual) {
      throw new MctpError('internal', `${rows.name}: ${what} are "${actual}", the file says "${wanted}"`);
    }
  }
}

function describe(text: string, file: string): InterfaceDescription {
  const element = interfaceElement(text, file);
  return {
    name: attribute(element, 'name'),
    methods: byName(element, 'method', (method) => ({
      inSignature: signatureOf(method, 'in'),
      outSignature: signatureOf(method, 'out'),
    })),
    properties: byName(element, 'property', (property) => ({
      signature: attribute(property, 'type'),
      writable: attribute(property, 'access') === 'readwrite',
      emits: annotation(property, EMITS_CHANGED) ?? 'true',
    })),
    signals: byName(element, 'signal', (signal) => signatureOf(signal, undefined)),
    xml: text.slice(text.indexOf('  <interface'), text.lastIndexOf('</node>')),
  };
}

function interfaceElement(text: string, file: string): XmlElement {
  try {
    const [element, ...others] = parseXml(text).children;
    if (element?.name === 'interface' && others.length === 0) return element;
  } catch (error) {
    throw new MctpError('internal', `cannot read dbus-interfaces/${file}`, {}, { cause: error });
  }
  throw new MctpError('internal', `dbus-interfaces/${file} does not hold one interface`);
}

function byName<T>(
  element: XmlElement,
  kind: string,
  read: (child: XmlElement) => T,
): ReadonlyMap<string, T> {
  const children = element.children.filter((child) => child.name === kind);
  return new Map(children.map((child) => [attribute(child, 'name'), read(child)]));
}

function signatureOf(element: XmlElement, direction: string | undefined): string {
  return element.children
    .filter((child) => child.name === 'arg' && child.attributes.get('direction') === direction)
    .map((child) => attribute(child, 'type'))
    .join('');
}

function annotation(element: XmlElement, name: string): string | undefined {
  return element.children
    .find((child) => child.name === 'annotation' && child.attributes.get('name') === name)
    ?.attributes.get('value');
}

function attribute(element: XmlElement, name: string): string {
  const value = element.attributes.get(name);
  if (value === undefined) throw new MctpError('internal', `an XML element ${element.name} has no ${name}`);
  return value;
}
