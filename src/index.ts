/**
 * The public API. Two parts:
 *
 * - Find the endpoints that a manager publishes on D-Bus; works against this daemon and against upstream's `mctpd`:
 *
 * ```ts
 * import { busAddress, connectBus, scan } from 'mctp-endpoint-manager';
 *
 * const bus = await connectBus(busAddress({ env: process.env }));
 * for (const endpoint of await scan(bus, { type: 0x04 })) console.log(endpoint.network, endpoint.eid, endpoint.uuid);
 * bus.close();
 * ```
 *
 * - Talk to them through this daemon, in any message type:
 *
 * ```ts
 * import { MessageType, Stack, connectClient } from 'mctp-endpoint-manager';
 *
 * await using stack = await Stack.create(() => connectClient());
 * await using channel = await stack.req(9, 1000);
 * await channel.send(MessageType.pldm, Uint8Array.of(0x80, 0x00, 0x02)); // GetTID
 * const { payload } = await channel.recv();
 * ```
 *
 * Each part has its error: what the first rejects with is a `BusError` or a `ManagerError` (`code` is a word), the second
 * a `MctpError` (`code` is a number of `ResponseCode`, `codeName` its name), whose `cause` may be a `ManagerError`.
 */
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
export { matches, readInventory, scan, type EndpointFilter } from './scan/scan';
export type { EndpointRecord, Inventory, LinkRecord } from './scan/records';
export { watch } from './scan/watch';

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
