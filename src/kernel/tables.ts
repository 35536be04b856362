import type { Neighbour } from '../core/net';
import { addressDump, decodeAddress } from '../os/kernel-addresses';
import { decodeLink, linkDump, type KernelLink } from '../os/kernel-links';
import type { Rtnetlink } from '../os/rtnetlink';
import type { RtnetlinkRequest } from '../os/rtnetlink-messages';
import { decodeNeighbour, neighbourDump } from './neighbours';
import type { Tables } from './picture';
import { decodeRoute, routeDump, type KernelRoute } from './routes';

/** Everything the kernel holds about MCTP. */
export interface AllTables extends Tables {
  /** In the order the kernel looks: the first that covers an EID is taken, the newest comes first. */
  readonly routes: readonly KernelRoute[];
  readonly neighbours: readonly Neighbour[];
}

/**
 * Dumps the four tables, in a turn of `rtnetlink`.
 * @throws MctpError `internal`, `closed`
 */
export async function readTables(rtnetlink: Pick<Rtnetlink, 'dump'>): Promise<AllTables> {
  return {
    links: await readLinks(rtnetlink),
    addresses: await read(rtnetlink, addressDump(), decodeAddress),
    routes: await read(rtnetlink, routeDump(), decodeRoute),
    neighbours: await read(rtnetlink, neighbourDump(), decodeNeighbour),
  };
}

/** The links alone; otherwise as {@link readTables}. */
export function readLinks(rtnetlink: Pick<Rtnetlink, 'dump'>): Promise<readonly KernelLink[]> {
  return read(rtnetlink, linkDump(), decodeLink);
}

async function read<T>(
  rtnetlink: Pick<Rtnetlink, 'dump'>,
  request: RtnetlinkRequest,
  decode: (payload: Uint8Array) => T | undefined,
): Promise<readonly T[]> {
  return (await rtnetlink.dump(request)).flatMap((each) => decode(each) ?? []);
}
