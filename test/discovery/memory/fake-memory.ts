import type { Memory } from '../../../src/discovery/memory/memory';
import type { Remembered } from '../../../src/discovery/snapshot';

/** A memory without a disk: `disk` is what a restart would find. */
export class FakeMemory implements Memory {
  readonly enabled = true;
  /** Reservations wait here until they are let go. */
  held: Promise<void> | undefined;
  disk: readonly Remembered[];
  private source: () => readonly Remembered[] = () => [];

  constructor(before: readonly Remembered[] = []) {
    this.disk = before;
  }

  remembered(): readonly Remembered[] {
    return this.disk;
  }

  follow(source: () => readonly Remembered[]): void {
    this.source = source;
  }

  async reserve(): Promise<void> {
    await this.held;
    this.disk = this.source();
  }

  changed(): void {
    // The file would be as late; here the next look is always up to date.
    queueMicrotask(() => {
      this.disk = this.source();
    });
  }
}
