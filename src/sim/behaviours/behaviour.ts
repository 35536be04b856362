import type { NvmeDriveState } from '../nvme-drive';
import type { DeviceProfile } from '../profile';

/** What changes about a device while it runs. */
export interface DeviceState {
  readonly profile: DeviceProfile;
  /** The EID it answers under at the moment; 0 = none. */
  eid: number;
  /** EIDs it was allocated for the devices behind it. */
  pool: { readonly size: number; readonly start: number } | undefined;
  /** EIDs of those devices, by port; 0 = nobody there, or not ready. */
  downstream: readonly number[];
  /** `undefined`: no drive, or one that does not speak NVMe-MI. */
  readonly drive: NvmeDriveState | undefined;
  /** Milliseconds since the simulation began. */
  now(): number;
}

/** One of several answers to a request, or one that takes its time. */
export interface TimedAnswer {
  /** After the request, or after the answer before it; milliseconds. */
  readonly afterMs: number;
  /** The message when that time has come; `undefined`: it will not come any more, and none after it. */
  message(): Uint8Array | undefined;
}

/** The answer, several of them one after another (asked for as they are sent, so there may be no end), or none. */
export type Reaction = Uint8Array | Iterable<TimedAnswer> | 'silence';

/**
 * One way a device reacts to a request (a whole message from the type byte on): the answers, `silence` when the
 * request is taken but never answered, or `undefined` to leave it to the next behaviour.
 */
export type Behaviour = (request: Uint8Array, device: DeviceState) => Reaction | undefined;

/** Asks each in turn; the first that takes the request decides. Nobody takes it: silence. */
export function react(behaviours: readonly Behaviour[], request: Uint8Array, device: DeviceState): Reaction {
  for (const behaviour of behaviours) {
    const answer = behaviour(request, device);
    if (answer !== undefined) return answer;
  }
  return 'silence';
}
