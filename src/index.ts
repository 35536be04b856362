/**
 * The public API. Two parts:
 *
 * - Find the endpoints that a manager publishes on D-Bus, and talk to them. Finding works with this daemon and with
 *   upstream's `mctpd`; what an endpoint is opened over follows from what the manager publishes:
 *
 * ```ts
 * import { MessageType, scan } from 'mctp-endpoint-manager';
 *
 * for (const endpoint of await scan({ messageType: MessageType.pldm })) {
 *   await using channel = await endpoint.open();
 *   await channel.send(MessageType.pldm, Uint8Array.of(0x80, 0x00, 0x02)); // GetTID
 *   console.log(endpoint.eid, (await channel.recv()).payload);
 * }
 * ```
 *
 * - Talk through this daemon without finding anything first, or answer requests:
 *
 * ```ts
 * import { MessageType, Stack, connectClient } from 'mctp-endpoint-manager';
 *
 * await using stack = await Stack.create(() => connectClient());
 * await using listener = await stack.listener(MessageType.vendorPci, 0);
 * for await (const { payload, resp } of listener) await resp.send(payload);
 * ```
 *
 * Each part has its error: what the first rejects with is a `BusError` or a `ManagerError` (`code` is a word), the second
 * a `MctpError` (`code` is a number of `ResponseCode`, `codeName` its name), whose `cause` may be a `ManagerError`.
 */
export { scan, type ScanOptions } from './scan/scan';
export { watch } from './scan/watch';
export type { WatchEvent } from './scan/changes';
export type { Endpoint } from './scan/endpoint';
export type { OpenOptions } from './scan/shared-stacks';
export { readInventory, type EndpointFilter } from './scan/inventory';
export type {
  EndpointRecord,
  Inventory,
  LinkDetails,
  LinkRecord,
  NetworkRecord,
  Problem,
  Transport,
  VendorType,
} from './scan/records';
export type { BusChoice } from './scan/bus-choice';
export type { BusCall, BusCaller, BusMatch, BusSignal } from './scan/bus-caller';
export { busAddress } from './bus/address';
export { connectBus, type BusConnection } from './bus/connection';
export { BusError } from './bus/call';
export {
  MctpError as ManagerError,
  isMctpError as isManagerError,
  describeError,
  type ErrorCode,
  type ErrorContext,
} from './base/errors';
export { MessageType } from './base/ids';
export type { Clock, Timer } from './base/clock';
export type { Subscription } from './base/events';

export { connectClient, type ConnectClientOptions } from './client/connect-client';
export { SocketClient } from './client/socket-client';
export { Stack, type StackOptions } from './client/stack';
export type { IncomingRequest, StackListener, StackReqChannel, StackRespChannel } from './client/channels';
export type {
  ClosableClient,
  Handle,
  ListenerOptions,
  MctpClient,
  ReceivedMessage,
  RecvMetadata,
  RecvOptions,
  ReqOptions,
  SendOptions,
} from './client/mctp-client';
export { ClientError as MctpError, ResponseCode, type ResponseCodeName } from './client/client-error';
/** The codec of the reference's client and server, for programs that test against them (R-API-36). */
export * as clientWire from './client/wire';
