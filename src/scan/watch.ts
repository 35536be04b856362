import { borrowBus } from './bus-choice';
import { changes, type WatchEvent } from './changes';
import { EndpointMaker, type Endpoint } from './endpoint';
import type { ScanOptions } from './scan';

/**
 * The endpoints that fit: first those that are there, as `added`, then each that comes, changes or goes, across restarts
 * of the daemon, of which `daemon` tells. A daemon that is not there yet is waited for; when it ends, its endpoints are
 * `removed`. Several changes at once may be one event. An object that does not read as the contract says is a `problem`.
 *
 * ```ts
 * for await (const event of watch({ messageType: MessageType.pldm, signal })) {
 *   if (event.kind === 'added') await greet(event.endpoint);
 * }
 * ```
 * Ends with its signal, without a throw.
 * @throws ManagerError `bus-failed` when the bus cannot be reached or is lost, `bad-response`; BusError when a daemon
 *   that is there does not answer within 25 s
 */
export async function* watch(options: ScanOptions = {}): AsyncGenerator<WatchEvent<Endpoint>> {
  const bus = await borrowBus(options.bus);
  const maker = new EndpointMaker(options.bus, options.clock);
  const { signal } = options;
  try {
    const events = changes(bus.caller, { filter: options, ...(signal === undefined ? {} : { signal }) });
    for await (const event of events) {
      if (event.kind === 'added' || event.kind === 'changed') {
        yield { ...event, endpoint: maker.make(event.endpoint) };
      } else yield event;
    }
  } finally {
    bus.close();
  }
}
