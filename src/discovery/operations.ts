import type { Role } from './registry';

/**
 * What the engine can be asked to do: the methods of the contract, as the D-Bus interfaces call them. Every
 * rejection is an `MctpError`. Physical addresses are 0..32 bytes, a network is 1..2147483647, an EID one byte;
 * each operation checks them itself.
 */
export interface Operations {
  /** BusOwner1.SetupEndpoint (R-DISC-50..57). */
  setupEndpoint(link: number, address: Uint8Array): Promise<Assigned>;
  /** BusOwner1.AssignEndpoint (R-DISC-65). */
  assignEndpoint(link: number, address: Uint8Array): Promise<Assigned>;
  /** BusOwner1.AssignEndpointStatic (R-DISC-66); `eid` 0 = the lowest free one, no pool. */
  assignEndpointStatic(link: number, address: Uint8Array, eid: number): Promise<Assigned>;
  /** BusOwner1.AssignBridgeStatic (R-DISC-67..70); `poolStart` 0 = behind the EID. */
  assignBridgeStatic(
    link: number,
    address: Uint8Array,
    bridge: { readonly eid: number; readonly poolStart: number; readonly poolSize: number },
  ): Promise<AssignedBridge>;
  /** BusOwner1.LearnEndpoint (R-DISC-72..75); `undefined` = the device has no EID. */
  learnEndpoint(link: number, address: Uint8Array): Promise<Assigned | undefined>;
  /** Network1.LearnEndpoint (R-DISC-76..78). */
  learnByEid(network: number, eid: number): Promise<Assigned>;
  /** Endpoint1.Remove (R-DISC-80..83). */
  remove(network: number, eid: number): Promise<void>;
  /** Endpoint1.SetMTU (R-DBUS-26); 0 = the link's. */
  setMtu(network: number, eid: number, mtu: number): Promise<void>;
  /** Endpoint1.Recover (R-DISC-90..99). */
  recover(network: number, eid: number): Promise<void>;
  /** Interface1.Role (R-DBUS-13). */
  setRole(link: number, role: Role): void;
  /** Manager1.Rescan: automatic discovery again, back-off times reset. */
  rescan(): void;
  /** Endpoint1.GetStatus of our own interface (R-DBUS-54). */
  status(network: number, eid: number): EndpointStatus;
}

/** An endpoint that an operation settled on. `isNew`: it was not published before the call. */
export interface Assigned {
  readonly network: number;
  readonly eid: number;
  readonly isNew: boolean;
}

export interface AssignedBridge extends Assigned {
  /** First EID of its pool; 0 = it got none. */
  readonly poolStart: number;
}

export interface EndpointStatus {
  /** Text of the last failed exchange; empty while there is none. */
  readonly lastError: string;
  /** Of the last answered control request; 0 before the first. */
  readonly roundTripMicroseconds: number;
  /** Control requests sent to the endpoint, and those of them that stayed unanswered. */
  readonly requests: number;
  readonly timeouts: number;
}
