import type { BackfillPlan } from "../../../shared/domain/backfill.ts";
import { appError, errorMessage } from "../../api/errors.ts";
import { count, plural } from "../../format/numbers.ts";
import type { TimeFormat } from "../../format/time.ts";
import classes from "./Backfill.module.css";
import { dayAndTime } from "./backfillWords.ts";
import { type DaySum, statesText } from "./days.ts";

/** What is known of the plan at this moment: the engine's own, or (while one drags) the sum of the days. */
export interface PlanFigures {
  occurrences: number;
  count: number;
  existing: Partial<DaySum>;
}

/** "120 occurrences: 6 to run, 114 stay as they are", and what stands for them. */
export function PlanSummary(props: {
  range: { from: string; to: string } | null;
  figures: PlanFigures | null;
  plan: BackfillPlan | undefined;
  error: unknown;
  format: TimeFormat;
}) {
  const { range, figures, plan, error } = props;
  if (range === null) {
    return (
      <div className={classes.summary}>
        <p className={classes.summaryLine}>No range is chosen</p>
        <span className="dim">Drag over the days to fill, or take one of the ranges above.</span>
      </div>
    );
  }
  const time = (iso: string) => dayAndTime(Date.parse(iso), props.format);
  const empty = appError(error)?.code === "EMPTY_RANGE";
  return (
    <div className={classes.summary} role="status" aria-live="polite">
      <p className={`${classes.summaryRange} dim`}>
        {time(range.from)} → {plan?.toWasCut ? "now" : time(range.to)} · {props.format.zone}
      </p>
      {error !== null && error !== undefined ? (
        <>
          <p className={classes.summaryLine}>
            {empty ? "Nothing happens in this range" : "This range cannot be filled"}
          </p>
          <span className="dim">
            {empty ? "The schedule has no occurrence in it. Choose days that show a number." : errorMessage(error)}
          </span>
        </>
      ) : figures === null ? (
        <p className={classes.summaryLine}>…</p>
      ) : (
        <>
          <p className={classes.summaryLine} data-testid="plan-count">
            {plural(figures.occurrences, "occurrence")}: {count(figures.count)} to run
            {figures.occurrences > figures.count && `, ${count(figures.occurrences - figures.count)} left alone`}
          </p>
          <span className="dim">{statesText(figures.existing)}</span>
        </>
      )}
    </div>
  );
}
