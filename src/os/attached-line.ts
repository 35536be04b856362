import { MctpError } from '../base/errors';
import { osError } from './errno';
import { int32, LITTLE_ENDIAN, viewOf } from './native-order';
import type { NativeModule } from './native-module';
import { N_MCTP, setLineDiscipline, setRaw } from './tty';

export type LineOps = Pick<NativeModule, 'open' | 'closeFd' | 'ioctl' | 'setRaw' | 'setLineDiscipline'>;

export interface LineSettings {
  readonly path: string;
  /** 0 leaves the speed alone. */
  readonly baud: number;
}

const O_RDWR = 2;
const TIOCGETD = 0x5424;
const N_TTY = 0;

/** A tty that the kernel's MCTP over serial has taken over, for as long as we hold it open. */
export class AttachedLine {
  private open = true;

  private constructor(
    private readonly ops: LineOps,
    private readonly fd: number,
  ) {}

  /**
   * Raw, without flow control, at the speed; then N_MCTP is attached.
   * @throws MctpError 'internal' with the errno of `open`, 'refused' (CAP_NET_ADMIN), 'not-supported' (no tty, or a kernel
   *   without mctp-serial), 'configuration' (the speed), 'name-taken' (another program has attached a line discipline)
   */
  static attach(ops: LineOps, { path, baud }: LineSettings): AttachedLine {
    const fd = ops.open(path, O_RDWR);
    if (fd < 0) throw osError('internal', `cannot open ${path}`, fd);
    try {
      const discipline = lineDiscipline(ops, fd);
      // The kernel takes a second time for done, and takes the line from others without a word.
      if (discipline > N_TTY) throw inUse(path, discipline);
      setRaw(ops, fd, baud);
      setLineDiscipline(ops, fd, N_MCTP);
    } catch (error) {
      ops.closeFd(fd);
      throw error;
    }
    return new AttachedLine(ops, fd);
  }

  /** Idempotent. */
  detach(): void {
    if (!this.open) return;
    this.open = false;
    // Closing alone is not enough where somebody else has the tty open too. A line that hung up has lost it already,
    // and says EIO.
    this.ops.setLineDiscipline(this.fd, N_TTY);
    this.ops.closeFd(this.fd);
  }
}

function inUse(path: string, discipline: number): MctpError {
  const text =
    discipline === N_MCTP
      ? 'is a link already; another program has attached it'
      : `is in use: another program has attached line discipline ${discipline}`;
  return new MctpError('name-taken', `${path} ${text}`);
}

/** Or a negative errno. */
function lineDiscipline(ops: LineOps, fd: number): number {
  const value = int32(0);
  const result = ops.ioctl(fd, TIOCGETD, value);
  return result < 0 ? result : viewOf(value).getInt32(0, LITTLE_ENDIAN);
}
