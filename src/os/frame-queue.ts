/** Limits of what waits beyond the kernel's own buffer. Both hold; whichever is reached first counts. */
export interface QueueLimits {
  readonly frames: number;
  readonly bytes: number;
}

/** A first-in first-out queue of frames that never outgrows its limits. */
export class FrameQueue {
  private frames: Uint8Array[] = [];
  private head = 0;
  private total = 0;

  constructor(private readonly limits: QueueLimits) {}

  /** How many frames wait. */
  get length(): number {
    return this.frames.length - this.head;
  }

  /** How many bytes they have. */
  get bytes(): number {
    return this.total;
  }

  /** Takes a frame as it is (no copy), or gives false where it would pass a limit. */
  push(frame: Uint8Array): boolean {
    if (this.length + 1 > this.limits.frames || this.total + frame.length > this.limits.bytes) return false;
    this.pushRest(frame);
    return true;
  }

  /** Takes what is left of a frame whose beginning is out already; the limits cannot refuse it any more. */
  pushRest(frame: Uint8Array): void {
    this.frames.push(frame);
    this.total += frame.length;
  }

  first(): Uint8Array | undefined {
    return this.frames[this.head];
  }

  shift(): void {
    const frame = this.first();
    if (frame === undefined) return;
    this.total -= frame.length;
    this.head++;
    // Moving the array for every frame would make a long queue quadratic.
    if (this.head >= 64 && this.head * 2 >= this.frames.length) {
      this.frames = this.frames.slice(this.head);
      this.head = 0;
    }
  }

  /** Replaces the first frame by what is left of it after a partial write of a byte stream. */
  consume(bytes: number): void {
    const frame = this.first();
    if (frame === undefined) return;
    if (bytes >= frame.length) {
      this.shift();
      return;
    }
    this.frames[this.head] = frame.subarray(bytes);
    this.total -= bytes;
  }

  clear(): void {
    this.frames = [];
    this.head = 0;
    this.total = 0;
  }
}
