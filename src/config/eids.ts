import { z } from 'zod';
import { EID_FIRST, EID_LAST } from '../base/ids';
import type { EidRange } from '../discovery/eid-pool';
import { int, list } from './fields';

/** The keys of `[bus-owner]` that say which EIDs are given out. */

const PAIR = 'two EIDs, first and last';
const eid = int(EID_FIRST, EID_LAST);
const ascending = ([first = 0, last = EID_LAST]: readonly number[]): boolean => last >= first;
const pair = list(eid).min(2, { error: PAIR }).refine(ascending, { error: 'first EID <= last EID' });
/** In a key of ours a third number is a slip. */
const exactPair = pair.max(2, { error: PAIR });

const oneRange = pair.transform((numbers) => [rangeOf(numbers)]);
const manyRanges = list(exactPair.transform(rangeOf)).min(1, { error: PAIR });

/** `[8, 254]` as upstream has it, or a list of such pairs. */
export const rangesSchema = z.unknown().transform((value, context): readonly EidRange[] => {
  const result = isListOfPairs(value) ? manyRanges.safeParse(value) : oneRange.safeParse(value);
  if (result.success) return result.data;
  for (const { code, path, message } of result.error.issues) {
    // A wrong type is told from a wrong value: an upstream file may have the one (R-DBUS-45).
    if (code === 'invalid_type') context.addIssue({ code, expected: 'array', path, message, input: value });
    else context.addIssue({ code: 'custom', path, message, input: value });
  }
  return z.NEVER;
});

/** EIDs, and pairs of them. */
export const reservedSchema = list(
  z.union([eid.transform((only) => ({ first: only, last: only })), exactPair.transform(rangeOf)], {
    error: `an integer ${EID_FIRST}..${EID_LAST}, or ${PAIR}`,
  }),
);

export function isListOfPairs(value: unknown): boolean {
  return Array.isArray(value) && Array.isArray(value[0]);
}

function rangeOf([first = EID_FIRST, last = EID_LAST]: readonly number[]): EidRange {
  return { first, last };
}
