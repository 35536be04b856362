import type { Incoming } from '../core/net';
import { TAG_MASK, TAG_OWNER, type MctpSocketAddress } from '../os/mctp-address';

/** A message of an AF_MCTP socket. Under which EID of ours it came the kernel does not tell: 0 stands for that. */
export function incomingFrom(bytes: Uint8Array, from: MctpSocketAddress): Incoming {
  const message = new Uint8Array(bytes.length + 1);
  message[0] = from.type;
  message.set(bytes, 1);
  return {
    ...{ network: from.network, link: from.hardware?.ifindex ?? 0, source: from.eid },
    ...{ destination: 0, localEid: 0, physical: from.hardware?.address ?? new Uint8Array(0) },
    ...{ tag: from.tag & TAG_MASK, to: (from.tag & TAG_OWNER) !== 0, bytes: message },
    ...{ ic: (from.type & 0x80) !== 0, type: from.type & 0x7f },
  };
}
