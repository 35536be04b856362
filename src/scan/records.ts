/** The published objects as a client sees them: plain data, no bus behind it. */

/** Who carries an endpoint's messages: the daemon itself, by its client socket, or the kernel, by AF_MCTP sockets. */
export type Transport = 'daemon' | 'kernel';

export interface VendorType {
  /** 0: PCI vendor id (16 bits), 1: IANA enterprise number (32 bits). */
  readonly format: number;
  readonly vendor: number;
  readonly subtype: number;
}

export interface EndpointRecord {
  readonly path: string;
  readonly network: number;
  readonly eid: number;
  /** Message type numbers in the order the device gave them. */
  readonly types: readonly number[];
  readonly vendorTypes: readonly VendorType[];
  readonly uuid?: string;
  /** `Available` or `Degraded`; `unknown` where the daemon does not say. */
  readonly connectivity: string;
  /** One of the daemon's own EIDs. */
  readonly local: boolean;
  /** By what the links of its network are; `kernel` where the daemon does not say, as upstream's does not. */
  readonly transport: Transport;
  /** Name of the link it is reached through. Absent: the daemon does not say (R-DBUS-54), or a local endpoint. */
  readonly link?: string;
  /** Of the device itself, or empty where it has none; absent where the daemon does not say. */
  readonly physicalAddress?: Uint8Array;
  /** EID of the bridge it sits behind. */
  readonly bridge?: number;
  /** First and last EID of the pool of a bridge. */
  readonly pool?: { readonly first: number; readonly last: number };
}

export interface LinkRecord {
  readonly path: string;
  readonly name: string;
  readonly network: number;
  /** `BusOwner`, `Endpoint` or `Unknown`. */
  readonly role: string;
  /** Offers setup, assign and learn (R-DBUS-14). */
  readonly busOwner: boolean;
  /** What our own interface adds (R-DBUS-52); absent where the daemon lacks it. */
  readonly details?: LinkDetails;
}

export interface LinkDetails {
  readonly index: number;
  /** `user` or `kernel`. */
  readonly backend: string;
  readonly binding: string;
  readonly physicalAddress: Uint8Array;
  /** MTUs with the 4 header bytes. */
  readonly minMtu: number;
  readonly maxMtu: number;
  readonly up: boolean;
}

export interface NetworkRecord {
  readonly path: string;
  readonly network: number;
  readonly localEids: readonly number[];
  /** Offers routes and neighbours (R-DBUS-53). */
  readonly routes: boolean;
}

/** An object that is there but does not read as the contract says. */
export interface Problem {
  readonly path: string;
  readonly reason: string;
}

/** Everything published at one moment, in the order people expect: by network, then by EID or name. */
export interface Inventory {
  readonly endpoints: readonly EndpointRecord[];
  readonly links: readonly LinkRecord[];
  readonly networks: readonly NetworkRecord[];
  readonly problems: readonly Problem[];
}
