import { HEADER_SIZE, MAX_MESSAGE } from '../base/ids';
import { Assembly } from './assembly';
import { addressKey, isAnonymous, keyOf, linkKeyOf, nameOf, sourceKeyOf } from './assembly-keys';
import type { Key } from './assembly-keys';
import type { DropReason } from './drops';
import { MessageStore } from './message-store';
import { EOM, SEQUENCE_MASK, SOM, TAG_BITS, TAG_OWNER, flagsOf, sequenceOf, sourceOf } from './packet';

/** An assembly ends this long after its last packet (DSP0236 §8.9.2 leaves the number to us). Milliseconds. */
export const REASSEMBLY_TIMEOUT_MS = 6000;

/**
 * Room for the assemblies under way. A device that opens assemblies and never ends them fills its own share only:
 * 16 cover both tag spaces of one EID pair, a bridge may need as many for each endpoint behind it, up to a quarter
 * of all, and a link half of them. At 64 KiB each, 256 contexts hold 16 MiB at the very worst; what they hold is what has really arrived.
 */
export interface ReassemblyLimits {
  /** Longest message in bytes, type byte included. */
  readonly maxMessage: number;
  readonly maxContexts: number;
  /** Contexts for one source EID on one link. */
  readonly maxPerSource: number;
  /** Contexts for one physical address: a bridge with everything behind it. */
  readonly maxPerNeighbour: number;
  /** Contexts for one link: physical source addresses can be forged as well. */
  readonly maxPerLink: number;
}

export const DEFAULT_REASSEMBLY_LIMITS: ReassemblyLimits = {
  maxMessage: MAX_MESSAGE,
  maxContexts: 256,
  maxPerSource: 16,
  maxPerNeighbour: 64,
  maxPerLink: 128,
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
    const linkKey = linkKeyOf(link);
    const { maxContexts, maxPerSource, maxPerNeighbour, maxPerLink } = this.limits;
    const isFull =
      this.assemblies.size >= maxContexts ||
      this.share(sourceKey) >= maxPerSource ||
      this.share(neighbourKey) >= maxPerNeighbour ||
      this.share(linkKey) >= maxPerLink;
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
    assembly.linkKey = linkKey;
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

  private changeShares({ sourceKey, neighbourKey, linkKey }: Assembly, by: number): void {
    this.changeShare(linkKey, by);
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
