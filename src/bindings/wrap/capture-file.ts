import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { describeError } from '../../base/errors';
import type { Log } from '../../base/log';

/** Bytes that may wait for the disk; packets beyond are left out of the capture. */
const BUFFER_LIMIT = 1 << 20;

type OpenFile = Pick<FileHandle, 'appendFile' | 'close'>;

function openTruncated(path: string): Promise<OpenFile> {
  return open(path, 'w', 0o640);
}

/**
 * A file that blocks are appended to without anybody waiting. A capture is an aid: when the disk is slow, full or not
 * there, packets are missing in it, with a line in the log, and the link goes on.
 */
export class CaptureFile {
  private file: OpenFile | undefined;
  private waiting: Uint8Array[] = [];
  private waitingBytes = 0;
  private writing: Promise<void> = Promise.resolve();
  private busy = false;
  private left = 0;

  constructor(
    private readonly options: { readonly path: string; readonly link: string },
    private readonly log: Log,
    private readonly openFile: (path: string) => Promise<OpenFile> = openTruncated,
  ) {}

  /** Blocks that were left out because the disk did not keep up. */
  get leftOut(): number {
    return this.left;
  }

  /** Truncates the file and writes `head`. Never rejects. */
  async open(head: Uint8Array): Promise<void> {
    try {
      this.file = await this.openFile(this.options.path);
    } catch (error) {
      this.complain('cannot open the capture file; packets are not captured', error);
      return;
    }
    this.append(head);
  }

  /** @param block handed over: the caller must not write to it again */
  append(block: Uint8Array): void {
    if (this.file === undefined) return;
    if (this.waitingBytes + block.length > BUFFER_LIMIT) {
      if (this.left++ === 0) this.complain('the capture cannot keep up; packets are missing in it');
      return;
    }
    this.waiting.push(block);
    this.waitingBytes += block.length;
    if (!this.busy) this.writing = this.drain();
  }

  /** Resolves when all that was appended is written, or cannot be. Idempotent. */
  async close(): Promise<void> {
    await this.writing;
    await this.closeFile();
  }

  private async drain(): Promise<void> {
    this.busy = true;
    while (this.waiting.length > 0 && this.file !== undefined) {
      const batch = this.waiting;
      const bytes = this.waitingBytes;
      this.waiting = [];
      try {
        // All of it or an error: unlike `write`, `appendFile` does not stop in the middle of a block.
        await this.file.appendFile(Buffer.concat(batch));
      } catch (error) {
        await this.giveUp(error);
      }
      this.waitingBytes -= bytes;
    }
    this.busy = false;
  }

  private async giveUp(error: unknown): Promise<void> {
    this.waiting = [];
    this.complain('cannot write the capture file; the capture ends here', error);
    await this.closeFile();
  }

  private async closeFile(): Promise<void> {
    const file = this.file;
    this.file = undefined;
    await file?.close().catch((error: unknown) => this.complain('cannot close the capture file', error));
  }

  private complain(message: string, error?: unknown): void {
    this.log.warn(message, {
      link: this.options.link,
      operation: 'capture',
      path: this.options.path,
      cause: error === undefined ? undefined : describeError(error),
    });
  }
}
