/** The value that a share `q` of sorted values lies below. */
export const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? 0;

/** Milliseconds as a table shows them. */
export const milliseconds = (value: number): number => Number(value.toFixed(2));
