import { z } from 'zod';

/** Link keys of `binding = "loopback"`: none of its own. */
export const loopbackOptions = z.strictObject({});
