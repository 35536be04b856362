/** One line that the bench prints (as JSON). */
export interface BenchFigure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The same thing done the plainest way, measured in the same run and in the same unit. */
  readonly baseline?: number;
  /** What the value should reach, in words: `">= 0.75 of the baseline"`. */
  readonly goal?: string;
}
