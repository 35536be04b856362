import { fcs16, FCS16_INITIAL, fcs16Step } from '../../base/crc';
import { HEADER_SIZE } from '../../base/ids';
import type { DropReason } from '../../core/drops';

/** DSP0253: `7e`, revision, count, escaped packet, FCS most significant byte first, `7e`. */
const FLAG = 0x7e;
const ESCAPE = 0x7d;
const ESCAPE_BIT = 0x20;
const REVISION = 0x01;
const MAX_PACKET = 255;

/** The longest frame we send: every packet byte escaped, FCS raw. */
export const MAX_SENT_FRAME = 3 + 2 * MAX_PACKET + 2 + 1;
/** The longest frame we take: the FCS may be escaped too. Never more than this is kept. */
export const MAX_FRAME = MAX_SENT_FRAME + 2;
/** Silence after which an unfinished frame is given up. DSP0253 names no time (unverified; own choice). */
export const SILENCE_MS = 1000;

const needsEscape = (byte: number): boolean => byte === FLAG || byte === ESCAPE;

/**
 * Writes the frame of one packet to the start of `into`, with start and end flag of its own: a shared or doubled flag
 * makes Linux' mctp-serial lose frames. Count and FCS go out raw, as every deployed receiver reads them.
 * @param packet 4..255 bytes
 * @param into at least {@link MAX_SENT_FRAME} bytes
 * @returns bytes written; 0 when the packet's length cannot be framed
 */
export function encodeFrame(packet: Uint8Array, into: Uint8Array): number {
  if (packet.length < HEADER_SIZE || packet.length > MAX_PACKET) return 0;
  const fcs = fcs16(packet, fcs16Step(fcs16Step(FCS16_INITIAL, REVISION), packet.length));
  into[0] = FLAG;
  into[1] = REVISION;
  into[2] = packet.length;
  let at = 3;
  for (const byte of packet) {
    if (needsEscape(byte)) {
      into[at++] = ESCAPE;
      into[at++] = byte ^ ESCAPE_BIT;
    } else {
      into[at++] = byte;
    }
  }
  into[at++] = fcs >> 8;
  into[at++] = fcs & 0xff;
  into[at++] = FLAG;
  return at;
}

/** What may follow the data: the FCS raw, or escaped as a strict reading of DSP0253 §7 has it, and the end flag. */
function trailers(fcs: number): readonly (readonly number[])[] {
  const bytes = [fcs >> 8, fcs & 0xff];
  const raw = [...bytes, FLAG];
  if (!bytes.some(needsEscape)) return [raw];
  return [
    raw,
    [...bytes.flatMap((byte) => (needsEscape(byte) ? [ESCAPE, byte ^ ESCAPE_BIT] : [byte])), FLAG],
  ];
}

export interface SerialParserEvents {
  /** An intact packet of 4..255 bytes; only valid during the call. */
  packet(packet: Uint8Array): void;
  drop(reason: DropReason): void;
}

type State = 'hunt' | 'revision' | 'count' | 'data' | 'escape' | 'trailer';

/**
 * Takes the byte stream of a serial line apart, in chunks of any size. After a failed frame it hunts on from the byte
 * behind that frame's start flag, so only frames that are damaged themselves are lost; the bytes since that flag are
 * therefore kept, at most {@link MAX_FRAME}.
 */
export class SerialParser {
  /** Bytes since the start flag, that flag included; the state machine stands behind `position` of `length`. */
  private readonly window = new Uint8Array(MAX_FRAME);
  private length = 0;
  private position = 0;

  private readonly packet = new Uint8Array(MAX_PACKET);
  private filled = 0;
  private count = 0;
  private fcs = FCS16_INITIAL;
  private candidates: readonly (readonly number[])[] = [];
  private matched = 0;

  private state: State = 'hunt';
  /** The bytes being skipped are the remains of a frame that was counted already, or noise that was. */
  private counted = false;
  /** The start flag is the end flag of a good frame, so what follows need not be a frame at all. */
  private shared = false;
  private lastByteAt = -Infinity;

  constructor(private readonly events: SerialParserEvents) {}

  /** Bytes kept for a second look, 0..{@link MAX_FRAME}. */
  get kept(): number {
    return this.length;
  }

  /** @param now clock milliseconds; a gap of {@link SILENCE_MS} since the last chunk ends an unfinished frame */
  push(chunk: Uint8Array, now: number): void {
    if (chunk.length === 0) return;
    if (now - this.lastByteAt >= SILENCE_MS) this.flush();
    this.lastByteAt = now;
    for (const byte of chunk) {
      if (this.state === 'hunt' && byte !== FLAG) {
        this.noise();
        continue;
      }
      this.window[this.length++] = byte;
      this.work();
    }
  }

  /** The sender has stopped: gives up an unfinished frame, counted as `FrameTimeout`. */
  flush(): void {
    if (this.length <= 1) return;
    const last = this.window[this.length - 1];
    this.events.drop('FrameTimeout');
    this.rest(last === FLAG);
    this.counted = true;
  }

  private work(): void {
    while (this.position < this.length) {
      const failure = this.step(this.window[this.position++] ?? 0);
      if (failure === undefined) continue;
      this.events.drop(failure);
      this.huntAgain();
    }
  }

  /** One byte of the state machine; gives what is wrong with the frame. */
  private step(byte: number): DropReason | undefined {
    switch (this.state) {
      case 'hunt':
        this.begin();
        return undefined;
      case 'revision':
        return this.takeRevision(byte);
      case 'count':
        return this.takeCount(byte);
      case 'data':
      case 'escape':
        return this.takeData(byte);
      case 'trailer':
        return this.takeTrailer(byte);
    }
  }

  private begin(): void {
    this.state = 'revision';
    this.counted = false;
  }

  private takeRevision(byte: number): DropReason | undefined {
    if (byte === FLAG) {
      // Idle fill: the later flag is the start.
      this.rest(true);
      return undefined;
    }
    if (byte !== REVISION) return this.shared ? 'FrameNoise' : 'FrameBadRevision';
    this.fcs = fcs16Step(FCS16_INITIAL, byte);
    this.state = 'count';
    return undefined;
  }

  private takeCount(byte: number): DropReason | undefined {
    if (byte < HEADER_SIZE) return 'FrameBadCount';
    this.count = byte;
    this.filled = 0;
    this.fcs = fcs16Step(this.fcs, byte);
    this.state = 'data';
    return undefined;
  }

  private takeData(byte: number): DropReason | undefined {
    if (byte === FLAG) return 'FrameUnexpectedFlag';
    if (this.state === 'data' && byte === ESCAPE) {
      this.state = 'escape';
      return undefined;
    }
    const value = this.state === 'escape' ? byte ^ ESCAPE_BIT : byte;
    if (this.state === 'escape' && !needsEscape(value)) return 'FrameBadEscape';
    this.packet[this.filled++] = value;
    this.fcs = fcs16Step(this.fcs, value);
    this.state = 'data';
    if (this.filled === this.count) {
      this.candidates = trailers(this.fcs);
      this.matched = 0;
      this.state = 'trailer';
    }
    return undefined;
  }

  private takeTrailer(byte: number): DropReason | undefined {
    const at = this.matched++;
    const endExpected = this.candidates.some((each) => at === each.length - 1);
    this.candidates = this.candidates.filter((each) => each[at] === byte);
    const [match] = this.candidates;
    if (match === undefined) return endExpected ? 'FrameNoEndFlag' : 'FrameBadFcs';
    if (this.matched < match.length) return undefined;
    // Settled first: a listener that throws must find a parser that can go on.
    this.rest(true);
    this.shared = true;
    this.events.packet(this.packet.subarray(0, this.count));
    return undefined;
  }

  /** Back to a start flag, or to none. Bytes that a second look has not come to yet stay for it. */
  private rest(atFlag: boolean): void {
    const start = atFlag ? 1 : 0;
    if (this.position < this.length) this.window.copyWithin(start, this.position, this.length);
    this.length += start - this.position;
    this.position = start;
    this.window[0] = FLAG;
    this.state = atFlag ? 'revision' : 'hunt';
    this.shared = false;
  }

  private huntAgain(): void {
    const next = this.window.subarray(0, this.length).indexOf(FLAG, 1);
    this.state = 'hunt';
    this.position = 0;
    this.shared = false;
    this.counted = true;
    if (next < 0) {
      this.length = 0;
      return;
    }
    this.window.copyWithin(0, next, this.length);
    this.length -= next;
  }

  private noise(): void {
    if (this.counted) return;
    this.counted = true;
    this.events.drop('FrameNoise');
  }
}
