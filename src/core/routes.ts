import { EID_FIRST, EID_LAST } from '../base/ids';
import { MctpError } from '../base/errors';
import type { Neighbour, Route } from './net';

/** Gateways that are reached through gateways: more in a row is a loop in the table. */
const MAX_GATEWAYS = 8;

/** Where a packet towards an EID leaves us. */
export interface Hop {
  readonly link: number;
  /** Physical address of the endpoint or of the bridge in front of it; `undefined`: the neighbour is not known. */
  readonly address: Uint8Array | undefined;
  /** EID whose neighbour entry gave the address: the destination itself or the bridge. */
  readonly nextEid: number;
  /** Smallest packet size a route on the way asks for; 0 = the link's. */
  readonly mtu: number;
}

/** Route and neighbour tables of all networks (DSP0236 §9). Knows links by index only. */
export class RouteTable {
  private readonly routesOf = new Map<number, Route[]>();
  /** For each network the winning route of each EID, rebuilt when the network's routes change. */
  private readonly winners = new Map<number, readonly (Route | undefined)[]>();
  private readonly neighboursOf = new Map<number, Map<number, Neighbour>>();

  routes(network: number): readonly Route[] {
    return [...(this.routesOf.get(network) ?? [])];
  }

  /** @throws MctpError `invalid-arguments`, `route-exists` */
  add(route: Route): void {
    checkRange(route);
    const list = this.routesOf.get(route.network) ?? [];
    if (list.some((each) => sameEntry(each, route) && each.gateway === route.gateway)) {
      throw new MctpError('route-exists', 'there is such a route already; remove it first', whereOf(route));
    }
    this.replace(route.network, [...list, { ...route }]);
  }

  /** @throws MctpError `no-such-route` */
  remove(route: Pick<Route, 'network' | 'first' | 'extent' | 'link'>): void {
    const list = this.routesOf.get(route.network) ?? [];
    const found = list.findIndex((each) => sameEntry(each, route));
    if (found < 0) throw new MctpError('no-such-route', 'no route has this range and link', whereOf(route));
    this.replace(route.network, list.toSpliced(found, 1));
  }

  neighbours(links: readonly number[]): readonly Neighbour[] {
    return links.flatMap((link) => [...(this.neighboursOf.get(link)?.values() ?? [])]);
  }

  neighbour(link: number, eid: number): Neighbour | undefined {
    return this.neighboursOf.get(link)?.get(eid);
  }

  setNeighbour(neighbour: Neighbour): void {
    const table = this.neighboursOf.get(neighbour.link) ?? new Map<number, Neighbour>();
    table.set(neighbour.eid, { ...neighbour, address: new Uint8Array(neighbour.address) });
    this.neighboursOf.set(neighbour.link, table);
  }

  removeNeighbour(link: number, eid: number): void {
    this.neighboursOf.get(link)?.delete(eid);
  }

  /** Forgets everything that leads over a link that is gone. */
  removeLink(link: number): void {
    this.neighboursOf.delete(link);
    for (const [network, list] of this.routesOf) {
      const kept = list.filter((each) => each.link !== link);
      if (kept.length !== list.length) this.replace(network, kept);
    }
  }

  /** The entry for an EID: of several the one with the smallest range, of equal ones the oldest. */
  lookup(network: number, eid: number): Route | undefined {
    return this.winners.get(network)?.[eid];
  }

  /** Follows gateways to the link and physical address; `undefined`: no route, or gateways in a circle. */
  resolve(network: number, eid: number): Hop | undefined {
    let nextEid = eid;
    let mtu = 0;
    for (let depth = 0; depth <= MAX_GATEWAYS; depth++) {
      const route = this.lookup(network, nextEid);
      if (route === undefined) return undefined;
      mtu = smallerMtu(mtu, route.mtu);
      if (route.link !== undefined) {
        return { link: route.link, address: this.neighbour(route.link, nextEid)?.address, nextEid, mtu };
      }
      if (route.gateway === undefined) return undefined;
      nextEid = route.gateway;
    }
    return undefined;
  }

  private replace(network: number, list: Route[]): void {
    const winners = new Array<Route | undefined>(256).fill(undefined);
    // Widest first, so that narrower ranges overwrite; reversed, so that of two equal ones the older is last.
    const widestFirst = list.toReversed().sort((a, b) => b.extent - a.extent);
    for (const route of widestFirst) winners.fill(route, route.first, route.first + route.extent + 1);
    this.routesOf.set(network, list);
    this.winners.set(network, winners);
  }
}

/** 0 means "no wish". */
function smallerMtu(a: number, b: number): number {
  if (a === 0) return b;
  return b === 0 ? a : Math.min(a, b);
}

function sameEntry(a: Pick<Route, 'first' | 'extent' | 'link'>, b: typeof a): boolean {
  return a.first === b.first && a.extent === b.extent && a.link === b.link;
}

function checkRange(route: Route): void {
  const { first, extent } = route;
  const inRange =
    Number.isInteger(first) &&
    Number.isInteger(extent) &&
    first >= EID_FIRST &&
    extent >= 0 &&
    first + extent <= EID_LAST;
  if (!inRange) {
    throw new MctpError('invalid-arguments', 'a route covers EIDs of 8..254', { ...whereOf(route), extent });
  }
  if ((route.link === undefined) === (route.gateway === undefined)) {
    throw new MctpError('invalid-arguments', 'a route has either a link or a gateway', whereOf(route));
  }
}

function whereOf(route: Pick<Route, 'network' | 'first'>): { network: number; eid: number } {
  return { network: route.network, eid: route.first };
}
