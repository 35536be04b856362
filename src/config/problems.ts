import { MctpError } from '../base/errors';
import type { LineFinder } from '../files/toml-lines';
import { TomlFloat } from '../files/toml';

export type KeyPath = readonly (string | number)[];

/** Something about a file that a person has to hear. */
export interface Problem {
  readonly path: KeyPath;
  readonly found: string;
  readonly expected: string;
}

/** `FILE:LINE: key.path: found X, expected Y` */
export function formatProblem(problem: Problem, file: string, lineOf: LineFinder): string {
  const line = lineOf(problem.path);
  const place = line === undefined ? file : `${file}:${line}`;
  return `${place}: ${formatPath(problem.path)}: found ${problem.found}, expected ${problem.expected}`;
}

/** All of them at once, one per line, so that a file is repaired in one go. */
export function configurationError(lines: readonly string[]): MctpError {
  return new MctpError('configuration', lines.join('\n'));
}

/** `link[0].endpoint[1].eid`; the first element of an array is 0. */
function formatPath(path: KeyPath): string {
  if (path.length === 0) return 'file';
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    const word = /^[A-Za-z0-9_-]+$/.test(key) ? key : JSON.stringify(key);
    return text === '' ? word : `${text}.${word}`;
  }, '');
}

const LONGEST_FOUND = 60;

/** A value as a person would write it, on one line and not too long. */
export function describeValue(value: unknown): string {
  const text = describe(value, 0).replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '?');
  return text.length > LONGEST_FOUND ? `${text.slice(0, LONGEST_FOUND)}...` : text;
}

function describe(value: unknown, depth: number): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean')
    return String(value);
  if (value instanceof TomlFloat) return `the float ${value.value}`;
  if (value instanceof Date) return 'a date';
  if (depth > 1) return Array.isArray(value) ? 'an array' : 'a table';
  if (Array.isArray(value)) return `[${value.map((each) => describe(each, depth + 1)).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return typeof value;
  const keys = Object.keys(value);
  return keys.length === 0 ? 'an empty table' : `a table with ${keys.join(', ')}`;
}

/** What stands at `path`; `undefined` where nothing does. */
export function valueAt(root: unknown, path: KeyPath): unknown {
  let value = root;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Readonly<Record<string | number, unknown>>)[key];
  }
  return value;
}
