/**
 * The public API. Three parts:
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
 * - Read the health of NVMe drives (NVMe-MI) over such a client, or do anything else that their management endpoints and
 *   their controllers can; a command is a value of its own:
 *
 * ```ts
 * import { NvmeMiEndpoint, connectClient, readSubsystemReport, vpdRead } from 'mctp-endpoint-manager';
 *
 * const client = await connectClient();
 * const drive = new NvmeMiEndpoint({ client, eid: 9 });
 * const { controllers, health, problems } = await readSubsystemReport(drive);
 * const vpd = await drive.request(vpdRead, { offset: 0, length: 8 });
 * await client.close();
 * ```
 *
 * Each part has its error: what the first rejects with is a `BusError` or a `ManagerError` (`code` is a word), the second
 * a `MctpError` (`code` is a number of `ResponseCode`, `codeName` its name), whose `cause` may be a `ManagerError`; the
 * third with a `ManagerError` that is a `NvmeMiStatusError`, a `NvmeStatusError` or a `NvmeMiTransportError`.
 */
export { scan, type ScanOptions } from './scan/scan';
export { watch } from './scan/watch';
export {
  nvmeMiScan,
  type NvmeMiDrive,
  type NvmeMiRoot,
  type NvmeMiScanOptions,
  type NvmeMiSettings,
} from './scan/nvme-mi-scan';
export { pldmScan } from './scan/pldm-scan';
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
export { KernelClient, connectKernelClient, type KernelClientOptions } from './client/kernel-client';
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

export { NvmeMiEndpoint, type NvmeMiEndpointParts } from './nvme-mi/endpoint';
export { NvmeMiController } from './nvme-mi/controller';
export type { Limits as NvmeMiLimits, NvmeMiCallOptions, RequestClient } from './nvme-mi/exchange';
export {
  readSubsystemReport,
  type ControllerReport,
  type ControllerVitals,
  type ReportOptions,
  type ReportProblem,
  type SubsystemReport,
} from './nvme-mi/subsystem-report';
export {
  NvmeMiStatusError,
  NvmeMiTransportError,
  NvmeStatusError,
  type NvmeStatus,
  type ParameterLocation,
} from './nvme-mi/errors';
export { NvmeMiStatus, type StatusAdvice } from './nvme-mi/status';
export type { Slot as NvmeMiSlot } from './nvme-mi/message';
/** Commands of the endpoint, for `NvmeMiEndpoint.request`. */
export type { MiCommand } from './nvme-mi/command';
export {
  readSubsystemInformation,
  type SubsystemInformation,
} from './nvme-mi/commands/read-subsystem-information';
export {
  readPortInformation,
  type OtherPort,
  type PciePort,
  type PortInformation,
  type SmbusPort,
} from './nvme-mi/commands/read-port-information';
export { readControllerList } from './nvme-mi/commands/read-controller-list';
export {
  readControllerInformation,
  type ControllerInformation,
  type PcieRoutingId,
} from './nvme-mi/commands/read-controller-information';
export { readOptionalCommands, type OptionalCommand } from './nvme-mi/commands/read-optional-commands';
export {
  subsystemHealthStatusPoll,
  type SubsystemHealth,
  type SubsystemHealthRequest,
} from './nvme-mi/commands/subsystem-health-status-poll';
export {
  controllerHealthStatusPoll,
  type ControllerHealth,
  type ControllerHealthRequest,
} from './nvme-mi/commands/controller-health-status-poll';
export { getSmbusFrequency, getTransmissionUnit } from './nvme-mi/commands/configuration-get';
export {
  clearHealthStatusChange,
  setSmbusFrequency,
  setTransmissionUnit,
  type SetSmbusFrequencyRequest,
  type SetTransmissionUnitRequest,
} from './nvme-mi/commands/configuration-set';
export type { FrequencyKHz } from './nvme-mi/smbus-frequency';
export { vpdRead, type VpdReadRequest } from './nvme-mi/commands/vpd-read';
export {
  celsiusOf,
  type ChangedFlags,
  type CompositeTemperature,
  type CriticalWarning,
} from './nvme-mi/health-flags';
/** Commands of a controller, for `NvmeMiEndpoint.admin` and `NvmeMiController.admin`. */
export type { AdminCommand } from './nvme-mi/command';
export {
  IdentifyStructure,
  identify,
  identifyController,
  type ControllerIdentity,
  type IdentifyRequest,
} from './nvme-mi/commands/identify';
export { getLogPage, type LogPageRequest } from './nvme-mi/commands/get-log-page';
export { getSmartLog, type SmartLog } from './nvme-mi/commands/get-smart-log';
export { getFeatures, type GetFeaturesRequest } from './nvme-mi/commands/get-features';
/** Control primitives, for `NvmeMiEndpoint.primitive`. */
export * as nvmeMiPrimitives from './nvme-mi/primitives';
