import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { errnoName } from '../../../src/os/errno';
import { loadNative } from '../../../src/os/native-module';
import { N_MCTP, setLineDiscipline } from '../../../src/os/tty';
import { eventually } from '../../support/within';

const NETWORK_DEVICES = '/sys/class/net';
const O_RDWR = 2;

/** A tty with the kernel's mctp-serial on it, as `mctp link serial` makes it: a network device while it is open. */
export class KernelDevice implements Disposable {
  private isAttached = true;

  private constructor(
    /** `mctpserial0` */
    readonly name: string,
    readonly index: number,
    private readonly tty: number,
  ) {}

  static attach(path: string): KernelDevice {
    const native = loadNative();
    const before = readdirSync(NETWORK_DEVICES);
    const tty = native.open(path, O_RDWR);
    if (tty < 0) throw new Error(`cannot open ${path}: ${errnoName(-tty)}`);
    try {
      setLineDiscipline(native, tty, N_MCTP);
      const [name] = readdirSync(NETWORK_DEVICES).filter((each) => !before.includes(each));
      if (name === undefined) throw new Error('the line discipline made no network device');
      return new KernelDevice(name, Number(readFileSync(`${NETWORK_DEVICES}/${name}/ifindex`)), tty);
    } catch (error) {
      native.closeFd(tty);
      throw error;
    }
  }

  /** `rx_packets`, `rx_crc_errors`, ... */
  counter(name: string): number {
    return Number(readFileSync(`${NETWORK_DEVICES}/${this.name}/statistics/${name}`));
  }

  /** Waits for the end of the network device, which comes when nobody has the tty open or the cable is pulled out. */
  async detach(): Promise<void> {
    this[Symbol.dispose]();
    await eventually(`the end of ${this.name}`, () => !existsSync(`${NETWORK_DEVICES}/${this.name}`));
  }

  [Symbol.dispose](): void {
    if (this.isAttached) loadNative().closeFd(this.tty);
    this.isAttached = false;
  }
}
