/**
 * Finds the line of a key in TOML text: the parser keeps no positions, but an error should name a line. Best effort
 * over text that has already parsed; a wrong guess costs a line number, never more.
 */

/** Where a key was written: its full path (array-of-table indexes included) and its line, 1 the first. */
interface Mark {
  readonly path: string;
  readonly line: number;
}

/** Gives the line of a key path, or `undefined` when not even its first key is written down. */
export type LineFinder = (path: readonly (string | number)[]) => number | undefined;

/**
 * Reads `text` once. The finder gives the line of a path, or of its nearest ancestor that has one: keys of inline
 * tables and elements of arrays are on the line of their key.
 * @returns asked with keys and array indexes, for example `['link', 0, 'endpoint', 1, 'eid']`
 */
export function keyLines(text: string): LineFinder {
  const lines = new Map<string, number>();
  for (const mark of marks(text)) if (!lines.has(mark.path)) lines.set(mark.path, mark.line);
  return (path) => {
    for (let length = path.length; length > 0; length--) {
      const line = lines.get(encode(path.slice(0, length)));
      if (line !== undefined) return line;
    }
    return undefined;
  };
}

/** A map key that no two paths share, whatever characters the keys hold. */
function encode(path: readonly (string | number)[]): string {
  return JSON.stringify(path);
}

function* marks(text: string): Generator<Mark> {
  const counts = new Map<string, number>();
  let table: (string | number)[] = [];
  for (const { code, line } of statements(text)) {
    const header = /^\s*(\[\[?)/.exec(code);
    const keys = readKeys(code.slice(header?.[0].length ?? 0));
    if (keys === undefined) continue;
    if (header === null) {
      const full = [...table, ...keys];
      for (let i = table.length + 1; i <= full.length; i++) yield { path: encode(full.slice(0, i)), line };
      continue;
    }
    table = enterTable(keys, header[1] === '[[', counts);
    for (let i = 1; i <= table.length; i++) yield { path: encode(table.slice(0, i)), line };
  }
}

/** The path a header opens. `[[a.b]]` counts up; a key that names an array of tables means its last element. */
function enterTable(
  keys: readonly string[],
  isArray: boolean,
  counts: Map<string, number>,
): (string | number)[] {
  const path: (string | number)[] = [];
  keys.forEach((key, depth) => {
    path.push(key);
    const id = encode(path);
    if (isArray && depth === keys.length - 1) counts.set(id, (counts.get(id) ?? -1) + 1);
    const index = counts.get(id);
    if (index !== undefined) path.push(index);
  });
  return path;
}

/** A dotted key at the start of `code`, up to `=` or `]`. */
function readKeys(code: string): string[] | undefined {
  const part = /\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([A-Za-z0-9_-]+))\s*([.=\]])/y;
  const keys: string[] = [];
  for (let match = part.exec(code); match !== null; match = part.exec(code)) {
    const [, basic, literal, bare, end] = match;
    keys.push(basic === undefined ? (literal ?? bare ?? '') : unescapeBasic(basic));
    if (end !== '.') return keys;
  }
  return undefined;
}

/** TOML's escapes are JSON's plus two; text that JSON does not read stays as it is written. */
function unescapeBasic(text: string): string {
  try {
    return String(JSON.parse(`"${text}"`));
  } catch {
    return text;
  }
}

/** Lines on which a statement begins: those inside a multi-line string, array or inline table are passed over. */
function* statements(text: string): Generator<{ readonly code: string; readonly line: number }> {
  let depth = 0;
  let quote = '';
  for (const [index, code] of text.split('\n').entries()) {
    if (depth === 0 && quote === '') yield { code, line: index + 1 };
    // A header's brackets close on its own line, so they need no special case.
    ({ depth, quote } = scan(code, depth, quote));
  }
}

interface Scan {
  /** Open brackets and braces. */
  readonly depth: number;
  /** The multi-line quote that is open at the end of the line, or nothing. */
  readonly quote: string;
}

/** One line's brackets and quotes. */
function scan(code: string, startDepth: number, startQuote: string): Scan {
  const token = /"""|'''|\\.|["'#[\]{}]/g;
  let depth = startDepth;
  let quote = startQuote;
  for (let match = token.exec(code); match !== null; match = token.exec(code)) {
    const [found] = match;
    if (quote !== '') {
      if (found === quote) quote = '';
      // In a literal string a backslash is a character like others: look at what follows it again.
      else if (found.startsWith('\\') && quote.startsWith("'")) token.lastIndex--;
      // A one-line string is not ended by the first of three quotes; `"a"""` cannot occur in text that has parsed.
      else if (quote.length === 1 && found[0] === quote) quote = '';
    } else if (found === '#') break;
    else if (found.startsWith('"') || found.startsWith("'")) {
      // Three quotes open a multi-line string, unless it is an empty one-line string before something else.
      quote = found;
    } else if (found === '[' || found === '{') depth++;
    else if (found === ']' || found === '}') depth = Math.max(0, depth - 1);
  }
  return { depth, quote: quote.length === 3 ? quote : '' };
}
