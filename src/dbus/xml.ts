/** One element of an XML text of ours. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
}

interface OpenElement extends XmlElement {
  readonly children: XmlElement[];
}

const TAG = /<(\/?)([A-Za-z]+)((?:\s+[A-Za-z]+="[^"<>&]*")*)\s*(\/?)>/g;
const ATTRIBUTE = /([A-Za-z]+)="([^"]*)"/g;

/**
 * Reads what the files in `dbus-interfaces/` use of XML: elements and attributes without entities, nothing else. They
 * are our own files, so this is no general parser, and text it cannot read is refused as a whole.
 * @throws SyntaxError
 */
export function parseXml(text: string): XmlElement {
  const body = text.replace(/<!DOCTYPE[^>]*>/, '');
  if (body.replace(TAG, '').trim() !== '') throw new SyntaxError('text outside of elements');
  const top: OpenElement = { name: '', attributes: new Map(), children: [] };
  const open: OpenElement[] = [top];
  for (const [, slash, name = '', attributes = '', selfClosing] of body.matchAll(TAG)) {
    if (slash === '/') {
      if (open.length < 2 || open.pop()?.name !== name) throw new SyntaxError(`unexpected </${name}>`);
      continue;
    }
    const element: OpenElement = { name, attributes: readAttributes(attributes), children: [] };
    open.at(-1)?.children.push(element);
    if (selfClosing !== '/') open.push(element);
  }
  const [root, ...others] = top.children;
  if (root === undefined || others.length > 0 || open.length !== 1) throw new SyntaxError('not one element');
  return root;
}

function readAttributes(text: string): ReadonlyMap<string, string> {
  return new Map([...text.matchAll(ATTRIBUTE)].map(([, name = '', value = '']) => [name, value]));
}
