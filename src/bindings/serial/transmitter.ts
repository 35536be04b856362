import type { DropReason } from '../../core/drops';
import { encodeFrame, MAX_SENT_FRAME } from './framing';
import type { OpenSerialPort } from './port';
import { RECOVERY_WORD } from './recovery';

export interface TransmitterEvents {
  writable(): void;
  drop(reason: DropReason): void;
}

/** A frame in a buffer of its own, which the port may read until its write is done. */
interface Slot {
  readonly buffer: Uint8Array;
  length: number;
}

const newSlot = (): Slot => ({ buffer: new Uint8Array(MAX_SENT_FRAME), length: 0 });

/**
 * Frames towards one open port: one being written, one waiting. npm `serialport` would take any number of writes and
 * merge them into one that nobody can time or cancel, so it never has more than one.
 */
export class Transmitter {
  /** The frame the port works on, if it is not the recovery word. */
  private writing: Slot | undefined;
  private waiting: Slot | undefined;
  private spare: Slot[] = [newSlot(), newSlot()];
  private busy = false;
  private wordDue = false;
  private refused = false;
  private closed = false;

  constructor(
    private readonly port: OpenSerialPort,
    private readonly events: TransmitterEvents,
  ) {}

  /** `false` while there is no room; `undefined` for a packet that has no frame. */
  send(packet: Uint8Array): boolean | undefined {
    const slot = this.spare.at(-1);
    if (slot === undefined || this.waiting !== undefined) {
      this.refused = true;
      return false;
    }
    slot.length = encodeFrame(packet, slot.buffer);
    if (slot.length === 0) return undefined;
    this.spare.pop();
    this.waiting = slot;
    this.pump();
    return true;
  }

  /** Sends the recovery word as soon as the frame on the wire is out, before any other. */
  recover(): void {
    this.wordDue = true;
    this.pump();
  }

  /** The port is gone: no event follows. @returns frames that were taken and not written */
  close(): number {
    this.closed = true;
    return [this.writing, this.waiting].filter((slot) => slot !== undefined).length;
  }

  private pump(): void {
    if (this.busy || this.closed) return;
    if (this.wordDue) {
      this.wordDue = false;
      this.write(RECOVERY_WORD);
      return;
    }
    if (this.waiting === undefined) return;
    this.writing = this.waiting;
    this.waiting = undefined;
    this.write(this.writing.buffer.subarray(0, this.writing.length));
  }

  private write(bytes: Uint8Array): void {
    this.busy = true;
    this.port.write(bytes, (error) => {
      if (!this.closed) this.written(error);
    });
  }

  private written(error: Error | undefined): void {
    this.busy = false;
    if (this.writing !== undefined) {
      this.spare.push(this.writing);
      this.writing = undefined;
      // A failed recovery word is no packet, and counted nowhere.
      if (error !== undefined) this.events.drop('TransmitFailed');
    }
    this.pump();
    if (!this.refused || this.waiting !== undefined) return;
    this.refused = false;
    this.events.writable();
  }
}
