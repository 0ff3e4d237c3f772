import type { SuccessRatio } from "../../../shared/api/schedules.ts";
import { count, percent } from "../../format/numbers.ts";
import classes from "./RatioText.module.css";

/** From so many counted runs on, a percentage says something. */
const enough = 10;

const windowNames = { "30": "last 30 runs", "7d": "last 7 days", "30d": "last 30 days", all: "all runs" } as const;

/**
 * "58 of 60 · 97%". Few runs print no percentage and stay quiet, so that 3 of 3 does not look like 300 of 300.
 * `compact` leaves "of" to a slash, for narrow columns.
 */
export function RatioText({ ratio, compact = false }: { ratio: SuccessRatio; compact?: boolean }) {
  const { completed, counted } = ratio;
  if (counted === 0) {
    const none = "no runs yet";
    return (
      <span className={`dim ${classes.ratio}`} data-tip={compact ? none : undefined}>
        {compact ? "–" : none}
        {compact && <span className="visuallyHidden">{none}</span>}
      </span>
    );
  }
  // Few pieces of text: a list has one of these in each row, and lays them out anew at each key of a search.
  const of = `${count(completed)} of ${count(counted)}`;
  const perCent = percent(completed, counted);
  const few = counted < enough;
  const tone = perCent < 80 ? "bad" : perCent < 95 ? "some" : undefined;
  return (
    <span
      className={classes.ratio}
      data-few={few || undefined}
      data-tone={tone}
      data-tip={`${of} completed (${windowNames[ratio.window]})${few ? ", too few for a percentage" : ""}`}
    >
      {compact ? (
        <>
          <span className={classes.size} aria-hidden="true">{`${count(completed)}/${count(counted)}`}</span>
          <span className="visuallyHidden">{of}</span>
        </>
      ) : (
        <span className={classes.size}>{of}</span>
      )}
      {!few && (
        <span data-part="percent">
          <span className={classes.dot}> · </span>
          <span className={classes.percent}>{`${perCent}%`}</span>
        </span>
      )}
    </span>
  );
}
