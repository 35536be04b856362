import { z } from 'zod';
import { BASELINE_MTU } from '../../base/ids';

/** The strict schema of the link keys that belong to one binding: `parse` refuses keys of the others. */
export type OptionSchema<Options = unknown> = z.ZodObject & z.ZodType<Options>;

/** Packet size in bytes, 4 header bytes included; 68 where nothing is said. */
export const mtu = (largest: number) => z.int().min(BASELINE_MTU).max(largest).default(BASELINE_MTU);

export const absolutePath = z.string().regex(/^\/[^\0]+$/, 'must be an absolute path');

export interface OptionProblem {
  /** Key in the file; empty for the table as a whole. */
  readonly key: string;
  readonly message: string;
}

/** The options, or everything that is wrong with them. */
export function parseOptions<Options>(
  schema: OptionSchema<Options>,
  raw: unknown,
): { readonly options: Options } | { readonly problems: readonly OptionProblem[] } {
  const result = schema.safeParse(raw);
  if (result.success) return { options: result.data };
  return {
    problems: result.error.issues.map((issue) => ({ key: issue.path.join('.'), message: issue.message })),
  };
}
