import { displayWidth, escapeControls } from './escape';
import type { Colour, Style } from './style';

/** A cell: text, or text in a colour. Control characters are escaped here, so callers pass bus text as it is. */
export type Cell = string | number | { readonly text: string; readonly colour: Colour };

export interface Column {
  readonly title: string;
  /** Numbers stand to the right. */
  readonly right?: boolean;
}

const GAP = '  ';

/** Lines of a table with a heading; no line ends in blanks. An empty cell shows as `-`, so that `awk` counts right. */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  style: Style,
): string[] {
  const body = rows.map((row) => columns.map((_column, index) => toPart(row[index] ?? '')));
  const head = columns.map((column): Part => ({ text: column.title, colour: 'bold' }));
  const all = [head, ...body];
  const widths = columns.map((_column, index) =>
    Math.max(...all.map((row) => displayWidth(row[index]?.text ?? ''))),
  );
  return all.map((row) =>
    row
      .map((part, index) => {
        const last = index === columns.length - 1;
        return pad(part, { width: widths[index] ?? 0, right: columns[index]?.right === true, last }, style);
      })
      .join(GAP),
  );
}

/** `label  value` lines, the labels in one column. */
export function renderFields(fields: readonly (readonly [string, Cell])[], style: Style): string[] {
  const width = Math.max(...fields.map(([label]) => displayWidth(label)));
  return fields.map(([label, cell]) => {
    const part = toPart(cell);
    const value = part.colour === undefined ? part.text : style(part.colour, part.text);
    return `  ${style('dim', label)}${' '.repeat(width - displayWidth(label))}${GAP}${value}`;
  });
}

interface Part {
  readonly text: string;
  readonly colour?: Colour;
}

function toPart(cell: Cell): Part {
  const colour = typeof cell === 'object' ? cell.colour : undefined;
  const raw = typeof cell === 'object' ? cell.text : String(cell);
  const text = raw === '' ? '-' : escapeControls(raw);
  return colour === undefined ? { text } : { text, colour };
}

interface Place {
  readonly width: number;
  readonly right: boolean;
  readonly last: boolean;
}

function pad(part: Part, { width, right, last }: Place, style: Style): string {
  const blanks = ' '.repeat(width - displayWidth(part.text));
  const text = part.colour === undefined ? part.text : style(part.colour, part.text);
  if (right) return blanks + text;
  return last ? text : text + blanks;
}
