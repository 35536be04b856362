import { Iface, ROOT_PATH, SERVICE_NAME } from '../base/bus-names';
import type { BusCaller } from './bus-caller';
import { decodeInventory } from './decode';
import { MctpError } from '../base/errors';
import type { EndpointRecord, Inventory } from './records';
import type { ObjectMap } from './decode';
import { asDictionary } from './values';

/** Which endpoints a client is interested in; an absent field takes them all. */
export interface EndpointFilter {
  /** Message type the endpoint must support, 0..127. */
  readonly messageType?: number | undefined;
  readonly network?: number | undefined;
  /** Also the daemon's own endpoints; by default they are left out of a scan, since nobody talks to them there. */
  readonly includeLocal?: boolean | undefined;
}

/** One GetManagedObjects call, as sent: for {@link readInventory} and for a watch. */
export async function readObjects(bus: BusCaller, timeoutMs?: number): Promise<ObjectMap> {
  const [objects] = await bus.call({
    destination: SERVICE_NAME,
    path: ROOT_PATH,
    iface: Iface.objectManager,
    member: 'GetManagedObjects',
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  });
  const map = asDictionary(objects);
  if (map === undefined) {
    throw new MctpError('bad-response', `${SERVICE_NAME} did not answer GetManagedObjects with a dictionary`);
  }
  return map;
}

/**
 * Everything the daemon publishes, with one call. An empty reply is an empty inventory (R-CONS-13).
 * Rejects with the bus error when there is no daemon or it does not answer.
 */
export async function readInventory(bus: BusCaller, timeoutMs?: number): Promise<Inventory> {
  return decodeInventory(await readObjects(bus, timeoutMs));
}

export function matches(endpoint: EndpointRecord, filter: EndpointFilter): boolean {
  return (
    (filter.messageType === undefined || endpoint.types.includes(filter.messageType)) &&
    (filter.network === undefined || endpoint.network === filter.network) &&
    (filter.includeLocal === true || !endpoint.local)
  );
}
