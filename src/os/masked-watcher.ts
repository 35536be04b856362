import type { FdWatcher, NativeModule, WatcherCallback } from './native-module';

/** Watches one descriptor for what is wanted of it now, and owns it. Told the same again, it does nothing. */
export class MaskedWatcher {
  private readonly watcher: FdWatcher;
  private mask = 0;

  constructor(ops: Pick<NativeModule, 'FdWatcher'>, fd: number, ready: WatcherCallback) {
    this.watcher = new ops.FdWatcher(fd, (status, events) => {
      // At an error it has stopped by itself.
      if (status < 0) this.mask = 0;
      ready(status, events);
    });
  }

  /** @param mask sum of `PollEvent` bits; 0: nothing */
  want(mask: number): void {
    if (mask === this.mask) return;
    this.mask = mask;
    if (mask === 0) this.watcher.stop();
    else this.watcher.start(mask);
  }

  close(): void {
    this.watcher.close();
  }
}
