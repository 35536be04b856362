import type { ControlCommand } from '../codec';
import { allocateEndpointIds } from './allocate-endpoint-ids';
import { discoveryNotify } from './discovery-notify';
import { endpointDiscovery } from './endpoint-discovery';
import { getEndpointId } from './get-endpoint-id';
import { getEndpointUuid } from './get-endpoint-uuid';
import { getMctpVersionSupport } from './get-mctp-version-support';
import { getMessageTypeSupport } from './get-message-type-support';
import { getNetworkId } from './get-network-id';
import { getRoutingTableEntries } from './get-routing-table-entries';
import { getVendorDefinedMessageSupport } from './get-vendor-defined-message-support';
import { prepareForEndpointDiscovery } from './prepare-for-endpoint-discovery';
import { queryHop } from './query-hop';
import { queryRateLimit } from './query-rate-limit';
import { querySupportedInterfaces } from './query-supported-interfaces';
import { requestTxRateLimit } from './request-tx-rate-limit';
import { resolveEndpointId } from './resolve-endpoint-id';
import { resolveUuid } from './resolve-uuid';
import { routingInformationUpdate } from './routing-information-update';
import { setEndpointId } from './set-endpoint-id';
import { updateRateLimit } from './update-rate-limit';

/** A command whose types are not known: it decodes and explains, but encodes for those who know it only. */
export type AnyCommand = Pick<
  ControlCommand<unknown, unknown>,
  'code' | 'name' | 'summary' | 'decodeRequest' | 'decodeResponse'
>;

/** Every command of DSP0236 §12 by its code. */
export const COMMANDS: ReadonlyMap<number, AnyCommand> = new Map<number, AnyCommand>(
  [
    setEndpointId,
    getEndpointId,
    getEndpointUuid,
    getMctpVersionSupport,
    getMessageTypeSupport,
    getVendorDefinedMessageSupport,
    resolveEndpointId,
    allocateEndpointIds,
    routingInformationUpdate,
    getRoutingTableEntries,
    prepareForEndpointDiscovery,
    endpointDiscovery,
    discoveryNotify,
    getNetworkId,
    queryHop,
    resolveUuid,
    queryRateLimit,
    requestTxRateLimit,
    updateRateLimit,
    querySupportedInterfaces,
  ].map((command: AnyCommand) => [command.code, command]),
);
