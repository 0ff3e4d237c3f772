import { useMemo, useState } from "react";
import type { RunDetail } from "../../../shared/api/runs.ts";
import { OutcomeIcon } from "../../components/outcomes/OutcomeIcon.tsx";
import { outcomeNames } from "../../components/outcomes/outcomes.ts";
import { Timeline, type TimelineLane } from "../../components/timeline/Timeline.tsx";
import { JsonView } from "../../components/values/JsonView.tsx";
import { useNow } from "../../format/ticker.ts";
import { durationText } from "../../format/time.ts";
import { useTimeFormat } from "../../format/useTimeFormat.ts";
import classes from "./Run.module.css";
import { attemptGaps, busySpans, type TimelineBar, timelineBars, wholeSpan } from "./timeline.ts";

/** The closest look: a step may take no longer. */
const leastMs = 5;

/** A run's attempts and steps as lanes over its time; one opens to its result or error. Time in which it slept folds. */
export function RunTimeline({ run }: { run: RunDetail }) {
  const format = useTimeFormat();
  const [open, setOpen] = useState<string | null>(null);
  const bars = useMemo(() => timelineBars(run), [run]);
  const goesOn = bars.some(({ to }) => to === null);
  const ticking = useNow();
  const now = goesOn ? ticking : 0;
  const { from, to } = bars.length === 0 ? { from: 0, to: 1 } : wholeSpan(bars, now);
  const span = useMemo(() => ({ from, to }), [from, to]);
  const limits = useMemo(() => ({ leastMs, mostMs: to - from, within: { from, to } }), [from, to]);
  const busy = useMemo(() => busySpans(bars, now), [bars, now]);
  const lanes = useMemo(() => {
    const gaps = attemptGaps(bars);
    return bars.map((bar): TimelineLane => {
      const { key, label, outcome } = bar;
      const detail = detailOf(run, bar);
      const isOpen = open === key && detail !== undefined;
      const gap = gaps.get(key);
      const wait = gap === undefined ? null : `retried after ${durationText(gap.to - gap.from)}`;
      const notes = [bar.note, wait].filter((text) => text !== null);
      const end = bar.to ?? now;
      const content = (
        <>
          <OutcomeIcon outcome={outcome} label={outcomeNames[outcome]} />
          <span className="ellipsis">{label}</span>
          {notes.length > 0 && (
            <span className={`dim ellipsis ${classes.barNote}`} data-tip={notes.join("\n")}>
              {notes.join(", ")}
            </span>
          )}
        </>
      );
      return {
        key,
        name: label,
        label:
          detail === undefined ? (
            <span className={classes.barLabel} data-step={key.startsWith("step:") || undefined}>
              {content}
            </span>
          ) : (
            <button
              type="button"
              className={classes.barLabel}
              data-step={key.startsWith("step:") || undefined}
              onClick={() => setOpen(isOpen ? null : key)}
              aria-expanded={isOpen}
            >
              {content}
            </button>
          ),
        items: [
          { key, source: key, at: bar.from, to: Math.max(bar.from, end), outcome, count: 1, stretchMs: 0, label },
        ],
        ...(gap === undefined || wait === null ? {} : { gaps: [{ ...gap, text: wait }] }),
        note: durationText(end - bar.from),
        ...(isOpen
          ? {
              detail: (
                <div className={classes.stepDetail}>
                  <JsonView value={detail.value} label={`${detail.kind} of ${label}`} maxHeight={220} />
                </div>
              ),
            }
          : {}),
      };
    });
  }, [bars, run, open, now]);
  if (bars.length === 0) return null;
  return (
    <Timeline
      label="Attempts and steps"
      lanes={lanes}
      span={span}
      limits={limits}
      busy={busy}
      format={format}
      now={now}
      laneHeight={30}
      wideNames
      corner={
        <span className="ellipsis">
          {durationText((goesOn ? now : Math.max(...bars.map((bar) => bar.to ?? 0))) - from)}
        </span>
      }
    />
  );
}

function detailOf(run: RunDetail, { key }: TimelineBar): { kind: "Error" | "Result"; value: unknown } | undefined {
  const step = run.steps.find((candidate) => `step:${candidate.key}` === key);
  const attempt = run.attempts.find((candidate) => `attempt:${candidate.attempt}` === key);
  if (attempt !== undefined) return { kind: "Error", value: attempt.error };
  if (step?.error != null) return { kind: "Error", value: step.error };
  return step?.result === undefined ? undefined : { kind: "Result", value: step.result };
}
