import { systemPlatform, type Platform } from '../../src/daemon/platform';
import { freshSocketName } from './socket-name';

/** The system, but for the names that only one daemon can have. */
export function testPlatform(given: Parameters<typeof systemPlatform>[0]): Platform {
  return { ...systemPlatform(given), socketAddress: freshSocketName };
}
