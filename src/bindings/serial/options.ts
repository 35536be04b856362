import { z } from 'zod';
import { absolutePath } from '../common/options';

/** Link keys of `binding = "serial"`. */
export const serialOptions = z.strictObject({
  path: absolutePath,
  baud: z.int().min(300).max(4_000_000).default(115_200),
  peer_recovery: z.boolean().default(true),
});
