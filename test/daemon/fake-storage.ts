import type { StateStorage } from '../../src/files/state-storage';

/** One file in memory. What changes it waits for {@link FakeStorage.finish} while `slow`, and fails with `broken`. */
export class FakeStorage implements StateStorage {
  readonly writes: string[] = [];
  readonly aside: string[] = [];
  slow = false;
  broken: Error | undefined;
  private waiting: (() => void)[] = [];

  constructor(public text?: string) {}

  read(): Promise<string | undefined> {
    return this.broken === undefined ? Promise.resolve(this.text) : Promise.reject(this.broken);
  }

  async write(path: string, text: string): Promise<void> {
    this.writes.push(path);
    await this.disk();
    if (this.broken !== undefined) throw this.broken;
    this.text = text;
  }

  async setAside(path: string): Promise<string> {
    if (this.broken !== undefined) throw this.broken;
    await this.disk();
    this.aside.push(this.text ?? '');
    this.text = undefined;
    return `${path}.damaged.1`;
  }

  /** The oldest change that waits is on disk. */
  finish(): void {
    this.waiting.shift()?.();
  }

  private async disk(): Promise<void> {
    if (this.slow) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }
}
