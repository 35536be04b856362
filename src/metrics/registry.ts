import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { ErrorCode } from '../base/errors';
import type { LinkCounts, LinkSnapshot, Metrics, MetricsSnapshot, RequestOutcome } from '../base/metrics';

/** 100 us to 10 s: a loopback answers in less than the first, six attempts of 1.5 s end below the last. */
const SECONDS = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10];

const PER_LINK = ['link', 'network'] as const;

export interface MetricsSources {
  readonly version: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** Called once for each page. */
  readonly snapshot: () => MetricsSnapshot;
}

/** All metrics (docs/metrics.md), and the page they make. Each daemon has its own: nothing is global. */
export class MetricsRegistry implements Metrics {
  private readonly registry = new Registry();
  private readonly requests = this.counter(
    'mctp_control_requests_total',
    'MCTP control requests to devices, by command and outcome',
    ['command', 'outcome'],
  );
  private readonly requestSeconds = this.histogram(
    'mctp_control_request_duration_seconds',
    'Time until a control request ended, all attempts included',
    ['command'],
  );
  private readonly operations = this.counter(
    'mctp_operations_total',
    'Operations on endpoints, by a client or by automatic discovery',
    ['operation', 'result'],
  );
  private readonly operationSeconds = this.histogram(
    'mctp_operation_duration_seconds',
    'Time until an operation ended, waiting for its turn included',
    ['operation'],
  );
  private readonly endpoints = this.gauge('mctp_endpoints', 'Published endpoints of devices, by state', [
    'network',
    'state',
  ]);
  private readonly eids = this.gauge(
    'mctp_eids_in_use',
    'EIDs of published endpoints, ours included, and of the pools of bridges',
    ['network'],
  );
  private readonly linkUp = this.gauge('mctp_link_up', '1 while the link is up, else 0', [
    ...PER_LINK,
    'binding',
  ]);
  private readonly traffic = [
    this.linkCounter('mctp_link_receive_packets_total', 'Packets received', 'rxPackets'),
    this.linkCounter('mctp_link_transmit_packets_total', 'Packets sent', 'txPackets'),
    this.linkCounter('mctp_link_receive_bytes_total', 'Bytes of packets received', 'rxBytes'),
    this.linkCounter('mctp_link_transmit_bytes_total', 'Bytes of packets sent', 'txBytes'),
  ];
  private readonly drops = this.counter(
    'mctp_link_drops_total',
    'Packets and frames thrown away, by reason',
    [...PER_LINK, 'reason'],
  );
  private readonly cpu = this.counter('process_cpu_seconds_total', 'CPU time of the process', []);
  private readonly memory = this.gauge('process_resident_memory_bytes', 'Resident memory of the process', []);
  private readonly startTime = this.gauge(
    'process_start_time_seconds',
    'Start of the daemon, in seconds since 1970',
    [],
  );

  constructor(private readonly sources: MetricsSources) {
    this.gauge('mctp_build_info', 'Always 1; the label tells the version', ['version']).set(
      { version: sources.version },
      1,
    );
    this.startTime.set(sources.startedAt / 1000);
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  controlRequest(command: string, outcome: RequestOutcome, seconds: number): void {
    this.requests.inc({ command, outcome });
    this.requestSeconds.observe({ command }, seconds);
  }

  operation(operation: string, result: 'ok' | ErrorCode, seconds: number): void {
    this.operations.inc({ operation, result });
    this.operationSeconds.observe({ operation }, seconds);
  }

  /** The page, in the text format of Prometheus. */
  page(): Promise<string> {
    const { endpoints, eids, links } = this.sources.snapshot();
    this.endpoints.reset();
    this.eids.reset();
    for (const { network, state, count } of endpoints) this.endpoints.set({ network, state }, count);
    for (const { network, inUse } of eids) this.eids.set({ network }, inUse);
    this.linkUp.reset();
    this.drops.reset();
    for (const { counter } of this.traffic) counter.reset();
    for (const link of links) this.showLink(link);
    this.showProcess();
    return this.registry.metrics();
  }

  private showLink({ link, network, binding, up, counters }: LinkSnapshot): void {
    this.linkUp.set({ link, network, binding }, up ? 1 : 0);
    if (counters === undefined) return;
    for (const { counter, key } of this.traffic) counter.inc({ link, network }, counters[key]);
    for (const [reason, count] of counters.drops) this.drops.inc({ link, network, reason }, count);
  }

  /** Read, not sampled: prom-client's own set would wake an idle machine a hundred times a second. */
  private showProcess(): void {
    const { user, system } = process.cpuUsage();
    this.cpu.reset();
    this.cpu.inc((user + system) / 1e6);
    this.memory.set(process.memoryUsage.rss());
  }

  private linkCounter(name: string, help: string, key: Exclude<keyof LinkCounts, 'drops'>) {
    return { key, counter: this.counter(name, help, PER_LINK) };
  }

  private counter<L extends string>(name: string, help: string, labelNames: readonly L[]): Counter<L> {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }

  private gauge<L extends string>(name: string, help: string, labelNames: readonly L[]): Gauge<L> {
    return new Gauge({ name, help, labelNames, registers: [this.registry] });
  }

  private histogram<L extends string>(name: string, help: string, labelNames: readonly L[]): Histogram<L> {
    return new Histogram({ name, help, labelNames, buckets: SECONDS, registers: [this.registry] });
  }
}
