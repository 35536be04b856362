import { coveredEids, type Net, type Route } from '../core/net';
import { locate } from './paths';
import { addressKey } from './peer';

/** What is asked of the route tables. */
export type RouteTables = Pick<Net, 'links' | 'routes' | 'neighbours'>;

/** Whoever wants an EID. */
interface Place {
  readonly network: number;
  readonly link: number;
  readonly address: Uint8Array;
}

/**
 * EIDs of routes that were made before we started, or by others: whoever they lead to may answer there, so that nobody
 * else gets them while others are free (R-DISC-169). Those that lead to the place itself are not kept from it.
 * @param isHeld whether a peer of ours holds an EID, which nobody else gets anyway
 */
export function routedElsewhere(
  net: RouteTables,
  { network, link, address }: Place,
  isHeld: (eid: number) => boolean,
): ReadonlySet<number> {
  const own = addressKey(link, address);
  const isStanding = (route: Route): boolean => namesDevices(route) && !coveredEids(route).every(isHeld);
  const standing = net.routes(network).filter(isStanding);
  const elsewhere = standing.filter((route) => placeOf(net, network, route.gateway ?? route.first) !== own);
  return new Set(elsewhere.flatMap(coveredEids));
}

/**
 * A route to one EID, or through a bridge to its pool. A plain range over a link says who may be there, not who is: it
 * is neither asked through nor kept free.
 */
function namesDevices({ extent, gateway }: Route): boolean {
  return gateway !== undefined || extent === 0;
}

/** Physical address that an EID is reached at, as a key; `undefined` where no route and neighbour tell it. */
export function placeOf(net: RouteTables, network: number, eid: number): string | undefined {
  const { link, address } = locate(net, network, eid);
  return link === undefined || address === undefined ? undefined : addressKey(link, address);
}
