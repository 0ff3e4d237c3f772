import type { RunColumn } from "../../../shared/api/runs.ts";

/** Pixels of the longest and the shortest bar. */
export const tallest = 56;
export const shortest = 4;
/** Steps that have a row; a workflow with more shows the first. */
const stepsShown = 12;

/** Rows below the bars: attempts where any run needed a second, and steps in the order of their first call. */
export function gridRows(columns: readonly RunColumn[]): { attempts: number[]; steps: string[] } {
  const most = Math.max(1, ...columns.map(({ run }) => run.attempt));
  const steps = new Set<string>();
  // The newest run says best which steps there are now.
  for (const column of columns.toReversed()) for (const { name } of column.steps) steps.add(name);
  return {
    attempts: most === 1 ? [] : Array.from({ length: most }, (_, index) => index + 1),
    steps: [...steps].slice(0, stepsShown),
  };
}

/** How tall each run's bar is, px: by duration against the longest, never so short that it is not seen. */
export function barHeights(columns: readonly RunColumn[]): number[] {
  const durations = columns.map(({ run }) =>
    run.startedAt === null || run.completedAt === null ? null : Date.parse(run.completedAt) - Date.parse(run.startedAt),
  );
  const longest = Math.max(1, ...durations.map((duration) => duration ?? 0));
  return durations.map((duration) =>
    duration === null ? tallest / 2 : Math.round(shortest + (tallest - shortest) * (Math.max(0, duration) / longest)),
  );
}
