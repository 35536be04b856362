import { seededRandom } from '../../src/base/random';
import { loadNative } from '../../src/os/native-module';
import { openPty } from '../../src/os/pty';
import type { PtyPair } from '../../src/os/pty';

/** How much is handed to the terminal at once. */
const CHUNK = 16 * 1024;

/** A device on a pseudo terminal that talks as fast as the terminal takes it, and listens to nothing. */
export class Flooder implements Disposable {
  private readonly pty: PtyPair = openPty({ ops: loadNative() });
  private done: (() => void) | undefined;
  private left = 0;
  private sent = 0;

  /** @param next bytes to go on with; asked again and again, `at` counts what was sent before */
  constructor(private readonly next: (at: number) => Uint8Array) {
    this.pty.master.start({
      data: () => undefined,
      writable: () => this.pump(),
      closed: () => this.done?.(),
    });
    // Nothing is ever read: whatever the other end says stays in the terminal.
    this.pty.master.pause();
  }

  /** The tty for the configuration. */
  get path(): string {
    return this.pty.slavePath;
  }

  /** Resolves when so many bytes have been taken. */
  flood(bytes: number): Promise<void> {
    this.left = bytes;
    return new Promise((resolve) => {
      this.done = resolve;
      this.pump();
    });
  }

  [Symbol.dispose](): void {
    this.pty.close();
  }

  private pump(): void {
    while (this.left > 0) {
      const chunk = this.next(this.sent);
      this.left -= chunk.length;
      this.sent += chunk.length;
      const result = this.pty.master.write(chunk);
      if (result === 'queued') return;
      if (result !== 'written') throw new Error(`the pseudo terminal is ${result}`);
    }
    this.done?.();
  }
}

/** Bytes without any sense, the same ones for the same seed. */
export function noise(seed: number): () => Uint8Array {
  const random = seededRandom(seed);
  return () => Uint8Array.from({ length: CHUNK }, () => random.next() * 256);
}

/** The frames one after another, over and over. */
export function framesInTurn(frames: readonly Uint8Array[]): () => Uint8Array {
  const all = Buffer.concat(frames);
  const chunk = Buffer.concat(Array.from({ length: Math.ceil(CHUNK / all.length) }, () => all));
  return () => chunk;
}
