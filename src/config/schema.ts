import type { LogLevel } from '../base/log';
import type { DynamicEids } from '../discovery/eid-pool';
import type { Role } from '../discovery/registry';

/**
 * The configuration as the daemon uses it: checked, completed with defaults, camelCase, plain data. What a file may
 * hold is in `file.ts` and the tables beside it; `load.ts` makes the one into the other.
 */
export interface DaemonConfig {
  /** Role of every link that names none of its own. */
  readonly role: Role;
  readonly mctp: MctpConfig;
  readonly busOwner: BusOwnerConfig;
  /** Rules for kernel links in file order; the first that matches wins (`daemon/link-match.ts`). */
  readonly interfaces: readonly KernelLinkRule[];
  /** Design decision D-10. */
  readonly backend: 'auto' | 'user' | 'kernel';
  /** `false`: nothing is remembered over a restart (D-8). */
  readonly state: boolean;
  /** Absent: the lowest network that has a link (D-4). */
  readonly defaultNetwork: number | undefined;
  readonly dbus: DbusConfig;
  readonly demux: DemuxConfig;
  readonly log: LogConfig;
  readonly metrics: MetricsConfig;
  /** User-space links, names unique. */
  readonly links: readonly LinkConfig[];
}

export interface MctpConfig {
  /** `message_timeout_ms`, 1..100000. Absent: by binding (R-DISC-11). A link's own `timeoutMs` comes first. */
  readonly messageTimeoutMs: number | undefined;
  /** Lower case with dashes. Absent: derived from the machine id (R-DBUS-41). */
  readonly uuid: string | undefined;
}

export interface BusOwnerConfig {
  /** Further EIDs kept free behind a device that may be a bridge, 1..246, never more than the range has (R-DBUS-42). */
  readonly maxPoolSize: number;
  /** `dynamic_eid_range` and `reserved_eids`, 8..254. */
  readonly dynamicEids: DynamicEids;
  /** 0 = off, else 2500..10000. */
  readonly endpointPollMs: number;
}

export type Discover = 'off' | 'static' | 'probe';

/** `[[interface]]`: what applies to a link of the kernel. */
export interface KernelLinkRule {
  readonly match: LinkMatch;
  /** Absent: leave the role as it is. */
  readonly role: Role | undefined;
  readonly discover: Discover;
  readonly endpoints: readonly StaticEndpoint[];
}

export type LinkMatch =
  | { readonly kind: 'all' }
  /** DSP0239 physical transport binding identifier. */
  | { readonly kind: 'phys-type'; readonly physicalBinding: number }
  /** Shell pattern over the sysfs device path without the leading `/sys`. */
  | { readonly kind: 'path'; readonly pattern: string };

/** `[[link.endpoint]]`, `[[interface.endpoint]]`: a device that is there by configuration. */
export interface StaticEndpoint {
  /** Physical address; empty on a point-to-point link. */
  readonly address: Uint8Array;
  /** Absent: assigned dynamically. */
  readonly eid: number | undefined;
  /** Absent: no bridge; needs `eid`. */
  readonly poolSize: number | undefined;
  /** Object path of an inventory item (R-CONS-29). */
  readonly inventory: string | undefined;
}

export interface DbusConfig {
  /** Type of NetworkId in GetManagedObjects (R-DBUS-43). */
  readonly managedObjectsNetworkId: 'int32' | 'uint32';
  /** Serve the old names on a second connection (R-CONS-46). */
  readonly legacyNames: boolean;
  /** Publish the nil UUID for endpoints without one (R-CONS-30). */
  readonly alwaysPublishUuid: boolean;
}

export interface DemuxConfig {
  /** Abstract socket names without the leading NUL; none: no demux. */
  readonly names: readonly string[];
  /** Do not start when a name is taken (R-DEMUX-3). */
  readonly required: boolean;
  readonly allow: readonly DemuxAllow[];
  readonly compat: 'libmctp' | undefined;
  /** Frames and bytes kept for a slow client, each client by itself (R-DEMUX-31). */
  readonly queueFrames: number;
  readonly queueBytes: number;
  readonly maxClients: number;
  readonly maxPerUid: number;
}

export interface DemuxAllow {
  readonly uids: readonly number[];
  readonly gids: readonly number[];
  /** Message types 1..127 these clients may register; absent: all. */
  readonly types: readonly number[] | undefined;
}

export interface LogConfig {
  readonly level: LogLevel;
  readonly format: 'auto' | 'json';
  /** Absent: stderr. */
  readonly file: string | undefined;
}

export interface MetricsConfig {
  /** Absent: off. */
  readonly listen: { readonly host: string; readonly port: number } | undefined;
}

/** The `binding` of a `[[link]]`. */
export type BindingWord = 'serial' | 'i2c' | 'pcie' | 'loopback' | 'sim';

/** A user-space link. */
export interface LinkConfig {
  readonly name: string;
  readonly binding: BindingWord;
  /** Absent: the lowest network id that no kernel link uses (D-10). */
  readonly network: number | undefined;
  /** Our own EID here; absent: none until somebody assigns one. */
  readonly eid: number | undefined;
  readonly role: Role;
  /** Bytes, the 4 header bytes included. */
  readonly mtu: number;
  readonly discover: Discover;
  /** Route packets for others; true on both ends of `upstream` (D-10). */
  readonly forward: boolean;
  /** Path of a pcap file. */
  readonly capture: string | undefined;
  /** 1..100000. Absent: `mctp.messageTimeoutMs`, else by binding (R-DISC-11). */
  readonly timeoutMs: number | undefined;
  /** 1..10, 1 = no retry. */
  readonly attempts: number;
  /** EIDs we ask our bus owner for, 0 = no bridge (R-DISC-170). */
  readonly poolRequest: number;
  /** Name of the link whose pool is handed out here (R-DISC-170). */
  readonly upstream: string | undefined;
  readonly endpoints: readonly StaticEndpoint[];
  /** The keys that belong to the binding, checked, defaults filled in, named as in the file (`bindings/catalog.ts`). */
  readonly options: Readonly<Record<string, string | number | boolean>>;
}
