import { existsSync, readFileSync, readdirSync } from 'node:fs';
import type { OpenSerialPort, SerialPortFactory } from '../../../src/bindings/serial/port';
import { loadNative } from '../../../src/os/native-module';
import { N_MCTP, setLineDiscipline } from '../../../src/os/tty';
import { openPtyPort, type PtyPort } from '../../../src/sim/pty-port';
import { eventually } from '../../support/within';

const NETWORK_DEVICES = '/sys/class/net';
const O_RDWR = 2;

/** A serial line whose one end is the kernel's own mctp-serial, as a network device. The other end is ours. */
export class KernelLine implements AsyncDisposable {
  private isPlugged = true;
  private ours: OpenSerialPort | undefined;

  private constructor(
    /** `mctpserial0` */
    readonly name: string,
    readonly index: number,
    private readonly pty: PtyPort,
    private readonly attached: number,
  ) {}

  static open(): KernelLine {
    const native = loadNative();
    const pty = openPtyPort(native);
    const before = readdirSync(NETWORK_DEVICES);
    const attached = native.open(pty.slavePath, O_RDWR);
    setLineDiscipline(native, attached, N_MCTP);
    const [name] = readdirSync(NETWORK_DEVICES).filter((each) => !before.includes(each));
    if (name === undefined) throw new Error('the line discipline made no network device');
    return new KernelLine(name, Number(readFileSync(`${NETWORK_DEVICES}/${name}/ifindex`)), pty, attached);
  }

  /** Our end, for a serial binding. */
  get ports(): SerialPortFactory {
    return {
      open: async (settings, events) => {
        this.ours = await this.pty.ports.open(settings, events);
        return this.ours;
      },
    };
  }

  /** Bytes towards the kernel besides those of whoever has our end open. */
  write(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.ours === undefined) throw new Error('our end of the line is not open');
      this.ours.write(bytes, (error) => (error === undefined ? resolve() : reject(error)));
    });
  }

  /** Opens our end for {@link write} alone. What the kernel sends goes nowhere. */
  async openRaw(): Promise<void> {
    await this.ports.open({ path: '', baud: 0 }, { data: () => undefined, hungUp: () => undefined });
  }

  /** `rx_packets`, `rx_crc_errors`, ... of the network device. */
  counter(name: string): number {
    return Number(readFileSync(`${NETWORK_DEVICES}/${this.name}/statistics/${name}`));
  }

  /** The cable is pulled out: the network device goes. */
  async unplug(): Promise<void> {
    if (!this.isPlugged) return;
    this.isPlugged = false;
    this.pty.close();
    loadNative().closeFd(this.attached);
    await eventually(`the end of ${this.name}`, () => !existsSync(`${NETWORK_DEVICES}/${this.name}`));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.unplug();
  }
}
