import type { MctpError } from '../base/errors';
import { Errno, osError } from './errno';
import { FrameQueue, type QueueLimits } from './frame-queue';
import { MaskedWatcher } from './masked-watcher';
import { type NativeModule, PollEvent } from './native-module';

export type StreamOps = Pick<NativeModule, 'read' | 'write' | 'FdWatcher'>;

export interface StreamListener {
  /** Bytes in chunks of any size; they are the listener's own. */
  data(bytes: Uint8Array): void;
  /** Everything queued has been written. */
  writable?(): void;
  /** End of file or hang-up (no cause), or a failure. Once, and not after our own close. */
  closed(cause: MctpError | undefined): void;
}

/** `full`: it would pass the limits and nothing of it was taken. */
export type WriteResult = 'written' | 'queued' | 'full' | 'closed';

const CHUNK = 4096;
/** Chunks read per wake-up, so that a flood cannot starve the others. */
const CHUNKS_PER_TURN = 16;

/** A non-blocking byte stream on one descriptor of a terminal or the like. Owns the descriptor. */
export class FdStream {
  private readonly watcher: MaskedWatcher;
  private readonly queue: FrameQueue;
  private readonly buffer = new Uint8Array(CHUNK);
  private listener: StreamListener | undefined;
  private open = true;
  private paused = false;

  constructor(
    private readonly ops: StreamOps,
    private readonly fd: number,
    limits: QueueLimits,
  ) {
    this.queue = new FrameQueue(limits);
    this.watcher = new MaskedWatcher(ops, fd, (status, events) => this.ready(status, events));
  }

  get closed(): boolean {
    return !this.open;
  }

  /** Bytes that wait to be written. */
  get backlog(): number {
    return this.queue.bytes;
  }

  start(listener: StreamListener): void {
    this.listener = listener;
    this.watch();
  }

  /** Takes all of `bytes` or nothing. What the terminal does not take at once is written when it has room. */
  write(bytes: Uint8Array): WriteResult {
    if (!this.open) return 'closed';
    if (bytes.length === 0) return 'written';
    if (this.queue.length > 0) return this.enqueue(bytes);
    const written = this.ops.write(this.fd, bytes);
    if (written >= bytes.length) return 'written';
    if (written < 0 && !isBusy(written)) return 'closed';
    const rest = bytes.subarray(Math.max(0, written));
    // The beginning is out already; refusing the rest would tear the frame, so the rest passes the limits.
    return written > 0 ? this.enqueueRest(rest) : this.enqueue(rest);
  }

  /** Stops reading: the terminal's own buffer fills and the writer at the other end stalls. */
  pause(): void {
    this.paused = true;
    this.watch();
  }

  resume(): void {
    this.paused = false;
    this.watch();
  }

  close(): void {
    if (!this.open) return;
    this.open = false;
    this.queue.clear();
    this.watcher.close();
  }

  private enqueue(bytes: Uint8Array): WriteResult {
    if (!this.queue.push(Uint8Array.from(bytes))) return 'full';
    this.watch();
    return 'queued';
  }

  private enqueueRest(bytes: Uint8Array): WriteResult {
    this.queue.pushRest(Uint8Array.from(bytes));
    this.watch();
    return 'queued';
  }

  private watch(): void {
    if (!this.open || this.listener === undefined) return;
    const mask = (this.paused ? 0 : PollEvent.readable) + (this.queue.length > 0 ? PollEvent.writable : 0);
    this.watcher.want(mask);
  }

  private ready(status: number, events: number): void {
    if (status < 0) {
      // A slave whose master closed comes with an error flag: the watcher has stopped, and `read` tells what it is.
      if (this.read() > 0) this.watch();
      else this.lost(osError('closed', 'a terminal failed', status));
      return;
    }
    if ((events & PollEvent.readable) !== 0) this.read();
    if (this.open && (events & PollEvent.writable) !== 0) this.flush();
  }

  /** Gives how many chunks there were. */
  private read(): number {
    let chunk = 0;
    for (; chunk < CHUNKS_PER_TURN && this.open && !this.paused; chunk++) {
      const length = this.ops.read(this.fd, this.buffer, null);
      if (length < 0 && isBusy(length)) return chunk;
      if (length <= 0) {
        // A pty master gets EIO when the last slave descriptor is closed: the way a terminal says it hung up.
        const hangup = length === 0 || -length === Errno.EIO;
        this.lost(hangup ? undefined : osError('closed', 'reading a terminal failed', length));
        return chunk;
      }
      this.listener?.data(this.buffer.slice(0, length));
      if (length < CHUNK) return chunk + 1;
    }
    return chunk;
  }

  private flush(): void {
    for (let frame = this.queue.first(); frame !== undefined; frame = this.queue.first()) {
      const written = this.ops.write(this.fd, frame);
      // Nothing taken without an error is "not now" as well.
      if (written === 0 || isBusy(written)) return;
      if (written < 0) {
        this.lost(
          -written === Errno.EIO ? undefined : osError('closed', 'writing a terminal failed', written),
        );
        return;
      }
      this.queue.consume(written);
    }
    this.watch();
    this.listener?.writable?.();
  }

  private lost(cause: MctpError | undefined): void {
    if (!this.open) return;
    this.close();
    this.listener?.closed(cause);
  }
}

function isBusy(result: number): boolean {
  return -result === Errno.EAGAIN || -result === Errno.EINTR;
}
