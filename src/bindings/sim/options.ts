import { z } from 'zod';
import { absolutePath, mtu } from '../common/options';

/** Link keys of `binding = "sim"`. */
export const simOptions = z.strictObject({ socket: absolutePath, mtu: mtu(65_535) });
