import type { z } from 'zod';

const TYPES: ReadonlyMap<string, string> = new Map([
  ['number', 'an integer'],
  ['int', 'an integer'],
  ['string', 'a string'],
  ['boolean', 'true or false'],
  ['array', 'an array'],
  ['object', 'a table'],
]);

/**
 * What an issue expected. Schemas of this folder say it in their message; those of the bindings keep the library's own
 * wording ("Too big: expected number to be <=251"), which is put into the same form.
 */
export function expectedBy(issue: z.core.$ZodIssue): string {
  if (!/^(Too (big|small)|Invalid)/.test(issue.message)) return issue.message.replace(/^must be /, '');
  if (issue.code === 'too_big') return `at most ${issue.maximum}`;
  if (issue.code === 'too_small') return `at least ${issue.minimum}`;
  if (issue.code === 'invalid_type') return TYPES.get(issue.expected) ?? issue.expected;
  return issue.message;
}
