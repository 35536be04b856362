import { toHex } from '../base/bytes';
import { EID_NULL, HEADER_SIZE, MAX_MESSAGE } from '../base/ids';
import type { DropReason } from './drops';
import { MessageStore } from './message-store';
import {
  EOM,
  SEQUENCE_MASK,
  SOM,
  TAG_BITS,
  TAG_OWNER,
  destinationOf,
  flagsOf,
  sequenceOf,
  sourceOf,
} from './packet';

/** An assembly ends this long after its last packet (DSP0236 §8.9.2 leaves the number to us). Milliseconds. */
export const REASSEMBLY_TIMEOUT_MS = 6000;

/**
 * Room for the assemblies under way. A device that opens assemblies and never ends them fills its own share only:
 * 16 cover both tag spaces of one EID pair, a bridge may need as many for each endpoint behind it, up to a quarter
 * of all. At 64 KiB each, 256 contexts hold 16 MiB at the very worst; what they hold is what has really arrived.
 */
export interface ReassemblyLimits {
  /** Longest message in bytes, type byte included. */
  readonly maxMessage: number;
  readonly maxContexts: number;
  /** Contexts for one source EID on one link. */
  readonly maxPerSource: number;
  /** Contexts for one physical address: a bridge with everything behind it. */
  readonly maxPerNeighbour: number;
}

export const DEFAULT_REASSEMBLY_LIMITS: ReassemblyLimits = {
  maxMessage: MAX_MESSAGE,
  maxContexts: 256,
  maxPerSource: 16,
  maxPerNeighbour: 64,
};

/** What the reassembler asks and tells. */
export interface ReassemblyHost {
  /** Is there an outstanding request that this first packet (TO=0) of a response answers? */
  expects(packet: Uint8Array, link: number, physical: Uint8Array): boolean;
  drop(reason: DropReason, link: number): void;
}

/** Idle contexts kept for the next message, and the largest buffer one of them may keep. */
const POOL_CONTEXTS = 16;
const POOL_BUFFER = 16 * 1024;
const FIRST_BUFFER = 1024;

type Key = number | string;

/** One message under way. The payload begins at byte 4 of the buffer: see {@link append}. */
class Assembly {
  link = 0;
  /** Destination, source, TO and tag in one number: see {@link nameOf}. */
  name = 0;
  key: Key = 0;
  sourceKey: Key = 0;
  neighbourKey: Key = 0;
  bytes = new Uint8Array(FIRST_BUFFER);
  words = new Uint32Array(this.bytes.buffer);
  length = 0;
  firstLength = 0;
  sequence = 0;
  lastPacket = 0;

  /** @param packetWords the same packet as words, if there is such a view */
  append(packet: Uint8Array, packetWords: Uint32Array | undefined): void {
    const at = this.length;
    const size = packet.length;
    const end = at + size;
    if (end > this.bytes.length) this.grow(end);
    if (packetWords !== undefined && ((at | size) & 3) === 0) {
      this.appendWords(packetWords, at >> 2, size >> 2);
    } else {
      this.appendBytes(packet, at);
    }
    this.length = end - HEADER_SIZE;
  }

  private appendWords(packet: Uint32Array, at: number, count: number): void {
    const { words } = this;
    // The packet's first word is its header, the buffer's the room in front of the message.
    let i = 1;
    // Eight words a round: half the time of one by one for the 16 of a baseline packet.
    for (; i + 7 < count; i += 8) {
      const to = at + i;
      words[to] = packet[i] ?? 0;
      words[to + 1] = packet[i + 1] ?? 0;
      words[to + 2] = packet[i + 2] ?? 0;
      words[to + 3] = packet[i + 3] ?? 0;
      words[to + 4] = packet[i + 4] ?? 0;
      words[to + 5] = packet[i + 5] ?? 0;
      words[to + 6] = packet[i + 6] ?? 0;
      words[to + 7] = packet[i + 7] ?? 0;
    }
    for (; i < count; i++) words[at + i] = packet[i] ?? 0;
  }

  /**
   * Copies a payload without making a view of it, which would cost more: the whole packet is copied so that its header
   * falls on the four bytes before the gap, and these are put back.
   */
  private appendBytes(packet: Uint8Array, at: number): void {
    const { bytes } = this;
    const b0 = bytes[at] ?? 0;
    const b1 = bytes[at + 1] ?? 0;
    const b2 = bytes[at + 2] ?? 0;
    const b3 = bytes[at + 3] ?? 0;
    bytes.set(packet, at);
    bytes[at] = b0;
    bytes[at + 1] = b1;
    bytes[at + 2] = b2;
    bytes[at + 3] = b3;
  }

  private grow(needed: number): void {
    const larger = new Uint8Array(Math.max((needed + 3) & ~3, this.bytes.length * 2));
    larger.set(this.bytes);
    this.bytes = larger;
    this.words = new Uint32Array(larger.buffer);
  }
}

/**
 * Puts packets together to messages, by the rules of DSP0236 §8.9 in the order that {@link accept} has them. Knows
 * links by index; whether a destination is ours was decided before.
 */
export class Reassembler {
  private readonly limits: ReassemblyLimits;
  private readonly assemblies = new Map<Key, Assembly>();
  private readonly shares = new Map<Key, number>();
  private readonly pool: Assembly[] = [];
  private readonly store = new MessageStore();
  /** The assembly the last packet belonged to: packets of one message mostly come in a row. */
  private last: Assembly | undefined;
  /** The view the last packet came in, and the same as words once it has come again. */
  private lastPacket: Uint8Array | undefined;
  private lastWords: Uint32Array | undefined;

  constructor(
    private readonly host: ReassemblyHost,
    limits: Partial<ReassemblyLimits> = {},
  ) {
    this.limits = { ...DEFAULT_REASSEMBLY_LIMITS, ...limits };
  }

  /** Messages under way. */
  get size(): number {
    return this.assemblies.size;
  }

  /**
   * Takes one packet whose header `checkPacket` has passed and whose destination is local.
   * @param physical physical source address
   * @param now milliseconds
   * @returns the whole message if this packet completed it; the header of the packet is then that of the message
   */
  accept(packet: Uint8Array, link: number, physical: Uint8Array, now: number): Uint8Array | undefined {
    const flags = flagsOf(packet);
    const name = nameOf(packet, flags);
    let assembly = this.find(name, link, physical);
    if (assembly !== undefined && now - assembly.lastPacket >= REASSEMBLY_TIMEOUT_MS) {
      this.end(assembly, 'AssemblyTimeout');
      assembly = undefined;
    }
    if ((flags & SOM) !== 0) return this.start(assembly, { packet, flags, name, link, physical, now });
    if (assembly === undefined) {
      this.host.drop('UnexpectedMiddleOrEnd', link);
      return undefined;
    }
    return this.proceed(assembly, packet, flags, now);
  }

  /** Ends every assembly that has waited too long. */
  expire(now: number): void {
    for (const assembly of this.assemblies.values()) {
      if (now - assembly.lastPacket >= REASSEMBLY_TIMEOUT_MS) this.end(assembly, 'AssemblyTimeout');
    }
  }

  /** When {@link expire} next has something to do; Infinity: never. */
  nextDeadline(): number {
    let earliest = Infinity;
    for (const { lastPacket } of this.assemblies.values()) {
      earliest = Math.min(earliest, lastPacket + REASSEMBLY_TIMEOUT_MS);
    }
    return earliest;
  }

  /** Forgets, uncounted, what has come of a message or of all messages of a link. */
  discard({ link, bits, source, destination, physical }: Unwanted): void {
    const neighbourKey = physical === undefined ? undefined : addressKey(link, physical);
    for (const assembly of this.assemblies.values()) {
      const { name } = assembly;
      const isMeant =
        assembly.link === link &&
        (bits === undefined || bits === (name & TAG_BITS)) &&
        (source === undefined || source === ((name >> 4) & 0xff)) &&
        (destination === undefined || destination === name >> 12) &&
        (neighbourKey === undefined || neighbourKey === assembly.neighbourKey);
      if (isMeant) this.end(assembly);
    }
  }

  /**
   * A binding that hands over the same view each time is worth a word view of it; for others making one would cost
   * more than it saves.
   */
  private wordsOf(packet: Uint8Array): Uint32Array | undefined {
    if (packet === this.lastPacket) return this.lastWords ?? this.makeWords(packet);
    this.lastPacket = packet;
    this.lastWords = undefined;
    return undefined;
  }

  private makeWords(packet: Uint8Array): Uint32Array | undefined {
    if (packet.byteOffset % 4 !== 0) return undefined;
    this.lastWords = new Uint32Array(packet.buffer, packet.byteOffset, packet.length >> 2);
    return this.lastWords;
  }

  private find(name: number, link: number, physical: Uint8Array): Assembly | undefined {
    const { last } = this;
    if (last !== undefined && last.name === name && last.link === link && !isAnonymous(name)) return last;
    if (this.assemblies.size === 0) return undefined;
    const found = this.assemblies.get(keyOf(name, link, physical));
    if (found !== undefined) this.last = found;
    return found;
  }

  private start(running: Assembly | undefined, first: FirstPacket): Uint8Array | undefined {
    const { packet, flags, link } = first;
    const isEmpty = packet.length === HEADER_SIZE;
    if (running !== undefined) this.end(running, isEmpty ? undefined : 'AssemblyRestarted');
    if (isEmpty) return this.refuse('EmptyStart', link);
    if ((flags & TAG_OWNER) === 0 && !this.host.expects(packet, link, first.physical)) {
      return this.refuse('UnexpectedResponse', link);
    }
    if (packet.length - HEADER_SIZE > this.limits.maxMessage) return this.refuse('MessageTooLong', link);
    if ((flags & EOM) !== 0) return new Uint8Array(packet.subarray(HEADER_SIZE));
    this.open(first);
    return undefined;
  }

  private open({ packet, flags, name, link, physical, now }: FirstPacket): void {
    const neighbourKey = addressKey(link, physical);
    const sourceKey = isAnonymous(name) ? neighbourKey : sourceKeyOf(link, sourceOf(packet));
    const { maxContexts, maxPerSource, maxPerNeighbour } = this.limits;
    const isFull =
      this.assemblies.size >= maxContexts ||
      this.share(sourceKey) >= maxPerSource ||
      this.share(neighbourKey) >= maxPerNeighbour;
    if (isFull) {
      this.host.drop('NoReassemblyContext', link);
      return;
    }
    const assembly = this.pool.pop() ?? new Assembly();
    assembly.link = link;
    assembly.name = name;
    assembly.key = keyOf(name, link, physical);
    assembly.sourceKey = sourceKey;
    assembly.neighbourKey = neighbourKey;
    assembly.length = 0;
    assembly.firstLength = packet.length;
    assembly.sequence = sequenceOf(flags);
    assembly.lastPacket = now;
    assembly.append(packet, this.wordsOf(packet));
    this.assemblies.set(assembly.key, assembly);
    this.changeShares(assembly, 1);
    this.last = assembly;
  }

  private proceed(
    assembly: Assembly,
    packet: Uint8Array,
    flags: number,
    now: number,
  ): Uint8Array | undefined {
    const sequence = (assembly.sequence + 1) & SEQUENCE_MASK;
    if (sequenceOf(flags) !== sequence) return this.end(assembly, 'OutOfSequence');
    const isEnd = (flags & EOM) !== 0;
    const { firstLength } = assembly;
    if (isEnd ? packet.length > firstLength : packet.length !== firstLength) {
      return this.end(assembly, 'BadPayloadLength');
    }
    if (assembly.length + packet.length - HEADER_SIZE > this.limits.maxMessage) {
      return this.end(assembly, 'MessageTooLong');
    }
    assembly.append(packet, this.wordsOf(packet));
    assembly.sequence = sequence;
    assembly.lastPacket = now;
    if (!isEnd) return undefined;
    const message = this.store.copy(assembly.bytes, HEADER_SIZE, assembly.length);
    this.end(assembly);
    return message;
  }

  private end(assembly: Assembly, reason?: DropReason): Uint8Array | undefined {
    this.assemblies.delete(assembly.key);
    this.changeShares(assembly, -1);
    if (this.last === assembly) this.last = undefined;
    if (this.pool.length < POOL_CONTEXTS && assembly.bytes.length <= POOL_BUFFER) this.pool.push(assembly);
    if (reason !== undefined) this.host.drop(reason, assembly.link);
    return undefined;
  }

  private refuse(reason: DropReason, link: number): Uint8Array | undefined {
    this.host.drop(reason, link);
    return undefined;
  }

  private share(key: Key): number {
    return this.shares.get(key) ?? 0;
  }

  private changeShares({ sourceKey, neighbourKey }: Assembly, by: number): void {
    this.changeShare(sourceKey, by);
    if (neighbourKey !== sourceKey) this.changeShare(neighbourKey, by);
  }

  private changeShare(key: Key, by: number): void {
    const share = this.share(key) + by;
    if (share <= 0) this.shares.delete(key);
    else this.shares.set(key, share);
  }
}

/** Which messages to forget: those that agree in everything that is given. */
export interface Unwanted {
  readonly link: number;
  /** TO and tag. */
  readonly bits?: number | undefined;
  readonly source?: number | undefined;
  readonly destination?: number | undefined;
  readonly physical?: Uint8Array | undefined;
}

interface FirstPacket {
  readonly packet: Uint8Array;
  readonly flags: number;
  readonly name: number;
  readonly link: number;
  readonly physical: Uint8Array;
  readonly now: number;
}

/** Destination (8 bits), source (8), TO and tag (4): the key of DSP0236 §8.9 as one number. */
function nameOf(packet: Uint8Array, flags: number): number {
  return (destinationOf(packet) << 12) | (sourceOf(packet) << 4) | (flags & TAG_BITS);
}

/** Source EID 0: several devices without an EID may talk at once, so their physical addresses join the key. */
function isAnonymous(name: number): boolean {
  return ((name >> 4) & 0xff) === EID_NULL;
}

/** The link stands in the key too: EIDs repeat in other networks, and the packets of a message share one link. */
function keyOf(name: number, link: number, physical: Uint8Array): Key {
  const key = link * 2 ** 20 + name;
  return isAnonymous(name) ? `${key}/${toHex(physical)}` : key;
}

/** Never equal to an {@link addressKey}: that one is a string or at least 2^16 on the same link. */
function sourceKeyOf(link: number, source: number): Key {
  return link * 2 ** 20 + source;
}

/** Short addresses as a number, because every assembly needs the key. */
function addressKey(link: number, physical: Uint8Array): Key {
  if (physical.length > 1) return `${link}/${toHex(physical)}`;
  return link * 2 ** 20 + 2 ** 16 + physical.length * 256 + (physical[0] ?? 0);
}
