import classes from "./Backfill.module.css";
import type { DayCounts, DayState } from "./days.ts";

/** Every part that exists is seen, however small its share. */
const LEAST = 0.12;

/** A bar in the shares of outcomes: failed is notched, missed hatched, what never ran hollow. */
export function DayBar({ counts, states }: { counts: DayCounts; states: readonly DayState[] }) {
  const total = states.reduce((sum, state) => sum + counts[state], 0);
  return (
    <span className={classes.dayBar} aria-hidden="true">
      {states
        .filter((state) => counts[state] > 0)
        .map((state) => (
          <span key={state} data-state={state} style={{ flexGrow: Math.max(LEAST, counts[state] / total) }} />
        ))}
    </span>
  );
}
