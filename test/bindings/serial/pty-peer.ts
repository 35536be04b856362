import { toHex } from '../../../src/base/bytes';
import { loadNative, PollEvent } from '../../../src/os/native-module';

/** The far end of a serial line: the master of a pseudo terminal. */
export class PtyPeer {
  /** Path of the tty to open. */
  readonly path: string;
  private readonly ops = loadNative();
  private readonly master: number;
  private readonly slave: number;
  private readonly watcher: InstanceType<ReturnType<typeof loadNative>['FdWatcher']>;
  private readonly chunks: Uint8Array[] = [];

  constructor() {
    const pair = this.ops.openpty();
    if (typeof pair === 'number') throw new Error(`no pty: errno ${-pair}`);
    [this.master, this.slave, this.path] = pair;
    this.watcher = new this.ops.FdWatcher(this.master, () => this.read());
  }

  /** Everything read so far, hex. */
  get received(): string {
    return toHex(Buffer.concat(this.chunks));
  }

  start(): void {
    this.watcher.start(PollEvent.readable);
  }

  stop(): void {
    this.watcher.stop();
  }

  write(bytes: Uint8Array): void {
    const written = this.ops.write(this.master, bytes);
    if (written !== bytes.length) throw new Error(`the pty took ${written} of ${bytes.length} bytes`);
  }

  hangUp(): void {
    this.watcher.close();
    this.ops.closeFd(this.slave);
  }

  private read(): void {
    const buffer = new Uint8Array(4096);
    const length = this.ops.read(this.master, buffer, null);
    if (length > 0) this.chunks.push(buffer.subarray(0, length));
  }
}
