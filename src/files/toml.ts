import { createRequire } from 'node:module';
import type * as SmolToml from 'smol-toml' with { 'resolution-mode': 'import' };
import { MctpError } from '../base/errors';

// The package has a CommonJS build but types of its ES module only, which a plain import would run into.
const { parse, TomlError } = createRequire(__filename)('smol-toml') as typeof SmolToml;

/** A TOML float. Kept apart from an integer, because `10.0` is not a valid value of an integer key. */
export class TomlFloat {
  constructor(readonly value: number) {}
}

/**
 * What {@link parseToml} yields: string, boolean, number (an integer), bigint (an integer beyond 2^53), TomlFloat (or
 * number where `floats` asks for it), Date, arrays of these, and tables without a prototype.
 */
export interface TomlTable {
  readonly [key: string]: unknown;
}

export interface TomlOptions {
  /** `marked` (default): floats are {@link TomlFloat}; `plain`: they are numbers like the integers. */
  readonly floats?: 'marked' | 'plain';
}

/**
 * Reads TOML text.
 * @param file named in the error
 * @throws MctpError `configuration`: `FILE:LINE:COLUMN: found X, expected Y`
 */
export function parseToml(text: string, file: string, options: TomlOptions = {}): TomlTable {
  try {
    const plainFloats = options.floats === 'plain';
    return convertTable(
      parse(text.replace(/^\ufeff/, ''), { integersAsBigInt: true, maxDepth: 32 }),
      plainFloats,
    );
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    throw new MctpError('configuration', syntaxMessage(error, text, file));
  }
}

function convertTable(table: object, plainFloats: boolean): TomlTable {
  const result = Object.create(null) as Record<string, unknown>;
  for (const [key, value] of Object.entries(table)) result[key] = convert(value, plainFloats);
  return result;
}

function convert(value: unknown, plainFloats: boolean): unknown {
  if (typeof value === 'bigint') {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }
  if (typeof value === 'number') return plainFloats ? value : new TomlFloat(value);
  if (Array.isArray(value)) return value.map((each) => convert(each, plainFloats));
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  return convertTable(value, plainFloats);
}

/** The parser says what is wrong; these say what would be right. First match wins. */
const EXPECTED: readonly (readonly [RegExp, string])[] = [
  [/redefine/, 'each key and each table at most once'],
  [
    /control characters|unfinished string/,
    'a string that ends with its quote, on the same line unless it has three',
  ],
  [/escape/, 'one of the escapes \\b \\t \\n \\f \\r \\" \\\\ \\uXXXX \\UXXXXXXXX'],
  [/nested/, 'at most 32 arrays and tables inside each other'],
  [/comma or end/, 'a comma, or the closing bracket'],
  [/leading zero|numeric|integer/, 'an integer of at most 64 bits, as 10 or 0x1d, without leading zeros'],
  [/date|time/, 'a date that exists, as 2026-01-31'],
  [/end-of-line/, 'nothing more on this line'],
  [/key|table/, 'a line `key = value`, `[table]` or `[[table]]`'],
  [/value/, 'a value: a "string", an integer, true, false, an [array] or a {table}'],
];

function syntaxMessage(error: SmolToml.TomlError, text: string, file: string): string {
  const what = (error.message.split('\n')[0] ?? '').replace(/^Invalid TOML document: /, '');
  const expected = EXPECTED.find(([pattern]) => pattern.test(what))?.[1] ?? 'TOML';
  const found = (text.split(/\r?\n/)[error.line - 1] ?? '').trim().slice(0, 60);
  return `${file}:${error.line}:${error.column}: found ${JSON.stringify(found)} (${what}), expected ${expected}`;
}
