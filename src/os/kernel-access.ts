import type { MctpSocket, MctpSocketListener } from './mctp-socket';
import type { NetlinkListener, NetlinkSocket } from './netlink';

/** The only way to the operating system from here (D-11). Each call opens a socket, or throws MctpError. */
export interface KernelAccess {
  openNetlink(listener: NetlinkListener): NetlinkSocket;
  openMctp(listener: MctpSocketListener): MctpSocket;
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
