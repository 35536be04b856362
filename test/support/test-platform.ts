import type { DatagramOps } from '../../src/os/datagram-socket';
import { systemPlatform, type Platform } from '../../src/daemon/platform';
import { MctpError } from '../../src/base/errors';
import { freshSocketName } from './socket-name';

/** The system, but for the names that only one daemon can have, and for MCTP in its kernel, which it may have or not. */
export function testPlatform(given: Parameters<typeof systemPlatform>[0]): Platform {
  return { ...systemPlatform(given), socketAddress: freshSocketName, datagrams: noMctp };
}

function noMctp(): DatagramOps {
  throw new MctpError('not-supported', 'this kernel has no AF_MCTP');
}
