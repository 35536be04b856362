import { toHex } from '../../base/bytes';
import type { Clock, Timer } from '../../base/clock';
import { describeCause, isMctpError } from '../../base/errors';
import type { Log } from '../../base/log';
import { coveredEids, type NetLink } from '../../core/net';
import { configuredDevices } from './auto-discovery';
import type { Operations } from '../operations';
import { Pacer } from './pacer';
import { locate } from '../paths';
import type { Registry } from '../registry';
import type { Reservations } from '../memory/reservations';
import type { Discovery } from '../settings';
import { eidsOf } from '../snapshot';
import { placeOf, type RouteTables } from '../standing-routes';

const OPERATION = 'relearn';

export interface RelearnParts {
  readonly operations: Pick<Operations, 'learnByEid'>;
  readonly net: RouteTables;
  readonly registry: Registry;
  readonly reservations: Pick<Reservations, 'all'>;
  readonly clock: Pick<Clock, 'setTimer'>;
  readonly log: Log;
}

/** The questions in one network: each EID is asked once. */
interface Series {
  readonly network: number;
  readonly asked: Set<number>;
  /** EIDs of the pool of a bridge. */
  readonly behind: ReadonlyMap<number, readonly number[]>;
}

/**
 * Endpoints that nobody remembers although the kernel still has a route to them when we start (R-DISC-169). Each is asked
 * once, over its route, and published if it answers with that EID, as `Network1.LearnEndpoint` does. Nothing is set, and
 * no route is made or taken away: somebody else may have made it.
 */
export class Relearn {
  private readonly pacer: Pacer;
  private readonly waiting = new Set<Timer>();

  constructor(
    private readonly parts: RelearnParts,
    private readonly discoverOn: (link: NetLink) => Discovery,
  ) {
    this.pacer = new Pacer(parts.clock);
  }

  /** Asks along the routes that there are now. */
  start(): void {
    for (const network of this.parts.registry.networks()) {
      this.ask(network).catch((error: unknown) => {
        const fields = { network, operation: OPERATION, cause: describeCause(error) };
        this.parts.log.error('endpoints of existing routes are not asked', fields);
      });
    }
  }

  /** Questions under way end by themselves. */
  stop(): void {
    for (const timer of this.waiting) timer.cancel();
    this.waiting.clear();
  }

  private async ask(network: number): Promise<void> {
    const asked = new Set(this.spokenFor(network));
    const behind = new Map<number, number[]>();
    for (const route of this.parts.net.routes(network)) {
      const { gateway } = route;
      if (gateway !== undefined) behind.set(gateway, [...(behind.get(gateway) ?? []), ...coveredEids(route)]);
    }
    const series = { network, asked, behind };
    await Promise.all(this.byPlace(network).map((eids) => this.paced(() => this.askOneByOne(series, eids))));
  }

  /**
   * Directly routed EIDs that share a physical address, ascending: a kernel without gateway routes has the pool of a
   * bridge so, and the bridge has the lowest (R-DISC-32, R-DISC-60).
   */
  private byPlace(network: number): readonly (readonly number[])[] {
    const { net, registry } = this.parts;
    const routes = net.routes(network).filter(({ link, extent }) => {
      const entry = link === undefined ? undefined : registry.link(link);
      return extent === 0 && entry?.role === 'BusOwner' && entry.link.up;
    });
    const places = new Map<string, number[]>();
    for (const eid of routes.map(({ first }) => first).sort((a, b) => a - b)) {
      const place = placeOf(net, network, eid) ?? `EID ${eid}`;
      places.set(place, [...(places.get(place) ?? []), eid]);
    }
    return [...places.values()];
  }

  private async askOneByOne(series: Series, eids: readonly number[]): Promise<void> {
    for (const eid of eids) await this.askOne(series, eid, true);
  }

  /**
   * Behind a bridge only once that has answered: behind a silent one all are silent.
   * @param isNews somebody was to be there: few EIDs of a pool are in use
   */
  private async askOne(series: Series, eid: number, isNews: boolean): Promise<void> {
    const { network, asked, behind } = series;
    if (asked.has(eid)) return;
    asked.add(eid);
    try {
      await this.parts.operations.learnByEid(network, eid);
    } catch (error) {
      if (!isMctpError(error)) throw error;
      if (isNews && error.code !== 'cancelled') this.tell(network, eid, error);
      return;
    }
    const pool = behind.get(eid) ?? [];
    await Promise.all(pool.map((each) => this.paced(() => this.askOne(series, each, false))));
  }

  /** Who is remembered or configured is asked for by others. */
  private spokenFor(network: number): readonly number[] {
    const { registry, reservations } = this.parts;
    const remembered = reservations.all().filter((entry) => entry.network === network);
    const links = registry
      .links()
      .filter(({ link, role }) => link.network === network && role === 'BusOwner');
    const configured = links.flatMap(({ link }) => configuredDevices(this.discoverOn(link)));
    return [
      ...remembered.flatMap(eidsOf),
      ...configured.flatMap(({ eid, poolSize = 0 }) =>
        eid === undefined ? [] : coveredEids({ first: eid, extent: poolSize }),
      ),
    ];
  }

  private tell(network: number, eid: number, error: unknown): void {
    const { net, log, registry } = this.parts;
    const { link: index, address } = locate(net, network, eid);
    const link = index === undefined ? undefined : registry.link(index)?.link.name;
    const physicalAddress = address === undefined ? undefined : toHex(address);
    const fields = { link, network, eid, physicalAddress, operation: OPERATION, cause: describeCause(error) };
    log.info('nobody is found where an existing route leads; others get its EID last', fields);
  }

  /** A few begin in a turn, and the window of their link decides how many are on the air (D-7). */
  private paced(task: () => Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = this.pacer.setTimer(0, () => {
        this.waiting.delete(timer);
        task().then(resolve, reject);
      });
      this.waiting.add(timer);
    });
  }
}
