import { EMPTY, bytesEqual, toHex } from '../base/bytes';
import { MctpError } from '../base/errors';
import type { Binding } from './binding';
import { DropCounters } from './drops';
import type { DropReason } from './drops';
import { PacketBuffer } from './fragment';
import type { LinkCounters } from './net';

/** A link that has taken no packet for this long has failed what waits in its queue. Milliseconds. */
export const STALL_MS = 6000;

/** What may wait for a link to take it. */
export interface QueueLimits {
  readonly queueMessages: number;
  /** Payload bytes not yet handed over; one message is always taken. */
  readonly queueBytes: number;
}

export const DEFAULT_QUEUE_LIMITS: QueueLimits = { queueMessages: 512, queueBytes: 1024 * 1024 };

/**
 * What others make us send gets half of the queue, and the replies to one physical address an eighth, whatever EIDs it
 * goes by: a device that floods us keeps room neither from other devices nor from our own requests.
 */
const FOREIGN_SHARE = 1 / 2;
const REPLY_SHARE = 1 / 8;

/** Packets of one message, in order (a `Fragmenter`), or one packet to forward. */
export interface PacketSource {
  readonly done: boolean;
  write(buffer: PacketBuffer): number;
  advance(): void;
}

/** One message on its way out. */
export interface Outgoing {
  readonly packets: PacketSource;
  /** Physical destination address; empty on a point-to-point link and for a broadcast. */
  readonly physical: Uint8Array;
  readonly broadcast: boolean;
  /** Destination EID, source EID, TO and tag: messages that have all of them in common keep their order. */
  readonly name: number;
  readonly bytes: number;
  /** Not of our own accord: a reply, or a packet to forward. */
  readonly foreign: boolean;
  /** It is one packet. */
  readonly single: boolean;
  /** A packet was handed over. */
  onPacket(now: number): void;
  /** The last one was (`undefined`), or the rest never will be. */
  onDone(failure: MctpError | undefined): void;
}

/** Messages that follow one another. Lanes take turns packet by packet. */
interface Lane {
  readonly key: string;
  readonly messages: Outgoing[];
}

export interface LinkPortHost {
  now(): number;
  wakeAt(deadline: number): void;
  onDefect(error: unknown): void;
}

/**
 * The way out of one link: a bounded queue that is cut into packets only as the binding takes them, and the link's
 * counters. A long message does not hold up short ones: per destination, messages of one packet have a lane of
 * their own, and lanes take turns.
 */
export class LinkPort {
  readonly drops = new DropCounters();
  rxPackets = 0;
  rxBytes = 0;
  private txPackets = 0;
  private txBytes = 0;
  private readonly buffer: PacketBuffer;
  private readonly lanes: Lane[] = [];
  private turn = 0;
  private waiting = 0;
  private waitingBytes = 0;
  /** Since when the binding takes nothing; `undefined`: it does. */
  private blockedSince: number | undefined;
  private pumping = false;

  constructor(
    private readonly name: string,
    private readonly binding: Binding,
    private readonly host: LinkPortHost,
    private readonly limits: QueueLimits = DEFAULT_QUEUE_LIMITS,
  ) {
    this.buffer = new PacketBuffer(binding.info.maxMtu);
  }

  drop(reason: DropReason): void {
    this.drops.count(reason);
  }

  counters(): LinkCounters {
    return {
      rxPackets: this.rxPackets,
      txPackets: this.txPackets,
      rxBytes: this.rxBytes,
      txBytes: this.txBytes,
      drops: new Map(this.drops.entries().filter(([, count]) => count > 0)),
    };
  }

  /** Room for one more message of `bytes`. */
  hasRoom(bytes: number): boolean {
    const { queueMessages, queueBytes } = this.limits;
    return this.waiting < queueMessages && (this.waiting === 0 || this.waitingBytes + bytes <= queueBytes);
  }

  /** The same for a {@link Outgoing.foreign} one. @param replyTo physical address, where it is a reply */
  hasRoomForForeign(bytes: number, replyTo?: Uint8Array): boolean {
    if (!this.hasRoom(bytes)) return false;
    const { queueMessages, queueBytes } = this.limits;
    const foreign = this.lanes.flatMap((lane) => lane.messages.filter((message) => message.foreign));
    const size = foreign.reduce((sum, message) => sum + message.bytes, bytes);
    if (foreign.length > 0 && size > queueBytes * FOREIGN_SHARE) return false;
    if (foreign.length >= queueMessages * FOREIGN_SHARE) return false;
    if (replyTo === undefined) return true;
    const same = foreign.filter((message) => bytesEqual(message.physical, replyTo));
    return same.length < Math.max(1, queueMessages * REPLY_SHARE);
  }

  /** Sends as much as the binding takes at once; the rest follows when it has room. */
  send(message: Outgoing): void {
    const key = this.laneOf(message);
    const lane = this.lanes.find((each) => each.key === key);
    if (lane === undefined) this.lanes.push({ key, messages: [message] });
    else lane.messages.push(message);
    this.waiting++;
    this.waitingBytes += message.bytes;
    this.pump();
  }

  /** The binding has room again. */
  writable(): void {
    this.blockedSince = undefined;
    this.pump();
  }

  /** Gives up on a link that has stood still for too long. */
  poll(now: number): void {
    if (this.blockedSince === undefined || now - this.blockedSince < STALL_MS) return;
    this.blockedSince = undefined;
    const context = { link: this.name };
    this.fail(
      'TransmitFailed',
      new MctpError('send-failed', 'the link has taken no packet for 6 s', context),
    );
  }

  nextDeadline(): number {
    return this.blockedSince === undefined ? Infinity : this.blockedSince + STALL_MS;
  }

  /** Throws away all that waits. */
  fail(reason: DropReason, error: MctpError): void {
    const messages = this.lanes.splice(0).flatMap((lane) => lane.messages.splice(0));
    this.waiting = 0;
    this.waitingBytes = 0;
    for (const message of messages) {
      this.drop(reason);
      message.onDone(error);
    }
  }

  /** A message would end another of the same name that is under way at the receiver, so it queues behind that. */
  private laneOf({ physical, broadcast, name, single }: Outgoing): string {
    const long = `${broadcast ? '*' : toHex(physical)}/${name >> 4}`;
    const short = `${long}/short`;
    const same = this.lanes.find(
      ({ key, messages }) => (key === long || key === short) && messages.some((each) => each.name === name),
    );
    return same?.key ?? (single ? short : long);
  }

  private pump(): void {
    if (this.pumping || this.blockedSince !== undefined) return;
    this.pumping = true;
    try {
      for (let lane = this.nextLane(); lane !== undefined; lane = this.nextLane()) {
        if (!this.offer(lane)) break;
      }
    } finally {
      this.pumping = false;
    }
  }

  private nextLane(): Lane | undefined {
    if (this.turn >= this.lanes.length) this.turn = 0;
    return this.lanes[this.turn];
  }

  /** @returns false when the binding took nothing */
  private offer(lane: Lane): boolean {
    const message = lane.messages[0];
    if (message === undefined) return this.leave(lane);
    const packet = this.buffer.packet(message.packets.write(this.buffer));
    let taken: boolean;
    try {
      taken = this.binding.send(packet, message.broadcast ? EMPTY : message.physical, message.broadcast);
    } catch (cause) {
      this.host.onDefect(cause);
      this.drop('TransmitFailed');
      const context = { link: this.name };
      this.finish(lane, message, new MctpError('send-failed', 'the binding failed', context, { cause }));
      return true;
    }
    if (!taken) {
      this.blockedSince = this.host.now();
      this.host.wakeAt(this.blockedSince + STALL_MS);
      return false;
    }
    this.handedOver(lane, message, packet.length);
    return true;
  }

  private handedOver(lane: Lane, message: Outgoing, length: number): void {
    this.txPackets++;
    this.txBytes += length;
    message.onPacket(this.host.now());
    message.packets.advance();
    this.turn++;
    if (message.packets.done) this.finish(lane, message, undefined);
  }

  private finish(lane: Lane, message: Outgoing, failure: MctpError | undefined): void {
    // A binding that calls back from inside `send` may have emptied the queue meanwhile.
    if (lane.messages[0] === message) {
      lane.messages.shift();
      this.waiting--;
      this.waitingBytes -= message.bytes;
    }
    if (lane.messages.length === 0) this.leave(lane);
    message.onDone(failure);
  }

  private leave(lane: Lane): true {
    const index = this.lanes.indexOf(lane);
    if (index >= 0) {
      this.lanes.splice(index, 1);
      if (index < this.turn) this.turn--;
    }
    return true;
  }
}
