/** Nearest-rank quantile. @param q 0..1 */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const rank = Math.min(sorted.length - 1, Math.max(0, Math.ceil(q * sorted.length) - 1));
  return sorted[rank] ?? NaN;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** To as many decimals as the figure deserves. */
export function round(value: number, decimals = 1): number {
  return Number(value.toFixed(decimals));
}
