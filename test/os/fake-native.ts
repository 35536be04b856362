import { Errno } from '../../src/os/errno';
import type { FdWatcher, Received, WatcherCallback } from '../../src/os/native-module';
import type { ServerOps } from '../../src/os/seqpacket-server';

/** The helper's socket calls from a script: what each next call answers is put in before. */
export class FakeSocketOps implements ServerOps {
  readonly sent: Uint8Array[] = [];
  /** Answers of `send` in order; when empty, everything is taken. */
  readonly sendResults: number[] = [];
  readonly inbox: (Received | number | { readonly bytes: Uint8Array })[] = [];
  readonly accepts: (number | null)[] = [];
  readonly connects: number[] = [];
  readonly closed: number[] = [];
  readonly watchers: FakeWatcher[] = [];
  private nextFd = 100;

  readonly FdWatcher = ((ops: FakeSocketOps) =>
    class extends FakeWatcher {
      constructor(fd: number, callback: WatcherCallback) {
        super(fd, callback);
        ops.watchers.push(this);
      }
    })(this);

  get watcher(): FakeWatcher {
    const last = this.watchers.at(-1);
    if (last === undefined) throw new Error('nothing is watched');
    return last;
  }

  send(_fd: number, bytes: Uint8Array): number {
    const result = this.sendResults.shift() ?? bytes.length;
    if (result >= 0) this.sent.push(Uint8Array.from(bytes));
    return result;
  }

  recv(_fd: number, into: Uint8Array): Received | number {
    const next = this.inbox.shift();
    if (next === undefined) return -Errno.EAGAIN;
    if (typeof next === 'number' || !('bytes' in next)) return next;
    into.set(next.bytes);
    return [next.bytes.length, 0];
  }

  getsockopt(): Uint8Array {
    return new Uint8Array(Int32Array.of(42, 1000, 100).buffer);
  }

  socket(): number {
    return this.nextFd++;
  }

  bind(): number {
    return 0;
  }

  listen(): number {
    return 0;
  }

  connect(): number {
    return this.connects.shift() ?? 0;
  }

  accept(): number | null {
    return this.accepts.shift() ?? null;
  }

  getsockname(): Uint8Array {
    return Uint8Array.from([1, 0, 0, 0x78]);
  }

  closeFd(fd: number): number {
    this.closed.push(fd);
    return 0;
  }
}

export class FakeWatcher implements FdWatcher {
  mask = 0;
  isClosed = false;
  /** Every mask it was started with, 0 for a stop. */
  readonly masks: number[] = [];

  constructor(
    readonly fd: number,
    readonly callback: WatcherCallback,
  ) {}

  fire(events: number, status = 0): void {
    this.callback(status, events);
  }

  start(events: number): void {
    if (this.isClosed) throw new Error('EBADF');
    this.mask = events;
    this.masks.push(events);
  }

  stop(): void {
    this.mask = 0;
    this.masks.push(0);
  }

  close(): void {
    this.isClosed = true;
    this.mask = 0;
  }

  ref(): void {}
  unref(): void {}
}
