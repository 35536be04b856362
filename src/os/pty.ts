import { osError } from './errno';
import { FdStream, type StreamOps } from './fd-stream';
import type { QueueLimits } from './frame-queue';
import type { NativeModule } from './native-module';
import { setRaw } from './tty';

export interface PtyOptions {
  readonly ops: StreamOps & Pick<NativeModule, 'openpty' | 'closeFd' | 'setRaw'>;
  /** Bounds of what waits to be written to the master. */
  readonly limits?: QueueLimits;
  /**
   * Hold one slave descriptor, so that the pty outlives its users: without it the master hangs up when the last of them
   * closes, and at once while nobody has opened it yet. Default true.
   */
  readonly keepSlaveOpen?: boolean;
}

/** A pseudo terminal, raw from the start. Who plays the device has the master, who drives it opens `slavePath`. */
export interface PtyPair {
  readonly master: FdStream;
  /** `/dev/pts/N`. */
  readonly slavePath: string;
  /** Closes both ends; users of the slave see a hang-up. */
  close(): void;
}

const DEFAULT_LIMITS: QueueLimits = { frames: 1024, bytes: 1 << 20 };

/** @throws MctpError 'internal' when the system has no pseudo terminal left. */
export function openPty(options: PtyOptions): PtyPair {
  const { ops } = options;
  const opened = ops.openpty();
  if (typeof opened === 'number') throw osError('internal', 'cannot open a pseudo terminal', opened);
  const [masterFd, slaveFd, slavePath] = opened;
  const master = streamOn(options, masterFd, slaveFd);
  const kept = { open: options.keepSlaveOpen ?? true };
  if (!kept.open) ops.closeFd(slaveFd);
  return {
    master,
    slavePath,
    close: () => {
      master.close();
      if (kept.open) ops.closeFd(slaveFd);
      kept.open = false;
    },
  };
}

function streamOn(options: PtyOptions, masterFd: number, slaveFd: number): FdStream {
  try {
    // Before anybody opens it: otherwise what the device says first is echoed back to it.
    setRaw(options.ops, slaveFd);
    return new FdStream(options.ops, masterFd, options.limits ?? DEFAULT_LIMITS);
  } catch (error) {
    options.ops.closeFd(masterFd);
    options.ops.closeFd(slaveFd);
    throw error;
  }
}
