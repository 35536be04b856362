import { createRequire } from 'node:module';
import type { LinkSnapshot, Metrics, MetricsSnapshot } from '../base/metrics';
import type { Log } from '../base/log';
import type { MetricsConfig } from '../config/schema';
import type { Net, NetLink } from '../core/net';
import type { Registry } from '../discovery/registry';
import { packageVersion } from '../files/package-root';
import type * as ExpositionModule from '../metrics/exposition';
import type * as RegistryModule from '../metrics/registry';

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
  static load({ listen }: MetricsConfig, log: Log): MetricsPage | undefined {
    if (listen === undefined) return undefined;
    const { MetricsRegistry } = load('../metrics/registry') as typeof RegistryModule;
    const { Exposition } = load('../metrics/exposition') as typeof ExpositionModule;
    const snapshot = (): MetricsSnapshot => page.snapshot();
    const metrics = new MetricsRegistry({ version: packageVersion(), snapshot });
    const { contentType } = metrics;
    const exposition = new Exposition({ page: () => metrics.page(), contentType, log });
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
    return this.watched === undefined ? { endpoints: [], links: [] } : takeSnapshot(this.watched);
  }
}

function takeSnapshot({ net, registry }: Watched): MetricsSnapshot {
  const devices = registry.endpoints().filter(({ local }) => !local);
  const endpoints = registry.networks().flatMap((network) => {
    const here = devices.filter((each) => each.network === network);
    const available = here.filter(({ connectivity }) => connectivity === 'Available').length;
    return [
      { network, state: 'available' as const, count: available },
      { network, state: 'degraded' as const, count: here.length - available },
    ];
  });
  return { endpoints, links: net.links().map((link) => linkSnapshot(net, link)) };
}

function linkSnapshot(net: Watched['net'], link: NetLink): LinkSnapshot {
  const { name, network, binding, up } = link;
  return { link: name, network, binding, up, counters: net.counters(link.index) };
}
