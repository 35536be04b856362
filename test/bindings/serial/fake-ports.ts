import { toHex } from '../../../src/base/bytes';
import type {
  OpenSerialPort,
  SerialLine,
  SerialPortEvents,
  SerialPortFactory,
} from '../../../src/bindings/serial/port';

/** A tty without an operating system: writes are held until they are told to end. */
export class FakePort implements OpenSerialPort {
  readonly written: string[] = [];
  readonly outstanding: ((error?: Error) => void)[] = [];
  closed = false;

  constructor(
    readonly line: SerialLine,
    readonly events: SerialPortEvents,
    private readonly finishAtOnce: boolean,
  ) {}

  write(bytes: Uint8Array, done: (error?: Error) => void): void {
    this.written.push(toHex(bytes));
    if (this.finishAtOnce) queueMicrotask(done);
    else this.outstanding.push(done);
  }

  finish(error?: Error): void {
    this.outstanding.shift()?.(error);
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }
}

export class FakePorts implements SerialPortFactory {
  readonly opened: FakePort[] = [];
  attempts = 0;
  /** What the next attempts are rejected with. */
  failure: Error | undefined;
  /** Writes end by themselves. */
  finishAtOnce = false;

  async open(line: SerialLine, events: SerialPortEvents): Promise<OpenSerialPort> {
    this.attempts++;
    await Promise.resolve();
    if (this.failure !== undefined) throw this.failure;
    const port = new FakePort(line, events, this.finishAtOnce);
    this.opened.push(port);
    return port;
  }

  get last(): FakePort {
    const port = this.opened.at(-1);
    if (port === undefined) throw new Error('no port was opened');
    return port;
  }
}
