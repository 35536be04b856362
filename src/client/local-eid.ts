import { covers, type Net, type NetLink } from '../core/net';
import { ClientError, badArgument } from './client-error';

/** Our EID in a network: the lowest on the first link that has one; 0 = none. */
export function localEid(net: Net, network: number): number {
  return bearer(linksOf(net, network))?.localEids[0] ?? 0;
}

/**
 * Changes our EID on every link of the network that bears it, or gives one to the first link (R-API-20).
 * @param mayChange whether the EIDs of a link are ours to choose: not the kernel's, not given by a bus owner
 * @throws ClientError `AddrInUse`, `BadArgument` for a network without links
 */
export async function changeLocalEid(
  net: Net,
  network: number,
  eid: number,
  mayChange: (link: NetLink) => boolean,
): Promise<void> {
  const links = linksOf(net, network);
  const old = localEid(net, network);
  if (eid === old) return;
  const bearers = old === 0 ? links.slice(0, 1) : links.filter(({ localEids }) => localEids.includes(old));
  if (bearers.length === 0) throw badArgument(`network ${network} has no link`);
  const isTaken = links.some(({ localEids }) => localEids.includes(eid)) || isRouted(net, network, eid);
  if (isTaken || !bearers.every(mayChange)) throw new ClientError('AddrInUse');
  for (const { index } of bearers) {
    // The new one first: a link without an EID answers nobody.
    await net.addLocalEid(index, eid);
    if (old !== 0) await net.removeLocalEid(index, old);
  }
}

function linksOf(net: Net, network: number): readonly NetLink[] {
  return net
    .links()
    .filter((link) => link.network === network)
    .sort((a, b) => a.index - b.index);
}

function bearer(links: readonly NetLink[]): NetLink | undefined {
  return links.find(({ localEids }) => localEids.length > 0);
}

/** Somebody else has it: there is a route to him. */
function isRouted(net: Net, network: number, eid: number): boolean {
  return net.routes(network).some((route) => covers(route, eid));
}
