import type { RouterLink } from './link-table';
import type { Incoming } from './net';
import { typeOf } from './outgoing';
import type { Addressing } from './packet';

/** Messages from us to us: no link carries them. */
export class LoopBack {
  /** @param deliver told of each message on a later turn */
  constructor(private readonly deliver: (incoming: Incoming) => void) {}

  send(link: RouterLink, message: Uint8Array, addressing: Addressing): void {
    const { destination, source, tag, to } = addressing;
    const { index, network, address } = link.info;
    const first = message[0] ?? 0;
    const incoming: Incoming = {
      network,
      link: index,
      source,
      destination,
      physical: new Uint8Array(address),
      localEid: destination,
      tag,
      to,
      ic: (first & 0x80) !== 0,
      type: typeOf(message),
      bytes: new Uint8Array(message),
      looped: true,
    };
    queueMicrotask(() => this.deliver(incoming));
  }
}
