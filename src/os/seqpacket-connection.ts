import type { MctpError } from '../base/errors';
import { type PeerCredentials, peerCredentials } from './credentials';
import { Errno, osError } from './errno';
import { FrameQueue, type QueueLimits } from './frame-queue';
import { MaskedWatcher } from './masked-watcher';
import { type NativeModule, PollEvent } from './native-module';
import { drain } from './receive';

/** What a connection needs of the native helper; tests give their own. */
export type ConnectionOps = Pick<NativeModule, 'send' | 'recv' | 'getsockopt' | 'FdWatcher'>;

/**
 * - `sent`: the kernel has it. `queued`: it waits here, in order, `writable` follows.
 * - `full`: it would pass the limits and was not taken; nothing else was lost.
 * - `too-long`: the kernel never takes a message of this length. `closed`: the peer, or we, closed.
 */
export type SendResult = 'sent' | 'queued' | 'full' | 'too-long' | 'closed';

/** Who uses a connection. Every method may close, pause or send on it, or on another one. */
export interface SeqpacketListener {
  /** One whole message, never empty; `bytes` are the listener's own. */
  message(bytes: Uint8Array): void;
  /** The queue has become empty. */
  writable?(): void;
  /** The connection is gone, once, and not after our own `close`; no cause when the peer closed. */
  closed(cause: MctpError | undefined): void;
  /** A message longer than the longest MCTP message was dropped. */
  oversized?(length: number): void;
}

/** A connected SOCK_SEQPACKET socket: messages in and out, in order, with a bounded queue (R-DEMUX-30, R-DEMUX-31). */
export class SeqpacketConnection {
  readonly credentials: PeerCredentials;
  private readonly queue: FrameQueue;
  private readonly watcher: MaskedWatcher;
  private listener: SeqpacketListener | undefined;
  private open = true;
  private paused = false;
  private received = 0;

  /** Takes over `fd`; when it throws, the descriptor is still the caller's. */
  constructor(
    private readonly ops: ConnectionOps,
    private readonly fd: number,
    limits: QueueLimits,
  ) {
    this.credentials = peerCredentials(ops, fd);
    this.queue = new FrameQueue(limits);
    this.watcher = new MaskedWatcher(ops, fd, (status, events) => this.ready(status, events));
  }

  get closed(): boolean {
    return !this.open;
  }

  /** What waits beyond the kernel's own buffer. */
  get backlog(): { readonly frames: number; readonly bytes: number } {
    return { frames: this.queue.length, bytes: this.queue.bytes };
  }

  /** Begins to deliver. Until then messages stay in the kernel. */
  start(listener: SeqpacketListener): void {
    this.listener = listener;
    this.watch();
  }

  /** Sends one message whole or not at all. A RangeError for an empty one: the peer could not tell it from the end. */
  send(bytes: Uint8Array): SendResult {
    if (bytes.length === 0) throw new RangeError('an empty message cannot be sent on a seqpacket socket');
    if (!this.open) return 'closed';
    if (this.queue.length > 0) return this.enqueue(bytes);
    const result = this.ops.send(this.fd, bytes, null, 0);
    if (result >= 0) return 'sent';
    if (isBusy(result)) return this.enqueue(bytes);
    // Whatever else it is shows on the receiving side too, after the messages the peer sent before it went.
    return -result === Errno.EMSGSIZE ? 'too-long' : 'closed';
  }

  /** Stops reading, so that back-pressure reaches the peer (R-DEMUX-33). A peer that closes meanwhile is still seen. */
  pause(): void {
    this.paused = true;
    this.watch();
  }

  resume(): void {
    this.paused = false;
    this.watch();
  }

  /** Closes at once; what is queued is lost, and the listener hears nothing more. */
  close(): void {
    if (!this.open) return;
    this.open = false;
    this.queue.clear();
    this.watcher.close();
  }

  private enqueue(bytes: Uint8Array): SendResult {
    // The caller may reuse its buffer while the frame waits.
    if (!this.queue.push(Uint8Array.from(bytes))) return 'full';
    this.watch();
    return 'queued';
  }

  /** Asks for what is needed only: WRITABLE without anything to send would call for ever. */
  private watch(): void {
    if (!this.open || this.listener === undefined) return;
    const mask =
      (this.paused ? PollEvent.disconnect : PollEvent.readable) +
      (this.queue.length > 0 ? PollEvent.writable : 0);
    this.watcher.want(mask);
  }

  private ready(status: number, events: number): void {
    if (status < 0) {
      this.recover();
      return;
    }
    if ((events & PollEvent.readable) !== 0) this.read();
    if (this.open && (events & PollEvent.writable) !== 0) this.flush();
    if (this.open && this.paused && (events & PollEvent.disconnect) !== 0) this.lost(undefined);
  }

  /** The watcher stops at a socket error, such as a peer that went with messages unread; `recv` tells and clears it. */
  private recover(): void {
    const before = this.received;
    const error = this.read();
    if (!this.open) return;
    // Neither an error nor a message: watching again would only report the same for ever.
    if (error === 0 && this.received === before) this.lost(undefined);
    else this.watch();
  }

  /** Gives the errno that the first receive met and that ends nothing yet. */
  private read(): number {
    const sink = {
      wanted: () => this.open && !this.paused,
      message: (bytes: Uint8Array) => {
        this.received++;
        this.listener?.message(bytes);
      },
      oversized: (length: number) => this.listener?.oversized?.(length),
      empty: () => this.lost(undefined),
    };
    const error = drain(this.ops, this.fd, sink);
    if (error === 0 || !this.open) return error;
    // After a reset the messages sent before it can still be read; the end follows them.
    if (error === Errno.ECONNRESET) return error;
    this.lost(osError('closed', 'receiving from a seqpacket socket failed', -error));
    return error;
  }

  private flush(): void {
    for (let frame = this.queue.first(); frame !== undefined; frame = this.queue.first()) {
      const result = this.ops.send(this.fd, frame, null, 0);
      if (isBusy(result)) return;
      if (result < 0) {
        // The peer is gone: nothing can be sent any more, and the read side will come to the end.
        this.queue.clear();
        this.watch();
        return;
      }
      this.queue.shift();
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

/** ENOBUFS and ENOMEM are the system's want of memory: as EAGAIN, later may be better. */
function isBusy(result: number): boolean {
  return -result === Errno.EAGAIN || -result === Errno.ENOBUFS || -result === Errno.EINTR;
}
