import { bytesEqual } from '../../base/bytes';
import type { Incoming } from '../../core/net';

/** A bus owner that has told us something: its EID and its physical address on the link. */
export interface Owner {
  readonly eid: number;
  readonly address: Uint8Array;
}

export function ownerOf({ source, physical }: Incoming): Owner {
  return { eid: source, address: physical };
}

export function sameOwner(a: Owner, b: Owner): boolean {
  return a.eid === b.eid && bytesEqual(a.address, b.address);
}
