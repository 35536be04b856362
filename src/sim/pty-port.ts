import type { OpenSerialPort, SerialPortFactory } from '../bindings/serial/port';
import { describeError } from '../base/errors';
import type { FdStream } from '../os/fd-stream';
import { openPty, type PtyOptions } from '../os/pty';

/** The device's end of a serial line: the master of a pseudo terminal whose other end anybody may open. */
export interface PtyPort {
  /** What goes into the configuration: `/dev/pts/N`. */
  readonly slavePath: string;
  /** For a serial binding of the device; the path it opens is not looked at. */
  readonly ports: SerialPortFactory;
  close(): void;
}

/** @throws MctpError `internal` when the system has no pseudo terminal left */
export function openPtyPort(ops: PtyOptions['ops']): PtyPort {
  const pty = openPty({ ops });
  return {
    slavePath: pty.slavePath,
    close: () => pty.close(),
    ports: {
      open(_line, events) {
        const port = new MasterPort(pty.master);
        pty.master.start({
          data: (bytes) => events.data(bytes),
          writable: () => port.written(),
          closed: (cause) => events.hungUp(cause === undefined ? 'closed' : describeError(cause)),
        });
        return Promise.resolve(port);
      },
    },
  };
}

class MasterPort implements OpenSerialPort {
  private waiting: ((error?: Error) => void) | undefined;

  constructor(private readonly master: FdStream) {}

  write(bytes: Uint8Array, done: (error?: Error) => void): void {
    const result = this.master.write(bytes);
    if (result === 'queued') this.waiting = done;
    else if (result === 'written') queueMicrotask(done);
    else queueMicrotask(() => done(new Error(`the pseudo terminal is ${result}`)));
  }

  written(): void {
    const done = this.waiting;
    this.waiting = undefined;
    done?.();
  }

  close(): Promise<void> {
    this.master.close();
    return Promise.resolve();
  }
}
