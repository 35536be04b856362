import type { NvmeDriveProfile } from './nvme-drive';
import type { VendorSet } from './vendor-set';

/** What a simulated device is and how it misbehaves. Everything has a default: an empty profile is a plain device. */
export interface DeviceProfile {
  /** For messages and listings. */
  readonly name: string;
  /** Physical address: one byte, or none on a point-to-point bus. */
  readonly address: Uint8Array;
  /** EID the device has before anybody assigns one; 0 = none. */
  readonly eid: number;
  /** 16 bytes; `undefined` = Get Endpoint UUID is not supported. */
  readonly uuid: Uint8Array | undefined;
  /** Message types in the order they are reported. */
  readonly types: readonly number[];
  readonly vendorSets: readonly VendorSet[];
  /** What it says on NVMe-MI; `undefined` = nothing. */
  readonly nvme: NvmeDriveProfile | undefined;
  /** Message types whose requests are sent back as they came. */
  readonly echo: readonly number[];
  /** Silence to everything, for ever. */
  readonly silent: boolean;
  /** Silence to everything until this long after the simulation began, in milliseconds. */
  readonly readyAfterMs: number;
  /** Time from a request to its answer, in milliseconds. */
  readonly latencyMs: number;
  /** Takes this EID whatever it is assigned; 0 = does as it is told. */
  readonly answersEid: number;
  /** Control commands (codes) that are never answered. */
  readonly silentTo: ReadonlySet<number>;
  /** Control commands (codes) that are answered with this completion code. */
  readonly refuses: ReadonlyMap<number, number>;
  /** Get Endpoint ID says bridge; Set Endpoint ID asks for this many EIDs. 0 = a simple endpoint. */
  readonly poolSize: number;
  /** Devices behind a bridge, by port; the one at port n gets the n-th EID of the pool. They have no address. */
  readonly downstream: readonly DeviceProfile[];
  /** Time from a pool, or from being plugged in, until a device behind the bridge has its EID, in milliseconds. */
  readonly downstreamReadyMs: number;
}

export const PLAIN_DEVICE: DeviceProfile = {
  name: 'device',
  address: new Uint8Array(0),
  eid: 0,
  uuid: undefined,
  types: [0],
  vendorSets: [],
  nvme: undefined,
  echo: [],
  silent: false,
  readyAfterMs: 0,
  latencyMs: 0,
  answersEid: 0,
  silentTo: new Set(),
  refuses: new Map(),
  poolSize: 0,
  downstream: [],
  downstreamReadyMs: 0,
};
