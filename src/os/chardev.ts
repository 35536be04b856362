import { MctpError } from '../base/errors';
import { Errno, errnoName, osError } from './errno';
import type { FdWatcher, NativeModule } from './native-module';

export type CharDeviceOps = Pick<NativeModule, 'open' | 'read' | 'write' | 'ioctl' | 'closeFd' | 'FdWatcher'>;

export const OpenMode = { read: 0, write: 1, readWrite: 2 } as const;

/** What became ready: bits of `PollEvent`. `failed` with the positive errno when watching stopped. */
export interface CharDeviceListener {
  ready(events: number): void;
  failed(errno: number): void;
}

/** A device file that is read and written in whole packets, and watched. What the packets are is for its user. */
export class CharDevice {
  private watcher: FdWatcher | undefined;
  private open = true;

  private constructor(
    private readonly ops: CharDeviceOps,
    private readonly fd: number,
    readonly path: string,
  ) {}

  /** @throws MctpError 'configuration' when it is not there, 'refused' without permission, 'internal' otherwise. */
  static open(ops: CharDeviceOps, path: string, mode: number = OpenMode.readWrite): CharDevice {
    const fd = ops.open(path, mode);
    if (fd >= 0) return new CharDevice(ops, fd, path);
    const errno = -fd;
    if (errno === Errno.ENOENT || errno === Errno.ENXIO || errno === Errno.ENODEV) {
      throw new MctpError('configuration', `device ${path} is not there (${errnoName(fd)})`, { errno });
    }
    const denied = errno === Errno.EACCES || errno === Errno.EPERM;
    throw osError(denied ? 'refused' : 'internal', `cannot open ${path}`, fd);
  }

  /**
   * Bytes read, 0, or a negative errno (EAGAIN: nothing there). What 0 means is the device's: end of file on a terminal,
   * "queue empty" on slave-mqueue. A `position` reads from there each time, as slave-mqueue needs with 0.
   */
  read(into: Uint8Array, position: number | null = null): number {
    return this.ops.read(this.descriptor(), into, position);
  }

  /** Bytes written or a negative errno. */
  write(bytes: Uint8Array): number {
    return this.ops.write(this.descriptor(), bytes);
  }

  /** The result or a negative errno; `argument` is changed in place. */
  ioctl(request: number, argument: Uint8Array | null = null): number {
    return this.ops.ioctl(this.descriptor(), request, argument);
  }

  /**
   * Watches for the sum of `events`. `PollEvent.prioritised` alone is what slave-mqueue gives, together with an error flag
   * that fails a watcher not asking for it. Throws EPERM for a file that cannot be polled.
   */
  watch(events: number, listener: CharDeviceListener): void {
    const fd = this.descriptor();
    if (this.watcher !== undefined) throw new MctpError('internal', `${this.path} is watched already`);
    this.watcher = new this.ops.FdWatcher(fd, (status, due) => {
      if (status < 0) listener.failed(-status);
      else listener.ready(due);
    });
    this.watcher.start(events);
  }

  /** Changes what is watched for; 0 rests. */
  rewatch(events: number): void {
    if (events === 0) this.watcher?.stop();
    else this.watcher?.start(events);
  }

  close(): void {
    if (!this.open) return;
    this.open = false;
    // Once there is a watcher the descriptor is its own.
    if (this.watcher !== undefined) this.watcher.close();
    else this.ops.closeFd(this.fd);
  }

  private descriptor(): number {
    if (!this.open) throw new MctpError('closed', `${this.path} is closed`);
    return this.fd;
  }
}
