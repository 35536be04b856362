import type { Clock, Timer } from '../base/clock';
import { isMctpError } from '../base/errors';
import { MessageType } from '../base/ids';
import type { Exchange, Net } from '../core/net';
import { typeOf } from './classify';

/** Requests of one client that may wait for a tag; from then on nothing is read from it (R-DEMUX-23, R-DEMUX-33). */
export const BACKLOG = 8;
/** Other users of the stack take tags too and do not tell when one is free again. */
const RETRY_MS = 100;

/** Who sends; told when it has to stop for a while. */
export interface Sending {
  /** @param full nothing more is to be read from the client */
  throttle(full: boolean): void;
}

export interface QueuedRequest<Client extends Sending> {
  readonly client: Client;
  readonly eid: number;
  readonly message: Uint8Array;
}

export interface ClientQueueParts<Client extends Sending> {
  readonly net: Net;
  readonly network: number;
  readonly clock: Clock;
  /** It has a tag and is on its way. */
  begun(request: QueuedRequest<Client>, exchange: Exchange): void;
  /** It is not sent, or not to its end; no tag is held. */
  failed(request: QueuedRequest<Client>, error: unknown): void;
  /** There were too many of that client already. */
  refused(request: QueuedRequest<Client>): void;
}

/** The requests to one EID, in order. */
interface Lane<Client extends Sending> {
  readonly waiting: QueuedRequest<Client>[];
  /** The first one is being sent, and whether it gets a tag is not known yet. */
  deciding: boolean;
}

/** Requests of clients on their way to a tag: there are eight for each EID, and the clients share them in order of arrival. */
export class ClientQueue<Client extends Sending> {
  private readonly lanes = new Map<number, Lane<Client>>();
  private readonly counts = new Map<Client, number>();
  private timer: Timer | undefined;

  constructor(private readonly parts: ClientQueueParts<Client>) {}

  send(request: QueuedRequest<Client>): void {
    const { client, eid } = request;
    if ((this.counts.get(client) ?? 0) >= BACKLOG) {
      this.parts.refused(request);
      return;
    }
    const lane = this.lanes.get(eid) ?? { waiting: [], deciding: false };
    this.lanes.set(eid, lane);
    lane.waiting.push(request);
    this.count(client, 1);
    // Behind others it has to wait; in front it is tried at once.
    if (lane.waiting.length === 1) this.pump(eid, lane);
  }

  /** A tag towards the EID is free again. */
  tagFreed(eid: number): void {
    const lane = this.lanes.get(eid);
    if (lane !== undefined) this.pump(eid, lane);
  }

  /** The client is gone, and what it wanted to send with it. */
  forget(client: Client): void {
    this.counts.delete(client);
    for (const [eid, lane] of this.lanes) {
      // The one that is being sent takes itself out.
      const kept = lane.waiting.filter((each, at) => each.client !== client || (at === 0 && lane.deciding));
      lane.waiting.splice(0, lane.waiting.length, ...kept);
      if (kept.length === 0) this.lanes.delete(eid);
    }
    if (this.lanes.size === 0) this.stopTimer();
  }

  close(): void {
    this.stopTimer();
    this.lanes.clear();
    this.counts.clear();
  }

  private pump(eid: number, lane: Lane<Client>): void {
    while (!lane.deciding && this.lanes.get(eid) === lane) {
      const [first] = lane.waiting;
      if (first === undefined) {
        this.lanes.delete(eid);
        if (this.lanes.size === 0) this.stopTimer();
        continue;
      }
      lane.deciding = true;
      this.request(first, lane);
    }
  }

  /** Mostly a tag is taken at once; else `deciding` stays until the stack has answered. */
  private request(request: QueuedRequest<Client>, lane: Lane<Client>): void {
    const { net, network } = this.parts;
    const { eid, message } = request;
    let isBegun = false;
    const accepted = (exchange: Exchange): void => {
      if (isBegun) return;
      isBegun = true;
      this.decided(request, lane);
      this.parts.begun(request, exchange);
    };
    const hold = isHeld(typeOf(message));
    net.request({ kind: 'eid', network, eid }, message, { hold, accepted }).then(
      (exchange) => {
        accepted(exchange);
        this.pump(eid, lane);
      },
      (error: unknown) => {
        if (isBegun) this.parts.failed(request, error);
        else this.notBegun(request, lane, error);
      },
    );
  }

  private notBegun(request: QueuedRequest<Client>, lane: Lane<Client>, error: unknown): void {
    const isGone = !this.counts.has(request.client);
    if (isMctpError(error, 'no-free-tag') && !isGone) {
      lane.deciding = false;
      this.timer ??= this.parts.clock.setTimer(RETRY_MS, () => this.retry());
      return;
    }
    this.decided(request, lane);
    if (!isGone) this.parts.failed(request, error);
    this.pump(request.eid, lane);
  }

  private decided({ client }: QueuedRequest<Client>, lane: Lane<Client>): void {
    lane.deciding = false;
    lane.waiting.shift();
    if (this.counts.has(client)) this.count(client, -1);
  }

  private retry(): void {
    this.timer = undefined;
    for (const [eid, lane] of [...this.lanes]) this.pump(eid, lane);
  }

  private count(client: Client, by: number): void {
    const before = this.counts.get(client) ?? 0;
    const now = before + by;
    this.counts.set(client, now);
    if (before >= BACKLOG !== now >= BACKLOG) client.throttle(now >= BACKLOG);
  }

  private stopTimer(): void {
    this.timer?.cancel();
    this.timer = undefined;
  }
}

/** The one type whose requests may get several responses (R-DEMUX-45). */
export function isHeld(type: number): boolean {
  return type === MessageType.nvmeMi;
}
