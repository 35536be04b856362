import { z } from 'zod';
import { mtu } from '../common/options';

/** Link keys of `binding = "loopback"`. */
export const loopbackOptions = z.strictObject({ mtu: mtu(65_535) });
