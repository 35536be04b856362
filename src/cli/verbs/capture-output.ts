import { createWriteStream, openSync } from 'node:fs';
import { finished } from 'node:stream/promises';
import { hasCode } from '../../os/errno';
import { CliError } from '../output/failure';

const STANDARD_OUTPUT = 1;

/** Where a capture goes. */
export interface CaptureOutput {
  /** `false`: that is enough until there is room again. */
  write(bytes: Uint8Array): boolean;
  /** Resolves when everything is written. @throws CliError when it could not be */
  end(): Promise<void>;
}

export interface OutputEvents {
  /** There is room again. */
  drained(): void;
  /** Nothing can be written any more; `end` tells why. */
  failed(): void;
}

/**
 * Creates the file, or takes standard output for `-`.
 * @throws CliError when the file cannot be opened
 */
export function openOutput(file: string, events: OutputEvents): CaptureOutput {
  const isFile = file !== '-';
  const fd = isFile ? create(file) : STANDARD_OUTPUT;
  const stream = createWriteStream('', { fd, autoClose: isFile });
  stream.on('error', () => events.failed());
  stream.on('drain', () => events.drained());
  return {
    write: (bytes) => stream.write(bytes),
    async end() {
      stream.end();
      try {
        await finished(stream);
      } catch (error) {
        // A reader that has enough is no failure: `mctpctl capture - | head -c 100`.
        if (!hasCode(error, 'EPIPE')) throw cannotWrite(file, error);
      }
    },
  };
}

function create(file: string): number {
  try {
    return openSync(file, 'w', 0o640);
  } catch (error) {
    throw cannotWrite(file, error);
  }
}

function cannotWrite(file: string, cause: unknown): CliError {
  const reason = String(cause).replace(/^Error: /, '');
  const tries = [`another file than ${file}, in a folder you may write to, with room on its disk`];
  return new CliError(`cannot write the capture: ${reason}`, tries, undefined, { cause });
}
