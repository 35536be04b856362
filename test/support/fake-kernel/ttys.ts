import type { AdminOps } from '../../../src/kernel/admin';
import type { FakeKernel } from './fake-kernel';
import type { FakeLink } from './state';

const EPERM = 1;
const ENOENT = 2;
const EACCES = 13;
const EINVAL = 22;
const ENOTTY = 25;
const EIO = 5;
const N_MCTP = 28;
const FIRST_FD = 5000;

/** A tty of the fake kernel. */
export class FakeTty {
  discipline = 0;
  baud = 9600;
  isRaw = false;
  link: FakeLink | undefined;
  isHungUp = false;
  /** False: some other device. */
  isTty = true;
}

export interface TtyRights {
  /** Default: true. */
  readonly open?: boolean;
  /** CAP_NET_ADMIN. Default: true. */
  readonly admin?: boolean;
  /** The kernel has mctp-serial. Default: true. */
  readonly hasSerial?: boolean;
}

/** The ttys of a fake kernel, beside its sockets: N_MCTP makes one a link, as Linux 6.1 was measured to do. */
export class FakeTtys {
  readonly ttys = new Map<string, FakeTty>();
  readonly ops: AdminOps;
  private readonly open = new Map<number, FakeTty>();
  private nextFd = FIRST_FD;

  constructor(
    private readonly kernel: FakeKernel,
    private readonly rights: TtyRights = {},
  ) {
    this.ops = this.makeOps();
  }

  get openDescriptors(): number {
    return this.open.size;
  }

  add(path: string): FakeTty {
    const tty = new FakeTty();
    this.ttys.set(path, tty);
    return tty;
  }

  /** The cable is pulled out, or the other side of the pty has gone. */
  hangUp(tty: FakeTty): void {
    this.change(tty, 0);
    tty.isHungUp = true;
  }

  private change(tty: FakeTty, discipline: number): void {
    if (tty.discipline === discipline) return;
    tty.discipline = discipline;
    if (tty.link !== undefined) this.kernel.unplug(tty.link);
    tty.link = discipline === N_MCTP ? this.kernel.plugSerial() : undefined;
  }

  private makeOps(): AdminOps {
    const of = (fd: number): FakeTty => {
      const tty = this.open.get(fd);
      if (tty === undefined) throw new Error(`EBADF: ${fd}`);
      return tty;
    };
    const { rights } = this;
    const { ops } = this.kernel;
    return {
      ...ops,
      open: (path) => {
        const tty = this.ttys.get(path);
        if (tty === undefined) return -ENOENT;
        if (rights.open === false) return -EACCES;
        this.open.set(this.nextFd, tty);
        return this.nextFd++;
      },
      closeFd: (fd) => {
        if (!this.open.has(fd)) return ops.closeFd(fd);
        const tty = of(fd);
        this.open.delete(fd);
        if (![...this.open.values()].includes(tty)) this.change(tty, 0);
        return 0;
      },
      ioctl: (fd, request, argument) => {
        if (!this.open.has(fd)) return ops.ioctl(fd, request, argument);
        if (request !== 0x5424 || argument === null || !of(fd).isTty) return -ENOTTY;
        Buffer.from(argument.buffer, argument.byteOffset).writeInt32LE(of(fd).discipline);
        return 0;
      },
      setRaw: (fd, baud) => {
        if (!of(fd).isTty) return -ENOTTY;
        if (baud > 4_000_000) return -EINVAL;
        Object.assign(of(fd), { isRaw: true, ...(baud === 0 ? {} : { baud }) });
        return 0;
      },
      setLineDiscipline: (fd, discipline) => {
        if (of(fd).isHungUp) return -EIO;
        if (discipline === N_MCTP && rights.hasSerial === false) return -EINVAL;
        if (discipline === N_MCTP && rights.admin === false) return -EPERM;
        this.change(of(fd), discipline);
        return 0;
      },
    };
  }
}
