import { Fragment, useState } from "react";
import type { RunDetail } from "../../../shared/api/runs.ts";
import { OutcomeIcon } from "../../components/outcomes/OutcomeIcon.tsx";
import { outcomeColor, outcomeNames } from "../../components/outcomes/outcomes.ts";
import { JsonView } from "../../components/values/JsonView.tsx";
import { useNow } from "../../format/ticker.ts";
import { clockTime, durationText } from "../../format/time.ts";
import { useTimeFormat } from "../../format/useTimeFormat.ts";
import classes from "./Run.module.css";
import { placeBars, timelineBars } from "./timeline.ts";

/** A run's attempts and steps as bars over its time; a step opens to its result or error. */
export function RunTimeline({ run }: { run: RunDetail }) {
  const format = useTimeFormat();
  const now = useNow();
  const [open, setOpen] = useState<string | null>(null);
  const bars = timelineBars(run);
  if (bars.length === 0) return null;
  const { from, to, places } = placeBars(bars, now);
  return (
    <div className={classes.timeline}>
      {bars.map((bar, index) => {
        const place = places[index] ?? { start: 0, width: 1 };
        const step = run.steps.find((candidate) => `step:${candidate.key}` === bar.key);
        const attempt = run.attempts.find((candidate) => `attempt:${candidate.attempt}` === bar.key);
        const detail = attempt === undefined ? (step?.error ?? step?.result) : attempt.error;
        const opens = detail !== undefined && (attempt !== undefined || step !== undefined);
        const length = (bar.to ?? now) - bar.from;
        const label = (
          <>
            <OutcomeIcon outcome={bar.outcome} label={outcomeNames[bar.outcome]} />
            <span className="ellipsis">{bar.label}</span>
            {bar.note !== null && <span className="dim">{bar.note}</span>}
          </>
        );
        return (
          <Fragment key={bar.key}>
            <div className={classes.bar} data-step={step !== undefined || undefined}>
              {opens ? (
                <button
                  type="button"
                  className={classes.barLabel}
                  onClick={() => setOpen(open === bar.key ? null : bar.key)}
                  aria-expanded={open === bar.key}
                >
                  {label}
                </button>
              ) : (
                <span className={classes.barLabel}>{label}</span>
              )}
              <span
                className={classes.track}
                data-tip={`${bar.label}: ${clockTime(bar.from, format)}, ${durationText(length)}`}
              >
                <span
                  className={classes.fill}
                  data-outcome={bar.outcome}
                  style={{
                    left: `${place.start * 100}%`,
                    width: `${place.width * 100}%`,
                    background: outcomeColor(bar.outcome),
                  }}
                />
              </span>
              <span className={classes.barTime}>{durationText(length)}</span>
            </div>
            {open === bar.key && opens && (
              <div className={classes.stepDetail}>
                <JsonView
                  value={detail}
                  label={`${attempt !== undefined || step?.error != null ? "Error" : "Result"} of ${bar.label}`}
                  maxHeight={220}
                />
              </div>
            )}
          </Fragment>
        );
      })}
      <div className={classes.axis} aria-hidden="true">
        <span>{clockTime(from - (from % 1000), format)}</span>
        <span>{clockTime(to - (to % 1000), format)}</span>
      </div>
    </div>
  );
}
