import { createRequire } from 'node:module';
import type { LinkSnapshot, Metrics, MetricsSnapshot } from '../base/metrics';
import type { MetricsConfig } from '../config/schema';
import type { Net, NetLink } from '../core/net';
import type { Endpoint } from '../discovery/endpoint';
import type { Registry } from '../discovery/registry';
import { packageVersion } from '../files/package-root';
import type * as ExpositionModule from '../metrics/exposition';
import type * as RegistryModule from '../metrics/registry';
import type { Platform } from './platform';

const load = createRequire(__filename);

/** What a page is made of: known only once the daemon is put together. */
export interface Watched {
  readonly net: Pick<Net, 'links' | 'counters'>;
  readonly registry: Pick<Registry, 'networks' | 'endpoints'>;
}

/** The metrics of a daemon and the server that shows them. */
export class MetricsPage {
  private watched: Watched | undefined;

  private constructor(
    private readonly listen: NonNullable<MetricsConfig['listen']>,
    private readonly made: { readonly metrics: Metrics; readonly exposition: ExpositionModule.Exposition },
  ) {}

  /**
   * `undefined` when no metrics are asked for: then prom-client is not even loaded, which would cost every start.
   */
  static load(
    { listen }: MetricsConfig,
    { clock, log }: Pick<Platform, 'clock' | 'log'>,
  ): MetricsPage | undefined {
    if (listen === undefined) return undefined;
    const { MetricsRegistry } = load('../metrics/registry') as typeof RegistryModule;
    const { Exposition } = load('../metrics/exposition') as typeof ExpositionModule;
    const snapshot = (): MetricsSnapshot => page.snapshot();
    const version = packageVersion();
    const metrics = new MetricsRegistry({ version, startedAt: clock.wallTime(), snapshot });
    const { contentType } = metrics;
    const exposition = new Exposition({ page: () => metrics.page(), contentType, clock, log });
    const page: MetricsPage = new MetricsPage(listen, { metrics, exposition });
    return page;
  }

  get metrics(): Metrics {
    return this.made.metrics;
  }

  open(watched: Watched): void {
    this.watched = watched;
    this.made.exposition.open(this.listen);
  }

  /** Idempotent, and fine before {@link open}. */
  close(): void {
    this.made.exposition.close();
  }

  private snapshot(): MetricsSnapshot {
    return this.watched === undefined ? NOTHING : takeSnapshot(this.watched);
  }
}

const NOTHING: MetricsSnapshot = { endpoints: [], eids: [], links: [] };

function takeSnapshot({ net, registry }: Watched): MetricsSnapshot {
  const networks = registry.networks().map((network) => {
    const here = registry.endpoints().filter((each) => each.network === network);
    return { network, here, devices: here.filter(({ local }) => !local) };
  });
  const endpoints = networks.flatMap(({ network, devices }) => {
    const available = devices.filter(({ connectivity }) => connectivity === 'Available').length;
    return [
      { network, state: 'available' as const, count: available },
      { network, state: 'degraded' as const, count: devices.length - available },
    ];
  });
  const eids = networks.map(({ network, here }) => ({ network, inUse: eidsOf(here).size }));
  return { endpoints, eids, links: net.links().map((link) => linkSnapshot(net, link)) };
}

/** Endpoints behind a bridge may have theirs from its pool, which follows the bridge's own. */
function eidsOf(endpoints: readonly Endpoint[]): Set<number> {
  const eids = new Set<number>();
  for (const { eid, pool } of endpoints) {
    for (let each = eid; each <= (pool?.end ?? eid); each++) eids.add(each);
  }
  return eids;
}

function linkSnapshot(net: Watched['net'], link: NetLink): LinkSnapshot {
  const { name, network, binding, up } = link;
  return { link: name, network, binding, up, counters: net.counters(link.index) };
}
