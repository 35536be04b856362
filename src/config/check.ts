import type { z } from 'zod';
import { isListOfPairs } from './eids';
import { expectedBy } from './expected';
import { fileSchema, hasOwnKeys } from './file';
import type { ConfigFile } from './file';
import { describeValue, valueAt } from './problems';
import type { KeyPath, Problem } from './problems';

export interface Checked {
  /** Absent when there are errors. */
  readonly file: ConfigFile | undefined;
  readonly errors: readonly Problem[];
  readonly warnings: readonly Problem[];
}

interface Finding extends Problem {
  /** An unknown key or a wrong TOML type: what a lenient check leaves out and goes on without. */
  readonly droppable: boolean;
}

type Raw = Readonly<Record<string, unknown>>;

interface Adjusted {
  readonly raw: Raw;
  readonly warnings: readonly Problem[];
}

/**
 * Checks a parsed file against the schema. A file without any key of ours is an upstream file: there unknown keys and
 * wrong types are warnings and count as absent; in any other file they are errors (R-DBUS-45).
 */
export function checkFile(parsed: Raw): Checked {
  const role = preferRole(parsed);
  const range = dropExtraRangeNumbers(role.raw);
  const warnings = [...role.warnings, ...range.warnings];
  const checked = hasOwnKeys(parsed)
    ? checkStrictly(range.raw, warnings)
    : checkLeniently(range.raw, warnings);
  if (!role.fromMode) return checked;
  const asWritten = (problem: Problem): Problem =>
    problem.path[0] === 'role' ? { ...problem, path: ['mode'] } : problem;
  return {
    ...checked,
    errors: checked.errors.map(asWritten),
    warnings: checked.warnings.map(asWritten),
  };
}

function checkStrictly(raw: Raw, warnings: readonly Problem[]): Checked {
  const result = fileSchema.safeParse(raw);
  if (result.success) return { file: result.data, errors: [], warnings };
  return { file: undefined, errors: findings(result.error.issues, raw), warnings };
}

/** Leaves out what may be left out until nothing of the kind is left; every turn removes at least one key. */
function checkLeniently(parsed: Raw, before: readonly Problem[]): Checked {
  const warnings = [...before];
  let raw = parsed;
  for (;;) {
    const result = fileSchema.safeParse(raw);
    if (result.success) return { file: result.data, errors: [], warnings };
    const found = findings(result.error.issues, raw);
    const dropped = found.filter((finding) => finding.droppable);
    if (dropped.length === 0) return { file: undefined, errors: found, warnings };
    for (const { path } of dropped) raw = without(raw, path) as Raw;
    warnings.push(...dropped.map((problem) => ({ ...problem, expected: `${problem.expected}; ignored` })));
  }
}

function findings(issues: readonly z.core.$ZodIssue[], raw: Raw): Finding[] {
  return issues.flatMap((issue) => {
    const path = issue.path.map((key) => (typeof key === 'symbol' ? String(key) : key));
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        path: [...path, key],
        found: 'an unknown key',
        expected: issue.message,
        droppable: true,
      }));
    }
    const value = valueAt(raw, path);
    const droppable = issue.code === 'invalid_type' && value !== undefined && !isFatalType(path, value);
    return [{ path, found: describeValue(value), expected: expectedBy(issue), droppable }];
  });
}

/** Wrong types that the reference does not overlook: the numbers of the range, and a rule that is no table. */
function isFatalType(path: KeyPath, value: unknown): boolean {
  if (path[0] === 'bus-owner' && path[1] === 'dynamic_eid_range') return path.length > 2;
  if (path[0] === 'interface') return path.length === 2;
  // A number that is no integer at all cannot come out of the parser; keep it an error should it ever.
  return typeof value === 'number' && !Number.isInteger(value);
}

/** `mode` is the old word for `role` and is read only where that is absent. */
function preferRole(parsed: Raw): Adjusted & { readonly fromMode: boolean } {
  if (!Object.hasOwn(parsed, 'mode')) return { raw: parsed, warnings: [], fromMode: false };
  const { mode, ...rest } = parsed;
  if (!Object.hasOwn(rest, 'role')) return { raw: { ...rest, role: mode }, warnings: [], fromMode: true };
  const expected = 'nothing beside role, which wins; ignored';
  return {
    raw: rest,
    warnings: [{ path: ['mode'], found: describeValue(mode), expected }],
    fromMode: false,
  };
}

/** Numbers after the second are overlooked in every file, with a warning. */
function dropExtraRangeNumbers(raw: Raw): Adjusted {
  const path = ['bus-owner', 'dynamic_eid_range'];
  const range = valueAt(raw, path);
  const table = valueAt(raw, ['bus-owner']);
  if (!Array.isArray(range) || range.length <= 2 || isListOfPairs(range)) return { raw, warnings: [] };
  return {
    raw: { ...raw, 'bus-owner': { ...(table as object), dynamic_eid_range: range.slice(0, 2) } },
    warnings: [
      { path, found: `${range.length} values`, expected: 'two EIDs, first and last; the others are ignored' },
    ],
  };
}

/** A copy in which the key at `path` is missing. Array elements are never dropped, so indexes stay. */
function without(value: unknown, path: KeyPath): unknown {
  const [key, ...rest] = path;
  if (key === undefined || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    return value.map((each: unknown, index) => (index === key ? without(each, rest) : each));
  }
  const entries = Object.entries(value).flatMap(([name, each]: [string, unknown]) => {
    if (name !== key) return [[name, each] as const];
    return rest.length === 0 ? [] : [[name, without(each, rest)] as const];
  });
  return Object.fromEntries(entries);
}
