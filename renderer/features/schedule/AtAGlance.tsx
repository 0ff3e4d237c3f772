import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ScheduleRow } from "../../../shared/api/schedules.ts";
import { SUCCESSES_TO_RECOVER } from "../../../shared/domain/health.ts";
import { trpc } from "../../api/client.ts";
import { OutcomeIcon } from "../../components/outcomes/OutcomeIcon.tsx";
import { OutcomeStrip } from "../../components/outcomes/OutcomeStrip.tsx";
import { RatioText } from "../../components/outcomes/RatioText.tsx";
import { Fact, Facts } from "../../components/page/Facts.tsx";
import { inert } from "../../components/values/logLines.ts";
import { NextTime } from "../../components/values/NextTime.tsx";
import { TimeText } from "../../components/values/TimeText.tsx";
import { count, plural } from "../../format/numbers.ts";
import { clocksDiffer } from "../../format/time.ts";
import { useTimeFormat } from "../../format/useTimeFormat.ts";
import { useScheduleActions } from "../schedules/actions.ts";
import { Activity, healthText } from "../schedules/words/ScheduleState.tsx";
import classes from "./Schedule.module.css";

/** What one wants to know of a schedule first. Every fact keeps its place, whatever its runs come to: nothing below moves. */
export function AtAGlance({ row }: { row: ScheduleRow }) {
  const zone = row.spec.timezone ?? "UTC";
  const format = useTimeFormat();
  const { holes } = row;
  const missed = holes !== null && holes.count > 0 && row.status !== "deleted" ? holes : null;
  return (
    <>
      <Facts>
        <Fact label="Next run">
          <span
            className={classes.nextFact}
            data-two={
              (row.nextRunTime !== null && clocksDiffer(Date.parse(row.nextRunTime), zone, format.zone)) || undefined
            }
          >
            <Next row={row} zone={zone} />
          </span>
        </Fact>
        <Fact label="Now">
          <span className={classes.nowFact}>
            <Now row={row} />
          </span>
        </Fact>
        <Fact label="Health">
          <span className={classes.healthFact}>{healthText(row).split(":")[0]}</span>
        </Fact>
        <Fact label="Success rate, last 30">
          <span className={classes.ratioFact}>
            <span className={classes.ratioText}>
              <RatioText ratio={row.ratio} />
            </span>
            <span className={classes.ratioStrip}>
              <OutcomeStrip marks={row.outcomes} zone={zone} />
            </span>
          </span>
        </Fact>
        <Fact label="Runs">
          <span className={classes.runsFact}>
            {count(row.totalRuns)} <span className="dim">({count(row.failedRuns)} failed)</span>
          </span>
        </Fact>
        <Fact label="Did not run">
          <span className={classes.missedFact}>
            {missed === null ? (
              `${count(row.missedRuns)} missed, ${count(row.skippedRuns)} skipped`
            ) : (
              <>
                <OutcomeIcon outcome="missed" />
                <Link
                  to="/schedules/$id/backfill"
                  params={{ id: row.scheduleId }}
                  search={{ from: missed.from, to: missed.to }}
                  className="link"
                >
                  Fill {plural(missed.count, "missed run")}
                </Link>
              </>
            )}
          </span>
        </Fact>
      </Facts>
      <LastError row={row} />
    </>
  );
}

function Next({ row, zone }: { row: ScheduleRow; zone: string }) {
  if (row.status === "deleted") return <span className="dim">Deleted</span>;
  if (row.status === "ended") return <span className="dim">Ended</span>;
  if (row.status === "paused") {
    if (row.pausedUntil === null) return <span className="dim">Paused</span>;
    return (
      <span className="dim">
        Paused until <TimeText at={row.pausedUntil} zone={zone} clock="both" />
      </span>
    );
  }
  return (
    <NextTime
      at={row.nextRunTime}
      zone={zone}
      clock="both"
      fallback={row.spec.on === undefined ? "when the run that is going ends" : "on event"}
    />
  );
}

function Now({ row }: { row: ScheduleRow }) {
  // Newest first, a run that is going on may stand far below those that wait for it.
  const running = row.runningRunIds[0];
  if (running === undefined)
    return row.queuedSince === null ? <span className="dim">Idle</span> : <Activity row={row} />;
  return (
    <Link to="/runs/$id" params={{ id: running }} className="quietLink">
      <Activity row={row} fallback="Running" />
    </Link>
  );
}

/** What is said of one that has begun to succeed, and is called failing until that has lasted. */
const recoveringText = (successes: number): string =>
  `Works again: ${plural(successes, "success", "successes")} since its last failure, no longer failing after ${SUCCESSES_TO_RECOVER}.`;

/** Why the last run failed, until one succeeds; its line stays where there is nothing to say. */
function LastError({ row }: { row: ScheduleRow }) {
  const actions = useScheduleActions();
  const zone = row.spec.timezone ?? "UTC";
  const stopped = row.status === "paused" && row.pausedBy === "failures";
  const all = row.outcomes.filter(({ outcome }) => ["completed", "warning", "failed"].includes(outcome));
  // As its health is, by its own runs, where it has had any.
  const live = all.filter(({ backfilled }) => !backfilled);
  const ended = live.length > 0 ? live : all;
  const lastGood = ended.findLastIndex(({ outcome }) => outcome !== "failed");
  // By its runs, not by its counter: that has begun anew where an earlier version resumed it.
  const inRow = ended.length - 1 - lastGood;
  // Of more than are kept at hand the counter knows.
  const times = inRow === 0 && live.length > 0 ? 0 : Math.max(inRow, row.consecutiveFailures);
  const last = ended.at(-1);
  const runId = last?.outcome === "failed" ? last.runId : null;
  const failing = times > 0 && row.status !== "deleted";
  const { data: run } = useQuery({
    ...trpc.runs.get.queryOptions({ runId: runId ?? "" }),
    enabled: failing && runId !== null,
    placeholderData: (before) => before,
  });
  if (!failing) {
    return (
      <div className={classes.lastError}>
        <span className="dim">
          {row.ratio.counted === 0
            ? // Its health has said so.
              ""
            : row.failedRuns === 0
              ? "No run has failed so far."
              : row.health === "failing" && lastGood >= 0
                ? recoveringText(ended.length - 1 - ended.findLastIndex(({ outcome }) => outcome === "failed"))
                : "No failure since its last success."}
        </span>
      </div>
    );
  }
  const failed = times === 1 ? "The last run failed" : `The last ${count(times)} runs failed`;
  return (
    <div className={classes.lastError} data-failing>
      <OutcomeIcon outcome="failed" />
      <span className={classes.lastErrorText}>
        {stopped && row.pausedAt !== null ? (
          <>
            Paused after {plural(times, "failed run")}
            {times > 1 && " in a row"}, <TimeText at={row.pausedAt} zone={zone} />
          </>
        ) : (
          failed
        )}
        {run?.error != null && (
          <>
            : <span className={classes.failingError}>{inert(run.error.message)}</span>
          </>
        )}
      </span>
      {runId !== null && (
        <Button
          size="compact-xs"
          variant="default"
          renderRoot={(props) => <Link to="/runs/$id" params={{ id: runId }} {...props} />}
        >
          Show the run
        </Button>
      )}
      {stopped && (
        <Button size="compact-xs" variant="default" onClick={() => actions.resume(row)}>
          Resume
        </Button>
      )}
    </div>
  );
}
