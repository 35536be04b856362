import { z } from 'zod';

/** The strict schema of the link keys that belong to one binding: `parse` refuses keys of the others. */
export type OptionSchema<Options = unknown> = z.ZodObject & z.ZodType<Options>;

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
