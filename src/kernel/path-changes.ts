import { MctpError } from '../base/errors';
import { EID_LAST, isEndpointEid } from '../base/ids';
import { coveredEids, covers, ownLink, type Neighbour, type NetLink, type Route } from '../core/net';
import { Errno } from '../os/errno';
import { changeFailure, type Ack } from '../os/kernel-errors';
import { addNeighbour, deleteNeighbour } from './neighbours';
import type { Picture } from './picture';
import type { PathTable, SpreadRoute } from './path-table';
import { addRoute, decodeRoute, deleteRoute, isUnknownGateway, routeDump, type KernelRoute } from './routes';
import type { Rtnetlink } from '../os/rtnetlink';

/** Adds and removes routes and neighbours. Everything here runs in a turn of {@link Rtnetlink}. */
export class PathChanges {
  constructor(
    private readonly rtnetlink: Pick<Rtnetlink, 'change' | 'dump'>,
    private readonly paths: PathTable,
    private readonly picture: () => Picture,
  ) {}

  /** @throws MctpError as `Net.addRoute` */
  async addRoute(route: Route): Promise<void> {
    checkRange(route);
    if (route.gateway !== undefined) {
      await this.addGateway({ ...route, gateway: route.gateway });
      return;
    }
    const plain = this.plain(route);
    if (this.requireLink(plain.via.link).network !== route.network) {
      throw new MctpError('invalid-arguments', 'the link of the route is in another network', where(route));
    }
    check(await this.add(plain), 'cannot add the route', where(route));
  }

  /** @throws MctpError as `Net.removeRoute` */
  async removeRoute(route: Pick<Route, 'network' | 'first' | 'extent' | 'link'>): Promise<void> {
    const { network, first, extent, link } = route;
    const spread = link === undefined ? this.paths.findSpread(route) : undefined;
    if (spread !== undefined) {
      await this.removeSpread(spread);
      return;
    }
    const there = this.find(route).find((each) => each.link === link);
    if (link !== undefined && this.linkOf(link)?.network !== network) throw noRoute(route);
    const via =
      link !== undefined
        ? ({ kind: 'link', link } as const)
        : there?.gateway !== undefined
          ? ({ kind: 'gateway', network, eid: there.gateway } as const)
          : undefined;
    if (via === undefined) throw noRoute(route);
    check(await this.remove({ first, extent, via }), 'cannot remove the route', where(route));
  }

  /** @throws MctpError `unknown-link`, `bad-physaddr`, `not-permitted` */
  async addNeighbour(neighbour: Neighbour): Promise<void> {
    const link = this.requireLink(neighbour.link);
    const context = { link: link.name, eid: neighbour.eid, physicalAddress: neighbour.address };
    if (neighbour.address.length !== link.addressLength) {
      const text = `a physical address of this link has ${String(link.addressLength)} bytes`;
      throw new MctpError('bad-physaddr', text, context);
    }
    let ack = await this.rtnetlink.change(addNeighbour(neighbour));
    if (ack.errno === Errno.EEXIST) {
      // The kernel replaces nothing.
      await this.rtnetlink.change(deleteNeighbour(neighbour));
      ack = await this.rtnetlink.change(addNeighbour(neighbour));
    }
    if (ack.errno !== 0) throw changeFailure(ack, 'cannot add the neighbour', context);
    this.paths.setNeighbour(neighbour);
  }

  /** @throws MctpError `not-permitted` */
  async removeNeighbour(neighbour: Pick<Neighbour, 'link' | 'eid'>): Promise<void> {
    const ack = await this.rtnetlink.change(deleteNeighbour(neighbour));
    const isGone = [0, Errno.ENOENT, Errno.ENODEV].includes(ack.errno);
    const context = { link: this.linkOf(neighbour.link)?.name ?? '', eid: neighbour.eid };
    if (!isGone) throw changeFailure(ack, 'cannot remove the neighbour', context);
    this.paths.removeNeighbour(neighbour);
  }

  private async addGateway(route: Route & { readonly gateway: number }): Promise<void> {
    const { network, first, extent, mtu, gateway } = route;
    const ack = await this.add({ first, extent, mtu, via: { kind: 'gateway', network, eid: gateway } });
    if (isUnknownGateway(ack)) await this.addSpread(route);
    else check(ack, 'cannot add the route', where(route));
  }

  /** A plain route and a neighbour for each EID, with the bridge's physical address; all or nothing. */
  private async addSpread(route: Route & { readonly gateway: number }): Promise<void> {
    if (this.paths.findSpread(route) !== undefined) throw routeExists(route);
    // The kernel has a route to each of them, which would pass for a part of ours.
    const own = coveredEids(route).find((eid) => ownLink(this.picture().values(), route.network, eid));
    if (own !== undefined) {
      const text = `EID ${own} of the range is one of our own`;
      throw new MctpError('invalid-arguments', text, { ...where(route), eid: own });
    }
    const bridge = this.paths
      .routes(route.network, (index) => this.linkOf(index)?.network)
      .filter((each) => covers(each, route.gateway))
      .find((each) => each.link !== undefined);
    if (bridge?.link === undefined) {
      const text = 'this kernel has no routes through a gateway, and there is no route to the bridge itself';
      throw new MctpError('unreachable', text, { ...where(route), gateway: route.gateway });
    }
    const whole: SpreadRoute = { route, link: bridge.link };
    const address = this.paths.neighbour(bridge.link, route.gateway)?.address;
    try {
      for (const eid of coveredEids(route)) {
        if (address !== undefined) await this.addNeighbour({ link: bridge.link, eid, address });
        await this.addPart(whole, eid);
      }
    } catch (error) {
      await this.removeParts(whole);
      throw error;
    }
    this.paths.addSpread(whole);
  }

  /** One left from an earlier run leads where it should, or is out of date (R-DISC-169). */
  private async addPart(whole: SpreadRoute, eid: number): Promise<void> {
    const { network, mtu } = whole.route;
    const part = { first: eid, extent: 0, mtu, via: target(whole) };
    let ack = await this.add(part);
    if (ack.errno === Errno.EEXIST) {
      const other = this.find({ network, first: eid, extent: 0 }).find(({ link }) => link !== whole.link);
      if (other?.link === undefined) return;
      await this.remove({ first: eid, extent: 0, via: { kind: 'link', link: other.link } });
      ack = await this.add(part);
    }
    check(ack, 'cannot add the route', where({ network, first: eid }));
  }

  private async removeSpread(whole: SpreadRoute): Promise<void> {
    await this.removeParts(whole);
    this.paths.removeSpread(whole);
  }

  private async removeParts(whole: SpreadRoute): Promise<void> {
    for (const eid of coveredEids(whole.route)) {
      await this.removeNeighbour({ link: whole.link, eid });
      const ack = await this.remove({ first: eid, extent: 0, via: target(whole) });
      const isGone = [0, Errno.ENOENT, Errno.ENODEV].includes(ack.errno);
      if (!isGone) check(ack, 'cannot remove the route', where({ ...whole.route, first: eid }));
    }
  }

  private async add(route: KernelRoute): Promise<Ack> {
    const ack = await this.rtnetlink.change(addRoute(route));
    if (ack.errno === 0) this.paths.addRoute(route);
    // The kernel tells of no route that others add: whoever wants to know what is in the way finds it in the table.
    else if (ack.errno === Errno.EEXIST && !this.isKnown(route)) await this.readRoutes();
    return ack;
  }

  private isKnown({ first, extent, via }: KernelRoute): boolean {
    const network = via.kind === 'gateway' ? via.network : this.linkOf(via.link)?.network;
    return network !== undefined && this.find({ network, first, extent }).length > 0;
  }

  private async readRoutes(): Promise<void> {
    const dumped = await this.rtnetlink.dump(routeDump());
    this.paths.replaceRoutes(dumped.flatMap((each) => decodeRoute(each) ?? []));
  }

  /** Routes of just this range. */
  private find({ network, first, extent }: Pick<Route, 'network' | 'first' | 'extent'>): readonly Route[] {
    return this.paths
      .routes(network, (index) => this.linkOf(index)?.network)
      .filter((each) => each.first === first && each.extent === extent);
  }

  private async remove(route: Omit<KernelRoute, 'mtu'>): Promise<Ack> {
    const ack = await this.rtnetlink.change(deleteRoute(route));
    if (ack.errno === 0 || ack.errno === Errno.ENOENT) this.paths.removeRoute(route);
    return ack;
  }

  private plain({
    first,
    extent,
    mtu,
    link,
  }: Route): KernelRoute & { readonly via: { readonly kind: 'link'; readonly link: number } } {
    return { first, extent, mtu, via: { kind: 'link', link: link ?? 0 } };
  }

  private linkOf(index: number): NetLink | undefined {
    return this.picture().get(index);
  }

  private requireLink(index: number): NetLink {
    const link = this.linkOf(index);
    if (link === undefined) throw new MctpError('unknown-link', `there is no link with index ${index}`);
    return link;
  }
}

function target({ link }: SpreadRoute): { readonly kind: 'link'; readonly link: number } {
  return { kind: 'link', link };
}

function check(ack: Ack, what: string, context: { readonly network: number; readonly eid: number }): void {
  if (ack.errno === 0) return;
  if (ack.errno === Errno.EEXIST) throw new MctpError('route-exists', 'the route exists already', context);
  if (ack.errno === Errno.ENOENT) throw new MctpError('no-such-route', 'there is no such route', context);
  throw changeFailure(ack, what, context);
}

function checkRange(route: Route): void {
  const { first, extent } = route;
  const inRange =
    isEndpointEid(first) && Number.isInteger(extent) && extent >= 0 && first + extent <= EID_LAST;
  if (!inRange) {
    throw new MctpError('invalid-arguments', 'a route covers EIDs of 8..254', { ...where(route), extent });
  }
  if ((route.link === undefined) === (route.gateway === undefined)) {
    throw new MctpError('invalid-arguments', 'a route has either a link or a gateway', where(route));
  }
}

function routeExists(route: Route): MctpError {
  return new MctpError('route-exists', 'the route exists already', where(route));
}

function noRoute(route: Pick<Route, 'network' | 'first'>): MctpError {
  return new MctpError('no-such-route', 'no route has this range and link', where(route));
}

function where({ network, first }: Pick<Route, 'network' | 'first'>): {
  readonly network: number;
  readonly eid: number;
} {
  return { network, eid: first };
}
