import { z } from 'zod';
import { absolutePath } from '../common/options';

/** Link keys of `binding = "sim"`. */
export const simOptions = z.strictObject({ socket: absolutePath });
