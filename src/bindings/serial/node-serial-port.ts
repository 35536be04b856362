import { createRequire } from 'node:module';
import type { SerialPort } from 'serialport';
import type * as Serialport from 'serialport';
import { readLine } from './line-reader';
import type { OpenSerialPort, SerialLine, SerialPortEvents, SerialPortFactory } from './port';

/** Room for one read; small, because frames are and every port keeps a pool of this size. */
const READ_POOL = 4096;

/**
 * Ttys through npm `serialport`, which is loaded when the first port is opened, and without its parsers: it costs
 * start-up time. Modem lines are left alone (a pty has none), and ports are never listed (that needs udevadm).
 */
export const nodeSerialPorts: SerialPortFactory = {
  async open(line: SerialLine, events: SerialPortEvents): Promise<OpenSerialPort> {
    const load = createRequire(__filename);
    const serialport = load('serialport/dist/serialport.js') as Pick<typeof Serialport, 'SerialPort'>;
    const port = new serialport.SerialPort({
      path: line.path,
      baudRate: line.baud,
      dataBits: 8,
      parity: 'none',
      stopBits: 1,
      rtscts: false,
      xon: false,
      xoff: false,
      autoOpen: false,
      highWaterMark: READ_POOL,
    });
    await new Promise<void>((resolve, reject) => {
      port.open((error) => {
        if (error === null) resolve();
        else reject(error);
      });
    });
    const tty = port.port;
    if (tty !== undefined && 'poller' in tty) {
      tty.read = (buffer, offset, length) => readLine(tty, buffer, offset, length);
    }
    return new NodeSerialPort(port, events);
  },
};

class NodeSerialPort implements OpenSerialPort {
  private ended = false;
  private closing: Promise<void> | undefined;

  constructor(
    private readonly port: SerialPort,
    private readonly events: SerialPortEvents,
  ) {
    port.on('data', (chunk: Uint8Array) => {
      if (!this.ended) events.data(chunk);
    });
    // A hang-up is `close` with an error; a read of zero bytes, which a hung-up tty gives too, only `end`.
    port.on('close', (error: Error | null | undefined) => this.end(error?.message ?? 'closed'));
    port.on('end', () => this.end('end of file'));
    port.on('error', (error) => this.end(error.message));
  }

  write(bytes: Uint8Array, done: (error?: Error) => void): void {
    // A write to a closed port would wait for the next `open` without a word.
    if (this.ended || !this.port.isOpen) {
      queueMicrotask(() => done(new Error('the port is closed')));
      return;
    }
    this.port.write(bytes, undefined, (error) => done(error ?? undefined));
  }

  close(): Promise<void> {
    this.ended = true;
    return this.release();
  }

  private end(reason: string): void {
    if (this.ended) return;
    this.ended = true;
    void this.release().then(() => this.events.hungUp(reason));
  }

  private release(): Promise<void> {
    this.closing ??= new Promise((resolve) => {
      if (!this.port.isOpen) resolve();
      // An error here means that there is nothing left to close.
      else this.port.close(() => resolve());
    });
    return this.closing;
  }
}
