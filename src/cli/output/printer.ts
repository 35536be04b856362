import { escapeControls } from './escape';
import type { Json } from './json';
import type { Sink } from './sink';
import type { Style } from './style';
import type { Cell, Column } from './table';
import { renderFields, renderTable } from './table';

/** Writes results: tables for people, JSON for programs. Messages go to standard error, so that output stays clean. */
export class Printer {
  constructor(
    private readonly out: Sink,
    private readonly err: Sink,
    /** Style of standard output. */
    readonly style: Style,
    readonly json: boolean,
  ) {}

  /** `value` under `--json`, else what `people` writes. */
  result(value: Json, people: () => void): void {
    if (this.json) this.out.write(`${JSON.stringify(value, undefined, 2)}\n`);
    else people();
  }

  /** One value on one line, for a stream of them. */
  jsonLine(value: Json): void {
    this.out.write(`${JSON.stringify(value)}\n`);
  }

  table(columns: readonly Column[], rows: readonly (readonly Cell[])[]): void {
    this.lines(renderTable(columns, rows, this.style));
  }

  fields(fields: readonly (readonly [string, Cell])[]): void {
    this.lines(renderFields(fields, this.style));
  }

  /** Text of our own, or such that has gone through `escapeControls`. */
  lines(lines: readonly string[]): void {
    if (lines.length > 0) this.out.write(`${lines.join('\n')}\n`);
  }

  /** A line about the run, for people only in the sense that nobody should parse it. */
  note(text: string): void {
    this.err.write(`mctpctl: ${escapeControls(text)}\n`);
  }
}
