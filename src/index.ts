/**
 * The public API: find the endpoints that a manager publishes on D-Bus. Works against this daemon and against
 * upstream's `mctpd`.
 *
 * ```ts
 * import { busAddress, connectBus, scan } from 'mctp-endpoint-manager';
 *
 * const bus = await connectBus(busAddress({ env: process.env }));
 * for (const endpoint of await scan(bus, { type: 0x04 })) console.log(endpoint.network, endpoint.eid, endpoint.uuid);
 * bus.close();
 * ```
 */
export { busAddress } from './bus/address';
export { connectBus, type BusConnection } from './bus/connection';
export { BusError } from './bus/call';
export { MctpError, describeError, isMctpError, type ErrorCode, type ErrorContext } from './base/errors';
export { MessageType } from './base/ids';
export { matches, readInventory, scan, type EndpointFilter } from './scan/scan';
export type { EndpointRecord, Inventory, LinkRecord } from './scan/records';
export { watch } from './scan/watch';
