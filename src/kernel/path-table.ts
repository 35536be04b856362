import { covers, type Neighbour, type Route } from '../core/net';
import type { KernelRoute } from './routes';

/** A range behind a bridge that a kernel without gateway routes has as one plain route per EID (R-DISC-32). */
export interface SpreadRoute {
  readonly route: Route & { readonly gateway: number };
  readonly link: number;
}

/**
 * Routes and neighbours as the kernel has them, as far as we know: it tells of no change that others make, so this is
 * the last dump and what we have changed since.
 */
export class PathTable {
  private kernelRoutes: readonly KernelRoute[] = [];
  private neighbourList: readonly Neighbour[] = [];
  private spread: readonly SpreadRoute[] = [];

  /** What a dump told. */
  replace(routes: readonly KernelRoute[], neighbours: readonly Neighbour[]): void {
    this.replaceRoutes(routes);
    this.neighbourList = neighbours;
  }

  replaceRoutes(routes: readonly KernelRoute[]): void {
    this.kernelRoutes = routes;
  }

  /** @param networkOf the network a link is in now; a route over a link is in that one, wherever it was before */
  routes(network: number, networkOf: (link: number) => number | undefined): readonly Route[] {
    const plain = this.kernelRoutes.flatMap((each): Route[] => {
      const { first, extent, mtu, via } = each;
      if (via.kind === 'gateway') {
        return via.network === network ? [{ network, first, extent, mtu, gateway: via.eid }] : [];
      }
      if (networkOf(via.link) !== network) return [];
      return this.isPart(each) ? [] : [{ network, first, extent, mtu, link: via.link }];
    });
    const spread = this.spread.filter(({ route }) => route.network === network);
    return [...plain, ...spread.map(({ route }) => ({ ...route }))];
  }

  /** Newest first, as the kernel looks them up. */
  addRoute(route: KernelRoute): void {
    this.kernelRoutes = [route, ...this.kernelRoutes];
  }

  removeRoute(gone: Omit<KernelRoute, 'mtu'>): void {
    this.kernelRoutes = this.kernelRoutes.filter((each) => !sameRoute(each, gone));
  }

  addSpread(whole: SpreadRoute): void {
    this.spread = [...this.spread, whole];
  }

  findSpread(route: Pick<Route, 'network' | 'first' | 'extent'>): SpreadRoute | undefined {
    return this.spread.find(
      (each) =>
        each.route.network === route.network &&
        each.route.first === route.first &&
        each.route.extent === route.extent,
    );
  }

  removeSpread(whole: SpreadRoute): void {
    this.spread = this.spread.filter((each) => each !== whole);
  }

  neighbours(links: readonly number[]): readonly Neighbour[] {
    return this.neighbourList.filter(({ link }) => links.includes(link));
  }

  neighbour(link: number, eid: number): Neighbour | undefined {
    return this.neighbourList.find((each) => each.link === link && each.eid === eid);
  }

  setNeighbour(neighbour: Neighbour): void {
    this.removeNeighbour(neighbour);
    this.neighbourList = [
      ...this.neighbourList,
      { ...neighbour, address: new Uint8Array(neighbour.address) },
    ];
  }

  removeNeighbour({ link, eid }: Pick<Neighbour, 'link' | 'eid'>): void {
    this.neighbourList = this.neighbourList.filter((each) => each.link !== link || each.eid !== eid);
  }

  /** The kernel drops what leads over a link that is gone. */
  removeLink(link: number): void {
    this.kernelRoutes = this.kernelRoutes.filter(({ via }) => via.kind !== 'link' || via.link !== link);
    this.neighbourList = this.neighbourList.filter((each) => each.link !== link);
    this.spread = this.spread.filter((each) => each.link !== link);
  }

  private isPart(route: KernelRoute): boolean {
    return this.spread.some((whole) => isPartOf(route, whole));
  }
}

function isPartOf({ first, extent, via }: KernelRoute, { route, link }: SpreadRoute): boolean {
  if (via.kind !== 'link' || via.link !== link || extent !== 0) return false;
  return covers(route, first);
}

function sameRoute(a: Omit<KernelRoute, 'mtu'>, b: typeof a): boolean {
  if (a.first !== b.first || a.extent !== b.extent || a.via.kind !== b.via.kind) return false;
  if (a.via.kind === 'link') return b.via.kind === 'link' && a.via.link === b.via.link;
  return b.via.kind === 'gateway' && a.via.eid === b.via.eid && a.via.network === b.via.network;
}
