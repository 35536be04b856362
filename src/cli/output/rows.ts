import type { Neighbour, Route } from '../../scan/manager';
import type { LinkRecord } from '../../scan/records';

/** What the tables of links, EIDs and paths have for rows, whoever tells of them: the daemon or the kernel. */

/** Only the daemon knows a path and a role. */
export type LinkRow = Pick<LinkRecord, 'name' | 'network' | 'details'> &
  Partial<Pick<LinkRecord, 'path' | 'role'>> & {
    /** What only the kernel itself tells: the MTU at the moment, and our EIDs. */
    readonly kernel?: { readonly mtu: number; readonly localEids: readonly number[] };
  };

interface InNetwork {
  readonly network: number;
}

export interface LocalEidRow extends InNetwork {
  readonly eid: number;
  /** Absent: the daemon does not say. */
  readonly link?: string;
}

export type RouteRow = Route & InNetwork;
export type NeighbourRow = Neighbour & InNetwork;
