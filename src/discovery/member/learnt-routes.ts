import { toHex } from '../../base/bytes';
import { describeCause, isMctpError } from '../../base/errors';
import type { Log, LogFields } from '../../base/log';
import type { RoutingUpdateEntry } from '../../control/commands/routing-information-update';
import { covers, type Net, type NetLink, type Route } from '../../core/net';
import type { PeerTable } from '../peer-table';

interface Learnt {
  readonly network: number;
  readonly where: LogFields;
  readonly routes: Route[];
  readonly neighbours: Set<number>;
}

/**
 * Routes that a bus owner tells us as a bridge, in Routing Information Update (R-DISC-170). Each range becomes one
 * route, and a neighbour for each EID: the physical address is that of the endpoint, or of the bridge in front of it.
 */
export class LearntRoutes {
  private readonly byLink = new Map<number, Learnt>();

  constructor(private readonly parts: { readonly net: Net; readonly table: PeerTable; readonly log: Log }) {}

  /** Replaces all that were learnt on the link. The ranges lie within 8..254; one call at a time on a link. */
  async replace(link: NetLink, entries: readonly RoutingUpdateEntry[]): Promise<void> {
    await this.clear(link.index);
    const { name, network } = link;
    const where = { link: name, network, operation: 'Routing Information Update' };
    const learnt: Learnt = { network, where, routes: [], neighbours: new Set() };
    this.byLink.set(link.index, learnt);
    // Where ranges overlap the narrower one counts, as in routing; and no EID costs more than once.
    for (const entry of [...entries].sort((a, b) => a.size - b.size)) await this.follow(link, entry, learnt);
  }

  async clear(link: number): Promise<void> {
    const learnt = this.byLink.get(link);
    if (learnt === undefined) return;
    this.byLink.delete(link);
    const { net, table } = this.parts;
    const attempt = (eid: number, action: () => Promise<void>): Promise<boolean> =>
      this.attempt({ ...learnt.where, eid }, action);
    for (const route of learnt.routes) await attempt(route.first, () => net.removeRoute(route));
    for (const eid of learnt.neighbours) {
      // An endpoint that was set up meanwhile has the entry for its own.
      if (table.get(learnt.network, eid)?.neighbourInstalled === true) continue;
      await attempt(eid, () => net.removeNeighbour({ link, eid }));
    }
  }

  /** Whether an EID is reached over one of them, on whatever link. */
  lead(network: number | undefined, eid: number): boolean {
    return [...this.byLink.values()].some(
      (each) => each.network === network && each.routes.some((route) => covers(route, eid)),
    );
  }

  /** The link is gone, and its routes with it. */
  forget(link: number): void {
    this.byLink.delete(link);
  }

  private async follow(link: NetLink, entry: RoutingUpdateEntry, learnt: Learnt): Promise<void> {
    const { net, table } = this.parts;
    const { network, index } = link;
    const { first, size, address } = entry;
    const isKnown = (eid: number): boolean => table.get(network, eid) !== undefined;
    // Whom we know already, we know better: the owner itself, and our own EIDs.
    if (size === 1 && isKnown(first)) return;
    const route: Route = { network, first, extent: size - 1, link: index, mtu: link.minMtu };
    const where = { ...learnt.where, physicalAddress: toHex(address) };
    if (await this.attempt({ ...where, eid: first }, () => net.addRoute(route))) learnt.routes.push(route);
    for (let eid = first; address.length > 0 && eid < first + size; eid++) {
      if (isKnown(eid) || learnt.neighbours.has(eid)) continue;
      const neighbour = { link: index, eid, address };
      const isThere = await this.attempt({ ...where, eid }, () => net.addNeighbour(neighbour));
      if (isThere) learnt.neighbours.add(eid);
    }
  }

  private async attempt(where: LogFields, action: () => Promise<void>): Promise<boolean> {
    try {
      await action();
      return true;
    } catch (error) {
      const isHarmless = isMctpError(error, 'route-exists', 'no-such-route', 'unknown-link');
      const level = isHarmless ? 'debug' : 'warn';
      this.parts.log[level]('route of our bus owner not changed', { ...where, cause: describeCause(error) });
      return false;
    }
  }
}
