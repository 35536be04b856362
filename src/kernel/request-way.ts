import { MctpError, type ErrorContext } from '../base/errors';
import { EID_BROADCAST, EID_NULL, isEndpointEid, MAX_MESSAGE } from '../base/ids';
import { bytesEqual } from '../base/bytes';
import type { Destination, NetLink } from '../core/net';
import type { HardwareAddress, MctpSocketAddress } from '../os/mctp-address';

/** How a request leaves us, as far as it is ours to say: the rest is the kernel's (source EID, fragments, route). */
export interface RequestWay {
  readonly network: number;
  readonly eid: number;
  /** Extended addressing: straight to a physical address. */
  readonly hardware: HardwareAddress | undefined;
  /** The link it leaves through; `undefined`: only the kernel knows. */
  readonly link: NetLink | undefined;
  readonly context: ErrorContext;
}

/**
 * @param linkOf the link a route leads over, by network and EID
 * @throws MctpError `unreachable`, `link-down`, `not-supported`
 */
export function findWay(
  destination: Destination,
  links: (index: number) => NetLink | undefined,
  linkOf: (network: number, eid: number) => NetLink | undefined,
): RequestWay {
  if (destination.kind === 'eid') {
    const { network, eid } = destination;
    const link = linkOf(network, eid);
    const context = { ...(link === undefined ? {} : { link: link.name }), network, eid };
    if (!isEndpointEid(eid)) throw new MctpError('unreachable', 'requests go to EIDs of 8..254', context);
    checkUp(link, context);
    return { network, eid, hardware: undefined, link, context };
  }
  const link = links(destination.link);
  if (link === undefined) {
    throw new MctpError('unreachable', `there is no link with index ${destination.link}`);
  }
  const address = destination.kind === 'physical' ? destination.address : new Uint8Array(0);
  const eid = destination.kind === 'physical' ? EID_NULL : EID_BROADCAST;
  const context = { link: link.name, network: link.network, physicalAddress: address };
  if (address.length !== link.addressLength) {
    if (destination.kind === 'broadcast') {
      throw new MctpError(
        'not-supported',
        'the kernel sends no broadcasts on a link with addresses',
        context,
      );
    }
    const text = `a physical address of this link has ${String(link.addressLength)} bytes`;
    throw new MctpError('unreachable', text, context);
  }
  checkUp(link, context);
  const hardware = { ifindex: link.index, address: new Uint8Array(address) };
  return { network: link.network, eid, hardware, link, context };
}

/** @throws MctpError `message-too-long`, `invalid-arguments` */
export function checkMessage(message: Uint8Array, context: ErrorContext): void {
  if (message.length === 0) throw new MctpError('invalid-arguments', 'a message has a type byte', context);
  if (message.length > MAX_MESSAGE) {
    const text = `a message has ${MAX_MESSAGE} bytes at most, not ${message.length}`;
    throw new MctpError('message-too-long', text, context);
  }
}

/**
 * Whether a response comes from where the request went. A tag value given back early goes to the next request at once,
 * so that a late answer to the first can arrive on the socket of the second (kernel.md section 6).
 */
export function comesFrom(from: MctpSocketAddress, way: RequestWay): boolean {
  const { hardware } = way;
  if (hardware === undefined) return from.eid === way.eid && from.network === way.network;
  if (way.eid === EID_BROADCAST) return from.hardware?.ifindex === hardware.ifindex;
  if (from.hardware === undefined || from.hardware.ifindex !== hardware.ifindex) return false;
  return bytesEqual(from.hardware.address, hardware.address);
}

/** The kernel would drop the message and say it was sent. */
function checkUp(link: NetLink | undefined, context: ErrorContext): void {
  if (link?.up !== false) return;
  throw new MctpError('link-down', 'the link is down; bring it up (mctpctl link set LINK --up)', context);
}
