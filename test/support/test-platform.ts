import type { DatagramOps } from '../../src/os/datagram-socket';
import { systemPlatform, type Platform } from '../../src/daemon/platform';
import { MctpError } from '../../src/base/errors';
import { freshSocketName } from './socket-name';

/** The system, but for the names that only one daemon can have, and for MCTP in its kernel, which it may have or not. */
export function testPlatform(given: Parameters<typeof systemPlatform>[0]): Platform {
  const addresses = new Map<string, string>();
  const socketAddress = (name: string): string => {
    const address = addresses.get(name) ?? freshSocketName(name);
    addresses.set(name, address);
    return address;
  };
  return { ...systemPlatform(given), socketAddress, datagrams: noMctp };
}

function noMctp(): DatagramOps {
  throw new MctpError('not-supported', 'this kernel has no AF_MCTP');
}
