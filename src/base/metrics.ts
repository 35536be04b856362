import type { ErrorCode } from './errors';

/** How a control request ended. `failed`: it could not be sent, or its link or the daemon went away. */
export type RequestOutcome = 'answered' | 'refused' | 'timeout' | 'bad-response' | 'failed';

/**
 * What is observed as it happens (design decision D-17). Everything else is read when somebody asks, so that the path
 * of a packet counts nothing twice. Names come from our own tables, never from a device: a label has few values.
 */
export interface Metrics {
  /** @param seconds from its turn at the device to the end, all attempts included */
  controlRequest(command: string, outcome: RequestOutcome, seconds: number): void;
  /** @param seconds from the call to the end, waiting for its turn included */
  operation(operation: string, result: 'ok' | ErrorCode, seconds: number): void;
}

export const nullMetrics: Metrics = {
  controlRequest: () => undefined,
  operation: () => undefined,
};

/** The state of the manager at one moment. */
export interface MetricsSnapshot {
  /** Endpoints of devices, by network and connectivity; a known network has both, zero included. */
  readonly endpoints: readonly {
    readonly network: number;
    readonly state: 'available' | 'degraded';
    readonly count: number;
  }[];
  /** EIDs that published endpoints and the pools of bridges hold, of each known network. */
  readonly eids: readonly { readonly network: number; readonly inUse: number }[];
  readonly links: readonly LinkSnapshot[];
}

export interface LinkSnapshot {
  readonly link: string;
  readonly network: number;
  readonly binding: string;
  readonly up: boolean;
  /** Since the link was opened; absent where its backend does not count. */
  readonly counters?: LinkCounts | undefined;
}

export interface LinkCounts {
  readonly rxPackets: number;
  readonly txPackets: number;
  readonly rxBytes: number;
  readonly txBytes: number;
  /** By the name of the reason. */
  readonly drops: ReadonlyMap<string, number>;
}
