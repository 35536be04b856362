import type { MctpSocket, MctpSocketListener } from './mctp-socket';
import type { NetlinkListener, NetlinkSocket } from './netlink';

/** The only way to the operating system from here (D-11). Each call opens a socket, or throws MctpError. */
export interface KernelAccess {
  openNetlink(listener: NetlinkListener): NetlinkSocket;
  openMctp(listener: MctpSocketListener): MctpSocket;
}
