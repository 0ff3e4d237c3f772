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
  /** The figures are of another choice, and others are on their way. */
  stale: boolean;
  plan: BackfillPlan | undefined;
  error: unknown;
  /** Epoch ms. */
  now: number;
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
  return (
    <div className={classes.summary} role="status" aria-live="polite">
      <p className={`${classes.summaryRange} dim`}>
        {time(range.from)} → {plan?.toWasCut ? "now" : time(range.to)} · {props.format.zone}
      </p>
      {error !== null && error !== undefined ? (
        <Refusal range={range} error={error} now={props.now} />
      ) : figures === null ? (
        <p className={classes.summaryLine}>Counting…</p>
      ) : (
        <div className={classes.counts} data-stale={props.stale || undefined}>
          <p className={classes.summaryLine} data-testid="plan-count">
            {plural(figures.occurrences, "occurrence")}: {count(figures.count)} to run
            {figures.occurrences > figures.count && `, ${count(figures.occurrences - figures.count)} left alone`}
          </p>
          <span className="dim">{statesText(figures.existing)}</span>
        </div>
      )}
    </div>
  );
}

/** Why a range has no plan, in words; the engine's own where it is about something else than the range. */
function Refusal({ range, error, now }: { range: { from: string; to: string }; error: unknown; now: number }) {
  const [from, to] = [Date.parse(range.from), Date.parse(range.to)];
  const [title, advice] =
    from > to
      ? ["This range ends before it begins", "Choose an end that lies after the beginning."]
      : appError(error)?.code === "EMPTY_RANGE"
        ? ["Nothing happens in this range", "The schedule has no occurrence in it. Choose days that show a number."]
        : from >= now
          ? ["This range lies in the future", "The schedule itself runs what is to come. Choose days up to now."]
          : ["This range cannot be filled", errorMessage(error)];
  return (
    <>
      <p className={classes.summaryLine}>{title}</p>
      <span className="dim">{advice}</span>
    </>
  );
}
