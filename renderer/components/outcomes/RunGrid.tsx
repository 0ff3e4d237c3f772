import { useElementSize } from "@mantine/hooks";
import { useNavigate } from "@tanstack/react-router";
import { type KeyboardEvent, useRef, useState } from "react";
import type { RunColumn } from "../../../shared/api/runs.ts";
import type { StepRecord } from "../../../shared/domain/run.ts";
import { durationText, exactInZones } from "../../format/time.ts";
import { useTimeFormat } from "../../format/useTimeFormat.ts";
import { OutcomeIcon } from "./OutcomeIcon.tsx";
import { type Outcome, outcomeNames, outcomeOf } from "./outcomes.ts";
import classes from "./RunGrid.module.css";
import { barHeights, gridRows } from "./runColumns.ts";

const stepOutcome: Record<StepRecord["status"], Outcome> = {
  running: "running",
  completed: "completed",
  failed: "failed",
  sleeping: "waiting",
};

/** A column is at least so wide; in a wide window more of them are shown rather than wider ones. */
const leastColumn = 22;
const leastColumns = 40;

/**
 * The last runs side by side, newest at the right: each column's bar is its duration, and below stand its attempts and
 * steps. One tab stop; arrows move from run to run, Enter opens.
 */
export function RunGrid({ columns, zone, most }: { columns: readonly RunColumn[]; zone: string; most: number }) {
  const { ref: placeRef, width } = useElementSize<HTMLDivElement>();
  const places = Math.min(most, Math.max(leastColumns, Math.floor(width / leastColumn)));
  const navigate = useNavigate();
  const format = useTimeFormat();
  const box = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState<string | null>(null);
  const shown = columns.slice(-places);
  const current = shown.findIndex(({ run }) => run.runId === active);
  const focused = current === -1 ? shown.length - 1 : current;
  const { attempts, steps } = gridRows(shown);
  const heights = barHeights(shown);

  const onKeyDown = (event: KeyboardEvent) => {
    const to = { ArrowLeft: focused - 1, ArrowRight: focused + 1, Home: 0, End: shown.length - 1 }[event.key];
    const column = to === undefined ? undefined : shown[to];
    if (column === undefined) return;
    event.preventDefault();
    setActive(column.run.runId);
    box.current?.querySelector<HTMLElement>(`[data-run="${column.run.runId}"]`)?.focus();
  };

  return (
    <div
      ref={box}
      className={classes.grid}
      onKeyDown={onKeyDown}
      role="group"
      aria-label={shown.length === 1 ? "The last run" : `The last ${shown.length} runs`}
    >
      <div className={classes.names} aria-hidden="true">
        <span className={classes.barName}>Duration</span>
        {attempts.map((attempt) => (
          <span key={attempt} className="ellipsis">
            Attempt {attempt}
          </span>
        ))}
        {steps.map((name) => (
          <span key={name} className="ellipsis" data-tip={name}>
            {name}
          </span>
        ))}
      </div>
      <div className={classes.columns} ref={placeRef}>
        {Array.from({ length: places - shown.length }, (_, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: places that hold nothing
          <span key={index} className={classes.column} />
        ))}
        {shown.map(({ run, ...column }, index) => {
          const outcome = outcomeOf(run.status, run.warning);
          const took =
            run.startedAt === null || run.completedAt === null
              ? null
              : Date.parse(run.completedAt) - Date.parse(run.startedAt);
          const at = Date.parse(run.scheduledTime ?? run.createdAt);
          const label = `${outcomeNames[outcome]}${took === null ? "" : ` in ${durationText(took)}`}, ${exactInZones(at, zone, format)}`;
          return (
            <a
              key={run.runId}
              href={`/runs/${run.runId}`}
              className={classes.column}
              data-run={run.runId}
              data-tip={run.error === null ? label : `${label}\n${run.error.message.slice(0, 300)}`}
              aria-label={label}
              tabIndex={index === focused ? 0 : -1}
              onFocus={() => setActive(run.runId)}
              onClick={(event) => {
                if (event.ctrlKey || event.metaKey || event.shiftKey) return;
                event.preventDefault();
                navigate({ to: "/runs/$id", params: { id: run.runId } });
              }}
            >
              <span className={classes.bar}>
                <span className={classes.fill} data-outcome={outcome} style={{ height: heights[index] }} />
              </span>
              {attempts.map((attempt) => {
                const found = column.attempts.find((each) => each.attempt === attempt);
                return (
                  <span key={attempt} className={classes.cell}>
                    {found !== undefined && <OutcomeIcon outcome={outcomeOf(found.status)} size={12} />}
                  </span>
                );
              })}
              {steps.map((name) => {
                const found = column.steps.findLast((each) => each.name === name);
                return (
                  <span key={name} className={classes.cell}>
                    {found !== undefined && <OutcomeIcon outcome={stepOutcome[found.status]} size={12} />}
                  </span>
                );
              })}
            </a>
          );
        })}
      </div>
    </div>
  );
}
