import { systemClock, type Clock } from '../base/clock';
import { MctpError } from '../base/errors';
import { MessageType } from '../base/ids';
import type { ClosableClient } from '../client/mctp-client';
import { NvmeMiEndpoint, type NvmeMiEndpointParts } from '../nvme-mi/endpoint';
import { borrowBus, type BusChoice } from './bus-choice';
import { matches, readInventory } from './inventory';
import { openClient } from './open-client';
import type { EndpointRecord } from './records';
import type { ScanOptions } from './scan';
import { unlessAborted } from './unless-aborted';

/** What the management endpoints are made with. */
export type NvmeMiSettings = Pick<NvmeMiEndpointParts, 'log' | 'limits' | 'quirks' | 'concurrentSlots'>;

/** Where, and what the drives are opened with; the message type is NVMe-MI's. */
export interface NvmeMiScanOptions extends Omit<ScanOptions, 'messageType'>, NvmeMiSettings {}

/** A drive that was found. */
export interface NvmeMiDrive extends EndpointRecord {
  /**
   * Its management endpoint, the same one each time; asks nothing of the drive. It lives as long as the root.
   * @throws as `Endpoint.open`; a later call tries again
   */
  open(): Promise<NvmeMiEndpoint>;
}

/**
 * Finds the drives: every endpoint that supports NVMe-MI, with one call on the bus. Unlike libnvme's scan it does not
 * stop at an endpoint that reads badly, and takes both types of `NetworkId` (R-DBUS-43).
 *
 * ```ts
 * await using root = await nvmeMiScan();
 * await root.forEachEndpoint(async (drive) => {
 *   const { temperature } = await (await drive.open()).request(subsystemHealthStatusPoll, {});
 *   console.log(drive.network, drive.eid, temperature.celsius);
 * });
 * ```
 * @throws as `scan`
 */
export async function nvmeMiScan(options: NvmeMiScanOptions = {}): Promise<NvmeMiRoot> {
  options.signal?.throwIfAborted();
  const bus = await unlessAborted(borrowBus(options.bus), options.signal, (late) => late.close());
  try {
    const { endpoints } = await unlessAborted(readInventory(bus.caller), options.signal);
    const filter = { ...options, messageType: MessageType.nvmeMi };
    return new NvmeMiRoot(
      endpoints.filter((each) => matches(each, filter)),
      options,
    );
  } finally {
    bus.close();
  }
}

/** The drives of one scan, and the connections to them: one for each network, made when it is needed. */
export class NvmeMiRoot implements AsyncDisposable {
  /** By network and EID. */
  readonly endpoints: readonly NvmeMiDrive[];
  private readonly clients = new Map<number, Promise<ClosableClient>>();
  private readonly clock: Clock;
  private readonly choice: BusChoice | undefined;
  private closed = false;

  /** See {@link nvmeMiScan}. */
  constructor(
    records: readonly EndpointRecord[],
    private readonly options: NvmeMiScanOptions = {},
  ) {
    this.clock = options.clock ?? systemClock;
    this.choice = options.bus;
    this.endpoints = records.map((record) => this.driveOf(record));
  }

  /** One after another, in order; what `visit` throws ends it. `Promise.all` over the endpoints asks all at once. */
  async forEachEndpoint(visit: (endpoint: NvmeMiDrive) => void | Promise<void>): Promise<void> {
    for (const each of this.endpoints) await visit(each);
  }

  /** Closes the connections; every call that is pending is rejected. Idempotent, never rejects. */
  async close(): Promise<void> {
    this.closed = true;
    const clients = [...this.clients.values()];
    this.clients.clear();
    await Promise.all(clients.map((each) => each.then((client) => client.close()).catch(() => undefined)));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  private driveOf(record: EndpointRecord): NvmeMiDrive {
    const { network, eid } = record;
    const { log, limits, quirks, concurrentSlots } = this.options;
    const settings = { log, limits, quirks, concurrentSlots };
    const given = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
    let opened: NvmeMiEndpoint | undefined;
    const open = async (): Promise<NvmeMiEndpoint> => {
      if (this.closed) throw new MctpError('closed', 'the scan was closed', { network, eid });
      const client = await this.client(record);
      opened ??= new NvmeMiEndpoint({ ...given, client, eid, network, clock: this.clock });
      return opened;
    };
    return { ...record, open };
  }

  private client(record: EndpointRecord): Promise<ClosableClient> {
    const { network } = record;
    const known = this.clients.get(network);
    if (known !== undefined) return known;
    const made = this.connect(record);
    this.clients.set(network, made);
    // The next one tries again.
    made.catch(() => this.clients.delete(network));
    return made;
  }

  private async connect(record: EndpointRecord): Promise<ClosableClient> {
    const bus = await borrowBus(this.choice);
    try {
      return await openClient(bus.caller, record, this.clock);
    } finally {
      bus.close();
    }
  }
}
