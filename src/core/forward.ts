import { EMPTY } from '../base/bytes';
import { HEADER_SIZE } from '../base/ids';
import type { DropReason } from './drops';
import type { PacketBuffer } from './fragment';
import type { PacketSource } from './link-port';
import type { LinkTable, RouterLink } from './link-table';
import { TAG_BITS, destinationOf, flagsOf, sourceOf } from './packet';
import type { RouteTable } from './routes';

/**
 * Passes a packet for somebody else on to the link that leads there (DSP0236 §9): header unchanged, never
 * re-fragmented, never back to where it came from. Null and broadcast destinations do not get here: they are local.
 * @param packet only valid during the call, so it is copied if it goes on
 * @returns why it was dropped instead
 */
export function forwardPacket(
  packet: Uint8Array,
  from: RouterLink,
  { links, routes }: { readonly links: LinkTable; readonly routes: RouteTable },
): DropReason | undefined {
  if (!from.forward) return 'NotForUs';
  const destination = destinationOf(packet);
  const hop = routes.resolve(from.info.network, destination);
  const to = hop === undefined ? undefined : links.get(hop.link);
  if (hop === undefined || to === undefined) return 'NoRoute';
  if (to === from || !to.forward) return 'NotForUs';
  const physical = hop.address ?? (to.info.addressLength === 0 ? EMPTY : undefined);
  if (physical === undefined) return 'NoRoute';
  if (packet.length > to.info.mtu) return 'ForwardTooLong';
  if (!to.info.up) return 'TransmitLinkDown';
  if (!to.port.hasRoomForForeign(packet.length)) return 'TransmitQueueFull';
  to.port.send({
    packets: new SinglePacket(new Uint8Array(packet)),
    physical,
    broadcast: false,
    name: (destination << 12) | (sourceOf(packet) << 4) | (flagsOf(packet) & TAG_BITS),
    bytes: packet.length - HEADER_SIZE,
    foreign: true,
    single: true,
    onPacket: () => undefined,
    // The port has counted the failure; nobody waits for a forwarded packet.
    onDone: () => undefined,
  });
  return undefined;
}

/** A packet that came from one link and goes out on another as it is. */
class SinglePacket implements PacketSource {
  done = false;

  constructor(private readonly packet: Uint8Array) {}

  write(buffer: PacketBuffer): number {
    buffer.bytes.set(this.packet);
    return this.packet.length;
  }

  advance(): void {
    this.done = true;
  }
}
