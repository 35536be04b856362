import type { Remembered } from '../snapshot';

/** Where assignments are kept over a restart (D-8). The engine declares what it needs, `daemon/state-file.ts` is it. */
export interface Memory {
  /** `false`: nothing is remembered, nothing is kept reserved. */
  readonly enabled: boolean;
  /** What was known when the daemon last ran. */
  remembered(): readonly Remembered[];
  /** @param source tells what is to be remembered; asked whenever something is written */
  follow(source: () => readonly Remembered[]): void;
  /**
   * Resolves once what the source says in this turn is on disk, or cannot be put there in reasonable time. Never
   * rejects: that nothing can be remembered is no reason to leave devices without an EID.
   */
  reserve(): Promise<void>;
  /** Something changed that may be written up to a second later. */
  changed(): void;
}

/** `state = false`. */
export const noMemory: Memory = {
  enabled: false,
  remembered: () => [],
  follow: () => undefined,
  reserve: () => Promise.resolve(),
  changed: () => undefined,
};
