import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { loadNative } from '../../../src/os/native-module';
import { N_MCTP, setLineDiscipline } from '../../../src/os/tty';
import { eventually } from '../../support/within';

const NETWORK_DEVICES = '/sys/class/net';
const O_RDWR = 2;

/** A tty with the kernel's mctp-serial on it, as `mctp link serial` makes it: a network device while it is open. */
export class KernelDevice implements AsyncDisposable {
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
    setLineDiscipline(native, tty, N_MCTP);
    const [name] = readdirSync(NETWORK_DEVICES).filter((each) => !before.includes(each));
    if (name === undefined) throw new Error('the line discipline made no network device');
    return new KernelDevice(name, Number(readFileSync(`${NETWORK_DEVICES}/${name}/ifindex`)), tty);
  }

  /** `rx_packets`, `rx_crc_errors`, ... */
  counter(name: string): number {
    return Number(readFileSync(`${NETWORK_DEVICES}/${this.name}/statistics/${name}`));
  }

  /** The network device goes, unless somebody else has the tty open; a cable that is pulled out is its end as well. */
  async detach(): Promise<void> {
    if (!this.isAttached) return;
    this.isAttached = false;
    loadNative().closeFd(this.tty);
    await eventually(`the end of ${this.name}`, () => !existsSync(`${NETWORK_DEVICES}/${this.name}`));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.detach();
  }
}
