import type { Clock } from '../base/clock';
import type { Log, LogFields } from '../base/log';
import { SeldomEach } from './seldom';

/** Why a frame went no further. The protocol has no error channel: a client learns of it by its time-out (R-DEMUX-15). */
export const DEMUX_DROP_REASONS = [
  // From a client
  'FrameTooShort',
  'FrameTooLong',
  'WrongType',
  'BadEid',
  'NoRequest',
  'BacklogFull',
  'SendFailed',
  // From the network
  'NoClient',
  'ClientFull',
] as const;

export type DemuxDropReason = (typeof DEMUX_DROP_REASONS)[number];

const TEXTS: Readonly<Record<DemuxDropReason, string>> = {
  FrameTooShort: 'a client sent a frame without a type byte',
  FrameTooLong: 'a client sent a frame longer than the longest message',
  WrongType: 'a client sent another message type than it is registered for',
  BadEid: 'a client sent to an EID that no endpoint has',
  NoRequest: 'a client sent a response to no request',
  BacklogFull: 'a client sends faster than its requests get tags',
  SendFailed: 'a frame of a client could not be sent',
  NoClient: 'a response came that no client waits for',
  ClientFull: 'a frame did not go into the socket of a client',
};

/** A counter for each reason, and a log line for each reason now and then; contents are never logged (R-DEMUX-44). */
export class DemuxDrops {
  private readonly counts = new Map<DemuxDropReason, number>();
  private readonly lines: SeldomEach;

  constructor(
    private readonly log: Log,
    clock: Pick<Clock, 'now'>,
  ) {
    this.lines = new SeldomEach(clock);
  }

  drop(reason: DemuxDropReason, fields: LogFields = {}): void {
    this.counts.set(reason, this.get(reason) + 1);
    this.lines.say(reason, (left) =>
      this.log.warn(TEXTS[reason], { operation: 'demux', ...fields, ...left }),
    );
  }

  get(reason: DemuxDropReason): number {
    return this.counts.get(reason) ?? 0;
  }

  entries(): readonly (readonly [DemuxDropReason, number])[] {
    return DEMUX_DROP_REASONS.map((reason) => [reason, this.get(reason)] as const);
  }
}
