import { largestExtent, type DynamicEids } from '../discovery/eid-pool';
import type { Role } from '../discovery/registry';
import type { DeviceTable } from './device';
import type { DemuxTable } from './demux';
import { eidOf, forwardOf, roleOf } from './effective';
import type { ConfigFile } from './file';
import { readListen } from './own';
import { plainLink } from './plain-link';
import type {
  BusOwnerConfig,
  DaemonConfig,
  DemuxConfig,
  KernelLinkRule,
  MctpConfig,
  StaticEndpoint,
} from './schema';
import type { InterfaceTable, RoleWord } from './upstream';

/** A checked file as the daemon's configuration. */
export function plainConfig(file: ConfigFile): DaemonConfig {
  return {
    role: plainRole(file.role),
    mctp: plainMctp(file.mctp),
    busOwner: plainBusOwner(file['bus-owner']),
    interfaces: file.interface.map(plainRule),
    backend: file.backend,
    state: file.state,
    defaultNetwork: file.default_network,
    dbus: {
      managedObjectsNetworkId: file.dbus['managed-objects-network-id'],
      legacyNames: file.dbus['legacy-names'],
      alwaysPublishUuid: file.dbus['always-publish-uuid'],
    },
    demux: plainDemux(file.demux),
    log: { level: file.log.level, format: file.log.format, file: file.log.file },
    metrics: { listen: file.metrics.listen === undefined ? undefined : readListen(file.metrics.listen) },
    links: file.link.map((link) =>
      plainLink(link, {
        role: plainRole(roleOf(file, link)),
        eid: eidOf(file, link),
        forward: forwardOf(file, link),
        endpoints: link.endpoint.map(plainDevice),
      }),
    ),
  };
}

const ROLES: Readonly<Record<RoleWord, Role>> = {
  'bus-owner': 'BusOwner',
  endpoint: 'Endpoint',
  unknown: 'Unknown',
};

function plainRole(word: RoleWord): Role {
  return ROLES[word];
}

function plainMctp(table: ConfigFile['mctp']): MctpConfig {
  const hex = table.uuid?.replaceAll('-', '').toLowerCase();
  return {
    messageTimeoutMs: table.message_timeout_ms,
    uuid: hex?.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
  };
}

function plainBusOwner(table: ConfigFile['bus-owner']): BusOwnerConfig {
  return {
    maxPoolSize: Math.min(table.max_pool_size, largestPool(table)),
    dynamicEids: dynamicEids(table),
    endpointPollMs: table.endpoint_poll_ms,
  };
}

/** R-DISC-164. */
export function dynamicEids(table: ConfigFile['bus-owner']): DynamicEids {
  const reserved = table.reserved_eids.flatMap(({ first, last }) =>
    Array.from({ length: last - first + 1 }, (_, at) => first + at),
  );
  return { ranges: table.dynamic_eid_range, reserved: new Set(reserved) };
}

/** What the ranges hold beside the bridge's own EID, at least 1 (R-DBUS-42). */
export function largestPool(table: ConfigFile['bus-owner']): number {
  return Math.max(1, largestExtent(dynamicEids(table)) ?? 0);
}

function plainRule(table: InterfaceTable): KernelLinkRule {
  return {
    match: table.match,
    role: table.role === undefined ? undefined : plainRole(table.role),
    discover: table.discover,
    endpoints: table.endpoint.map(plainDevice),
  };
}

function plainDevice(table: DeviceTable): StaticEndpoint {
  return {
    address: Uint8Array.from(table.address),
    eid: table.eid,
    poolSize: table.pool_size,
    inventory: table.inventory,
  };
}

function plainDemux(table: DemuxTable): DemuxConfig {
  return {
    names: table.names,
    required: table.required,
    allow: table.allow.map(({ uids, gids, types }) => ({ uids, gids, types })),
    compat: table.compat,
    queueFrames: table.queue_frames,
    queueBytes: table.queue_bytes,
    maxClients: table.max_clients,
    maxPerUid: table.max_per_uid,
  };
}
