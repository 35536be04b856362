import type { FdStream } from '../../../src/os/fd-stream';
import { loadNative } from '../../../src/os/native-module';
import { openPty, type PtyPair } from '../../../src/os/pty';

const ROOM = { frames: 1 << 16, bytes: 1 << 22 };

/** A cable between two ttys, for programs that open a tty each. */
export class PtyBridge implements Disposable {
  private readonly left: PtyPair;
  private readonly right: PtyPair;

  constructor() {
    this.left = openPty({ ops: loadNative(), limits: ROOM });
    this.right = openPty({ ops: loadNative(), limits: ROOM });
    carry(this.left.master, this.right.master);
    carry(this.right.master, this.left.master);
  }

  /** `/dev/pts/N` */
  get paths(): readonly [left: string, right: string] {
    return [this.left.slavePath, this.right.slavePath];
  }

  /** Bytes that come out at the right end, between what the left one sends. */
  disturbRight(bytes: Uint8Array): void {
    write(this.right.master, bytes);
  }

  [Symbol.dispose](): void {
    this.left.close();
    this.right.close();
  }
}

function carry(from: FdStream, to: FdStream): void {
  from.start({ data: (bytes) => write(to, bytes), closed: () => undefined });
}

function write(to: FdStream, bytes: Uint8Array): void {
  const result = to.write(bytes);
  if (result === 'full') throw new Error('the cable has lost bytes');
}
