import type { Random } from '../../src/base/random';
import type { OpenSerialPort, SerialPortEvents, SerialPortFactory } from '../../src/bindings/serial/port';

/** A serial line inside this process, both ends; now and then it turns a bit of a byte over. */
export class SerialCable {
  /** Bytes that were damaged, both ways. */
  damaged = 0;
  private readonly ends: [SerialPortEvents | undefined, SerialPortEvents | undefined] = [
    undefined,
    undefined,
  ];

  /** @param rate probability for each byte */
  constructor(
    private readonly rate: number,
    private readonly random: Random,
  ) {}

  /** What to open one end with. */
  end(index: 0 | 1): SerialPortFactory {
    return { open: (_line, events) => Promise.resolve(this.plug(index, events)) };
  }

  private plug(index: 0 | 1, events: SerialPortEvents): OpenSerialPort {
    this.ends[index] = events;
    return {
      write: (bytes, done) => {
        const arriving = bytes.map((byte) => this.carried(byte));
        queueMicrotask(() => {
          this.ends[1 - index]?.data(arriving);
          done();
        });
      },
      close: () => {
        this.ends[index] = undefined;
        return Promise.resolve();
      },
    };
  }

  private carried(byte: number): number {
    if (this.random.next() >= this.rate) return byte;
    this.damaged++;
    return byte ^ (1 << Math.floor(this.random.next() * 8));
  }
}
