import { close, openSync, write } from 'node:fs';
import { Writable } from 'node:stream';
import { describeError, MctpError } from '../base/errors';

/**
 * A file that lines are appended to. A write that fails (disk full) is not an error of the stream, which would end it:
 * what could not be written is counted, and told in the file as soon as it takes lines again.
 */
export class LogFile extends Writable {
  private lost = 0;

  private constructor(
    private readonly descriptor: number,
    private readonly notice: (lost: number) => string,
  ) {
    super({ decodeStrings: true });
  }

  /**
   * @param notice the line, with its end, that tells how many writes were lost
   * @throws MctpError `configuration` where the file cannot be opened
   */
  static open(path: string, notice: (lost: number) => string): LogFile {
    try {
      return new LogFile(openSync(path, 'a', 0o640), notice);
    } catch (error) {
      const message = `log.file: cannot open ${path}; expected a path the daemon may write`;
      throw new MctpError('configuration', `${message} (${describeError(error)})`, {}, { cause: error });
    }
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    const { lost } = this;
    const bytes = lost > 0 ? Buffer.concat([Buffer.from(this.notice(lost)), chunk]) : chunk;
    this.lost = 0;
    this.append(bytes, (written) => {
      if (!written) this.lost = lost + 1;
      done();
    });
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    close(this.descriptor, (failure) => done(error ?? failure));
  }

  private append(bytes: Buffer, done: (written: boolean) => void): void {
    write(this.descriptor, bytes, 0, bytes.length, null, (error, count) => {
      if (error !== null || count === 0) done(bytes.length === 0);
      else if (count < bytes.length) this.append(bytes.subarray(count), done);
      else done(true);
    });
  }
}
