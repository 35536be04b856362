import type { Clock } from '../base/clock';
import { borrowBus, type BusChoice } from './bus-choice';
import { EndpointMaker, type Endpoint } from './endpoint';
import { matches, readInventory, type EndpointFilter } from './inventory';
import { unlessAborted } from './unless-aborted';

/** Which endpoints, and on which bus. */
export interface ScanOptions extends EndpointFilter {
  /** Default `system`. */
  readonly bus?: BusChoice | undefined;
  /** Gives up: the call rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Of the channels that are opened. Default: the system's. */
  readonly clock?: Clock | undefined;
}

/**
 * The endpoints that the manager publishes and that fit, by network and EID, with one call (R-DBUS-30). Works with this
 * daemon and with upstream's, whatever type its `NetworkId` has (R-DBUS-43). Objects that do not read as the contract
 * says are left out; `watch` tells of them.
 *
 * ```ts
 * for (const drive of await scan({ messageType: MessageType.nvmeMi })) {
 *   await using channel = await drive.open();
 * }
 * ```
 * @throws ManagerError `bus-failed` when the bus cannot be reached, `bad-response`; BusError when there is no daemon, or
 *   no answer within 25 s
 */
export async function scan(options: ScanOptions = {}): Promise<readonly Endpoint[]> {
  options.signal?.throwIfAborted();
  const bus = await unlessAborted(borrowBus(options.bus), options.signal, (late) => late.close());
  try {
    const { endpoints } = await unlessAborted(readInventory(bus.caller), options.signal);
    const maker = new EndpointMaker(options.bus, options.clock);
    return endpoints.filter((each) => matches(each, options)).map((each) => maker.make(each));
  } finally {
    bus.close();
  }
}
