import type { DatagramOps } from './datagram-socket';
import { MctpSocket, type MctpSocketListener } from './mctp-socket';
import { NetlinkSocket, type NetlinkListener } from './netlink';

/** The only way to the operating system from here (D-11). Each call opens a socket, or throws MctpError. */
export interface KernelAccess {
  openNetlink(listener: NetlinkListener): NetlinkSocket;
  openMctp(listener: MctpSocketListener): MctpSocket;
}

/** Through the native helper. @param ops of the helper, or a kernel in memory */
export function kernelAccess(ops: DatagramOps): KernelAccess {
  return {
    openNetlink: (listener) => NetlinkSocket.open(ops, listener),
    openMctp: (listener) => MctpSocket.open(ops, listener),
  };
}

/**
 * A socket whose addresses carry the hardware part. Nothing is left open when it cannot be had.
 * @throws MctpError
 */
export function openExtended(
  access: Pick<KernelAccess, 'openMctp'>,
  listener: MctpSocketListener,
): MctpSocket {
  const socket = access.openMctp(listener);
  try {
    socket.useExtendedAddresses();
  } catch (error) {
    socket.close();
    throw error;
  }
  return socket;
}
