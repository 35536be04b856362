import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder of our own that goes with everything in it: `using folder = new TempFolder()`. */
export class TempFolder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), `mctp-test-${process.pid}-`));

  join(name: string): string {
    return join(this.path, name);
  }

  /** @returns the path of the new file */
  write(name: string, text: string): string {
    const path = this.join(name);
    writeFileSync(path, text);
    return path;
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
