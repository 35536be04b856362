import type { Neighbour } from '../core/net';
import { addressDump, decodeAddress } from '../os/kernel-addresses';
import { decodeLink, linkDump } from '../os/kernel-links';
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
  const read = async <T>(
    request: RtnetlinkRequest,
    decode: (payload: Uint8Array) => T | undefined,
  ): Promise<readonly T[]> => (await rtnetlink.dump(request)).flatMap((each) => decode(each) ?? []);
  return {
    links: await read(linkDump(), decodeLink),
    addresses: await read(addressDump(), decodeAddress),
    routes: await read(routeDump(), decodeRoute),
    neighbours: await read(neighbourDump(), decodeNeighbour),
  };
}
