/** One entry of the peer table (R-DISC-3): an MCTP endpoint as (network, EID), ours or a device's. */

/** One vendor defined message set (DSP0236 §12.8). */
export interface VendorType {
  /** 0: `vendor` is a PCI vendor ID (16 bits); 1: an IANA enterprise number (32 bits). */
  readonly format: 0 | 1;
  readonly vendor: number;
  /** Command set type or version, meaning by vendor; 16 bits. */
  readonly subtype: number;
}

export type Connectivity = 'Available' | 'Degraded';

/** First and last EID (inclusive) that a bridge hands out. */
export interface Pool {
  readonly start: number;
  readonly end: number;
}

/** What the property query brings (R-DISC-40..42). */
export interface EndpointProperties {
  /** Message types as received, order kept; ours: `[0]`. */
  readonly types: readonly number[];
  readonly vendorTypes: readonly VendorType[];
  /** 36 lower-case characters; absent when the endpoint gave none. */
  readonly uuid?: string | undefined;
}

/** A published endpoint. Values never change in place: a changed endpoint is a new object under the same key. */
export interface Endpoint extends EndpointProperties {
  readonly network: number;
  /** 8..254. */
  readonly eid: number;
  /** One of our own EIDs. */
  readonly local: boolean;
  /** Index of the link it is reached through; `undefined` for local endpoints and where it is not known. */
  readonly link: number | undefined;
  /** Of the device itself; empty for local endpoints and behind a bridge. */
  readonly physicalAddress: Uint8Array;
  /** EID of the bridge it sits behind; 0 = none. */
  readonly bridge: number;
  readonly connectivity: Connectivity;
  readonly pool?: Pool | undefined;
}
