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
  /** Milliseconds since the simulation began. */
  now(): number;
}

/**
 * One way a device reacts to a request (a whole message from the type byte on): the answer, `silence` when the
 * request is taken but never answered, or `undefined` to leave it to the next behaviour.
 */
export type Behaviour = (request: Uint8Array, device: DeviceState) => Uint8Array | 'silence' | undefined;

/** Asks each in turn; the first that takes the request decides. Nobody takes it: silence. */
export function react(
  behaviours: readonly Behaviour[],
  request: Uint8Array,
  device: DeviceState,
): Uint8Array | 'silence' {
  for (const behaviour of behaviours) {
    const answer = behaviour(request, device);
    if (answer !== undefined) return answer;
  }
  return 'silence';
}
