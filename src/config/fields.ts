import { isAbsolute } from 'node:path';
import { z } from 'zod';

/**
 * Building blocks of the schemas. The message of every issue is the text of what was EXPECTED, and nothing else:
 * `problems.ts` puts place and finding before it.
 */

export function int(min: number, max: number): z.ZodNumber {
  const error = `an integer ${min}..${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
}

export function bool(): z.ZodBoolean {
  return z.boolean({ error: 'true or false' });
}

export function choice<const Values extends readonly [string, ...string[]]>(
  ...values: Values
): z.ZodType<Values[number]> {
  const error = `one of ${values.map((value) => `"${value}"`).join(', ')}`;
  // Two steps, so that a number is told from a wrong word: only the second is wrong in every file (R-DBUS-45).
  return z.string({ error }).pipe(z.enum(values, { error }));
}

/** An absolute path; the daemon's working directory means nothing to the person who wrote the file. */
export function path(): z.ZodString {
  const error = 'an absolute path';
  return z.string({ error }).refine((text) => isAbsolute(text) && !text.includes('\0'), { error });
}

/** A string that `test` accepts. */
export function text(error: string, test: (value: string) => boolean = () => true): z.ZodString {
  return z.string({ error }).refine(test, { error });
}

export function list<Item extends z.ZodType>(item: Item): z.ZodArray<Item> {
  return z.array(item, { error: 'an array' });
}

/** `[[name]]` */
export function tables<Item extends z.ZodType>(item: Item): z.ZodArray<Item> {
  return z.array(item, { error: 'an array of tables, written with [[ ]]' });
}

/** A table that refuses keys it does not know. */
export function table<Shape extends z.ZodRawShape>(shape: Shape): z.ZodObject<Shape, z.core.$strict> {
  const keys = Object.keys(shape).join(', ');
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? `one of ${keys}` : 'a table'),
  });
}
