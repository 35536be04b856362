import { covers, linkOf, type Destination, type Net, type NetLink, type Route } from '../core/net';

/** The link a request leaves through, for its timing and its window; `undefined` where there is no way. */
export function outgoingLink(net: Net, destination: Destination): NetLink | undefined {
  const index = destination.kind === 'eid' ? routedLink(net, destination) : destination.link;
  return linkOf(net, index);
}

function routedLink(net: Net, { network, eid }: { network: number; eid: number }): number | undefined {
  const routes = net.routes(network);
  const route = smallest(routes, eid);
  if (route?.gateway === undefined) return route?.link;
  // The gateway's own entry names the link; a gateway behind a gateway is no way.
  return smallest(routes, route.gateway)?.link;
}

/** The route that contains the EID; the smallest range wins (DSP0236 §9). */
function smallest(routes: readonly Route[], eid: number): Route | undefined {
  let best: Route | undefined;
  for (const route of routes) {
    if (covers(route, eid) && (best === undefined || route.extent < best.extent)) best = route;
  }
  return best;
}
