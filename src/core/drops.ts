/**
 * Why a packet or frame was thrown away: the only trace a bad medium leaves, so each reason counts by itself
 * (DSP0236 §8.9; design decision D-12). The names are the keys of `Link1.GetCounters` (R-DBUS-52).
 */
export const DROP_REASONS = [
  // Packet level (core)
  'PacketTooShort',
  'BadHeaderVersion',
  'BadSourceEid',
  'BadDestinationEid',
  'NotForUs',
  'EmptyStart',
  'UnexpectedResponse',
  'NoReassemblyContext',
  'UnexpectedMiddleOrEnd',
  'OutOfSequence',
  'BadPayloadLength',
  'MessageTooLong',
  'AssemblyRestarted',
  'AssemblyTimeout',
  'NoListener',
  'NoRoute',
  'ForwardTooLong',
  // Frame level (bindings)
  'FrameNoise',
  'FrameBadRevision',
  'FrameBadCount',
  'FrameBadEscape',
  'FrameUnexpectedFlag',
  'FrameBadFcs',
  'FrameNoEndFlag',
  'FrameTimeout',
  'FrameMalformed',
  // Transmit
  'TransmitQueueFull',
  'TransmitFailed',
  'TransmitLinkDown',
  // Injected by the fault wrapper
  'InjectedLoss',
] as const;

export type DropReason = (typeof DROP_REASONS)[number];

/** One counter for each reason; reading never allocates a counter that was never hit. */
export class DropCounters {
  private readonly counts = new Map<DropReason, number>();

  count(reason: DropReason): void {
    this.counts.set(reason, (this.counts.get(reason) ?? 0) + 1);
  }

  get(reason: DropReason): number {
    return this.counts.get(reason) ?? 0;
  }

  total(): number {
    let sum = 0;
    for (const count of this.counts.values()) sum += count;
    return sum;
  }

  entries(): readonly (readonly [DropReason, number])[] {
    return DROP_REASONS.map((reason) => [reason, this.get(reason)] as const);
  }
}
