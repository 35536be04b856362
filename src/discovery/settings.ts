import type { NetLink } from '../core/net';
import type { DynamicEids } from './eid-pool';
import type { Role } from './registry';

/** What the configuration says to the engine. Functions are asked once for each link, when it appears. */
export interface EngineSettings {
  /** Where dynamic EIDs come from (R-DISC-20, R-DISC-164). */
  readonly dynamicEids: DynamicEids;
  /** Room that is looked for behind every dynamic EID, 1..246 (R-DISC-21). */
  readonly maxPoolSize: number;
  /** Pause between probes of an EID behind a bridge, 2500..10000 ms; 0 = none are sent (R-DISC-110). */
  readonly endpointPollMs: number;
  /** Of our own endpoints: 36 lower-case characters. */
  readonly ownUuid: string;
  readonly role: (link: NetLink) => Role;
  readonly discover: (link: NetLink) => Discovery;
  /** Default: no link takes part in bridging. */
  readonly bridging?: (link: NetLink) => Bridging;
}

/** Being a bridge between links (R-DISC-170). */
export interface Bridging {
  /** EIDs to ask the bus owner of this link for, 0..246; 0 = none. */
  readonly poolRequest: number;
  /** Name of the link whose pool is given here. */
  readonly upstream?: string | undefined;
}

/** Automatic discovery on one link (D-9). */
export interface Discovery {
  readonly mode: 'off' | 'static' | 'probe';
  readonly endpoints: readonly ConfiguredDevice[];
}

/** A device the configuration names: `[[link.endpoint]]`. */
export interface ConfiguredDevice {
  readonly address: Uint8Array;
  /** Absent: dynamic. */
  readonly eid?: number | undefined;
  readonly poolSize?: number | undefined;
}
