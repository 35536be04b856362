import { toHex } from '../../src/base/bytes';
import { systemClock } from '../../src/base/clock';
import { loadNative } from '../../src/os/native-module';
import { connectSeqpacket } from '../../src/os/seqpacket';
import type { SeqpacketConnection } from '../../src/os/seqpacket-connection';
import { hex } from './vectors';
import { eventually, within } from './within';

/** A program at the other end of a seqpacket socket, which says what it is told to, byte by byte. */
export class RawSocket {
  /** Frames it heard; the bytes are in {@link heard}, unless `keep` is off. */
  count = 0;
  readonly heard: string[] = [];
  ended = false;
  private connection: SeqpacketConnection | undefined;
  private waiter: { readonly count: number; readonly resolve: () => void } | undefined;

  private constructor(private readonly keep: boolean) {}

  /** @param name with the NUL in front */
  static async connect(name: string, { keep = true } = {}): Promise<RawSocket> {
    const socket = new RawSocket(keep);
    socket.connection = await connectSeqpacket({
      ...{ ops: loadNative(), clock: systemClock, name, patienceMs: 2000 },
      limits: { frames: 1 << 20, bytes: 1 << 30 },
      listener: {
        message: (bytes) => socket.message(bytes),
        closed: () => (socket.ended = true),
      },
    });
    return socket;
  }

  say(frame: string | Uint8Array): void {
    this.connection?.send(typeof frame === 'string' ? hex(frame) : frame);
  }

  /** Frames that did not go into the kernel yet. */
  get unsent(): number {
    return this.connection?.backlog.frames ?? 0;
  }

  async hears(count: number): Promise<string[]> {
    if (this.count < count) {
      await within(
        `${count} frames`,
        new Promise<void>((resolve) => {
          this.waiter = { count, resolve };
        }),
      );
    }
    return this.heard;
  }

  async isCut(): Promise<boolean> {
    return eventually('the end', () => this.ended);
  }

  pause(): void {
    this.connection?.pause();
  }

  resume(): void {
    this.connection?.resume();
  }

  close(): void {
    this.connection?.close();
  }

  private message(bytes: Uint8Array): void {
    this.count++;
    if (this.keep) this.heard.push(toHex(bytes));
    if (this.waiter !== undefined && this.waiter.count <= this.count) {
      this.waiter.resolve();
      this.waiter = undefined;
    }
  }
}
