import type { KeyPath, Problem } from './problems';

export interface Findings {
  readonly errors: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/** Collects what the checks find. */
export class Report implements Findings {
  readonly errors: Problem[] = [];
  readonly warnings: Problem[] = [];

  error(path: KeyPath, found: string, expected: string): void {
    this.errors.push({ path, found, expected });
  }

  warn(path: KeyPath, found: string, expected: string): void {
    this.warnings.push({ path, found, expected });
  }
}
