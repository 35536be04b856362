import { isMctpError } from '../base/errors';
import { type DatagramOps, DatagramSocket } from './datagram-socket';
import { AF_MCTP, decodeMctpAddress, encodeMctpAddress, type MctpSocketAddress } from './mctp-address';
import { Errno, osError } from './errno';
import { int32 } from './native-order';

const SOCK_DGRAM = 2;
const SOL_MCTP = 285;
const MCTP_OPT_ADDR_EXT = 1;

const KIND = { family: AF_MCTP, type: SOCK_DGRAM, protocol: 0, title: 'AF_MCTP' };

export interface MctpSocketListener {
  /** A message without its type byte, which is in `from.type`. */
  message(bytes: Uint8Array, from: MctpSocketAddress): void;
  /** Receiving failed with this positive errno; the socket stays open. */
  failed(errno: number): void;
}

/** A socket of the kernel's MCTP stack. Fragmentation, source EID and tag values are the kernel's business. */
export class MctpSocket {
  private constructor(private readonly socket: DatagramSocket) {}

  /** @throws MctpError 'not-supported' on a kernel without MCTP (EAFNOSUPPORT). */
  static open(ops: DatagramOps, listener: MctpSocketListener): MctpSocket {
    const socket = DatagramSocket.open(ops, KIND, {
      message(bytes, raw) {
        const from = raw === undefined ? undefined : decodeMctpAddress(raw);
        if (from !== undefined) listener.message(bytes, from);
      },
      failed: (errno) => listener.failed(errno),
    });
    return new MctpSocket(socket);
  }

  /** Claims incoming requests of a type (IC bit ignored) to `eid`, 0xff being any local EID. Needs CAP_NET_BIND_SERVICE. */
  bind(address: Pick<MctpSocketAddress, 'network' | 'eid' | 'type'>): void {
    this.socket.bind(encodeMctpAddress({ ...address, tag: 0 }));
  }

  /**
   * Names the peer whose requests alone a later {@link bind} of the same network and type claims.
   * @returns false on a kernel that cannot (6.1): EOPNOTSUPP
   */
  nameSource(peer: Pick<MctpSocketAddress, 'network' | 'eid' | 'type'>): boolean {
    const result = this.socket.connect(encodeMctpAddress({ ...peer, tag: 0 }));
    if (result === -Errno.EOPNOTSUPP) return false;
    if (result < 0) throw osError('internal', 'cannot name the peer on the AF_MCTP socket', result);
    return true;
  }

  /** From now on addresses carry the hardware part, both ways; an address with it needs this first. */
  useExtendedAddresses(): void {
    this.socket.setOption(SOL_MCTP, MCTP_OPT_ADDR_EXT, int32(1));
  }

  /** `bytes` without the type byte. Gives their number or a negative errno (EHOSTUNREACH, EBUSY, ENOBUFS, ...). */
  send(bytes: Uint8Array, to: MctpSocketAddress): number {
    return this.socket.send(bytes, encodeMctpAddress(to));
  }

  /** Tag requests (SIOCMCTPALLOCTAG and its kin): the result or a negative errno, `argument` changed in place. */
  ioctl(request: number, argument: Uint8Array): number {
    return this.socket.ioctl(request, argument);
  }

  unref(): void {
    this.socket.unref();
  }

  /** Also gives back every tag this socket holds. */
  close(): void {
    this.socket.close();
  }
}

/** Whether this kernel has MCTP sockets. */
export function kernelHasMctp(ops: DatagramOps): boolean {
  try {
    MctpSocket.open(ops, { message: () => undefined, failed: () => undefined }).close();
    return true;
  } catch (error) {
    if (isMctpError(error, 'not-supported')) return false;
    throw error;
  }
}
