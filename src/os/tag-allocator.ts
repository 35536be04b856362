import type { MctpSocket } from './mctp-socket';
import { Errno } from './errno';
import { LITTLE_ENDIAN, viewOf } from './native-order';
import { TAG_MASK } from './mctp-address';

const SIOCMCTPALLOCTAG = 0x89e0;
/** Kernels newer than 6.1: names the network. */
const SIOCMCTPALLOCTAG2 = 0x89e2;
/** The network version 1 allocates in: the kernel's default. */
const DEFAULT_NETWORK = 1;
const EID_ANY = 0xff;

/** Tag values that stay ours until the socket is closed. */
export class TagAllocator {
  private hasVersion2 = true;

  /** The value, 0..7, or a negative errno: EBUSY when the peer's eight are taken, EOPNOTSUPP where this kernel cannot. */
  allocate(socket: Pick<MctpSocket, 'ioctl'>, network: number, eid: number): number {
    if (this.hasVersion2) {
      const result = allocate2(socket, network, eid);
      if (result !== -Errno.EINVAL && result !== -Errno.ENOTTY) return result;
      this.hasVersion2 = false;
    }
    if (network !== DEFAULT_NETWORK) return -Errno.EOPNOTSUPP;
    const argument = Uint8Array.of(eid, 0, 0, 0);
    const result = socket.ioctl(SIOCMCTPALLOCTAG, argument);
    return result < 0 ? result : (argument[1] ?? 0) & TAG_MASK;
  }
}

/** u32 network, peer, local EID (any), u16 flags, tag, filled up to 12 bytes. */
function allocate2(socket: Pick<MctpSocket, 'ioctl'>, network: number, eid: number): number {
  const argument = new Uint8Array(12);
  viewOf(argument).setUint32(0, network, LITTLE_ENDIAN);
  argument[4] = eid;
  argument[5] = EID_ANY;
  const result = socket.ioctl(SIOCMCTPALLOCTAG2, argument);
  return result < 0 ? result : (argument[8] ?? 0) & TAG_MASK;
}
