/** What the serial binding needs of a tty. Tests and the platform give other ones (design decision D-11). */
export interface SerialPortFactory {
  /**
   * Opens a tty raw, 8 data bits, no parity, 1 stop bit, no flow control.
   * @throws what the operating system said; `openAdvice` tells what to do about it
   */
  open(line: SerialLine, events: SerialPortEvents): Promise<OpenSerialPort>;
}

export interface SerialLine {
  /** Absolute path of the tty. */
  readonly path: string;
  /** Bits per second. */
  readonly baud: number;
}

export interface SerialPortEvents {
  /** Bytes arrived, in a chunk of any size that is only valid during the call. */
  data(chunk: Uint8Array): void;
  /** The port is gone by itself, not through `close`. Told once; nothing follows. */
  hungUp(reason: string): void;
}

export interface OpenSerialPort {
  /**
   * Hands over all of `bytes`, which stay untouched until `done`. One write at a time. A port that closes need not
   * call `done` any more.
   */
  write(bytes: Uint8Array, done: (error?: Error) => void): void;
  close(): Promise<void>;
}
