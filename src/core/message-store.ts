/** Messages of this many bytes share an allocation; smaller ones are cheap alone, larger ones are worth their own. */
const SMALLEST = 512;
const LARGEST = 8192;
const SLAB = 32 * 1024;

/**
 * Where complete messages are kept for those who receive them. An allocation of its own for each message costs as much
 * as copying it, so messages of middling size are cut from a larger one, as Node does for its buffers; whoever keeps
 * such a message keeps up to 32 KiB.
 */
export class MessageStore {
  private slab = new Uint8Array(0);
  private used = 0;

  /** A copy of `length` bytes from `start` on, which nobody else writes to. */
  copy(bytes: Uint8Array, start: number, length: number): Uint8Array {
    if (length < SMALLEST || length > LARGEST) return bytes.slice(start, start + length);
    if (this.used + length > this.slab.length) {
      this.slab = new Uint8Array(SLAB);
      this.used = 0;
    }
    const message = new Uint8Array(this.slab.buffer, this.used, length);
    message.set(bytes.subarray(start, start + length));
    // The next one begins on a word again.
    this.used += (length + 7) & ~7;
    return message;
  }
}
