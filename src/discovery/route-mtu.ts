import { isMctpError, MctpError } from '../base/errors';
import { linkOf, type Net, type NetLink, type Route } from '../core/net';
import type { Peer } from './peer';

/**
 * Endpoint1.SetMTU: replaces the host route of an endpoint by one with another MTU (R-DBUS-26). The route of a bridge's
 * pool is not touched.
 * @param mtu packet size in bytes, header included, within the link's limits; 0 = the link's
 * @throws MctpError `bad-mtu`, `no-such-route`, `cancelled` when its link went or moved meanwhile, or why the new route was refused (the old one is back then)
 */
export async function replaceMtu(net: Net, peer: Peer, mtu: number): Promise<void> {
  const { network, eid } = peer;
  const old = net.routes(network).find((route) => route.first === eid && route.extent === 0);
  const link = linkOf(net, old?.link ?? peer.link);
  checkMtu(mtu, link, { network, eid });
  if (old === undefined) {
    throw new MctpError('no-such-route', `SetMTU: EID ${eid} has no route of its own`, { network, eid });
  }
  await net.removeRoute(old);
  try {
    await net.addRoute({ ...old, mtu });
  } catch (error) {
    // Its link may be gone already although we have not heard of it yet.
    const isLost = isMctpError(error, 'unknown-link');
    if (!isLost && isInPlace(net, peer, old)) await restore(net, old, error);
    throw error;
  }
  if (!isInPlace(net, peer, old)) {
    await removeIfThere(net, old);
    const text = 'SetMTU: the endpoint was taken away meanwhile, or its link or network changed';
    throw new MctpError('cancelled', text, { network, eid });
  }
  peer.mtu = mtu;
}

/** Whether there is still what the route was for, after a wait: nobody else would take it away. */
function isInPlace(net: Net, peer: Peer, { network, link }: Route): boolean {
  if (peer.gone || peer.network !== network) return false;
  return link === undefined || net.links().some((each) => each.index === link && each.network === network);
}

function checkMtu(mtu: number, link: NetLink | undefined, where: { network: number; eid: number }): void {
  if (mtu === 0 || link === undefined) return;
  if (Number.isInteger(mtu) && mtu >= link.minMtu && mtu <= link.maxMtu) return;
  const text = `SetMTU: ${mtu} is not within ${link.minMtu}..${link.maxMtu}, nor 0`;
  throw new MctpError('bad-mtu', text, { ...where, link: link.name, mtu });
}

/** Whoever moves or removes the endpoint may be faster. */
async function removeIfThere(net: Net, route: Route): Promise<void> {
  try {
    await net.removeRoute(route);
  } catch (error) {
    if (!isMctpError(error, 'no-such-route')) throw error;
  }
}

async function restore(net: Net, old: Route, cause: unknown): Promise<void> {
  try {
    await net.addRoute(old);
  } catch (error) {
    // What was refused has come about after all: its answer was lost.
    if (isMctpError(error, 'route-exists')) return;
    const text = `SetMTU: the old route to EID ${old.first} could not be restored either`;
    throw new MctpError(
      'internal',
      text,
      { network: old.network, eid: old.first },
      { cause: error ?? cause },
    );
  }
}
