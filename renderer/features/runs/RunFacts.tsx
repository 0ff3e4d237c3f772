import { Link } from "@tanstack/react-router";
import { useCallback } from "react";
import type { Run } from "../../../shared/domain/run.ts";
import { Fact, Facts } from "../../components/page/Facts.tsx";
import { TimeText } from "../../components/values/TimeText.tsx";
import { useTicking } from "../../format/ticker.ts";
import { durationText } from "../../format/time.ts";
import { Waiting } from "./Waiting.tsx";

/** How each kind of start reads. */
export const triggerWords: Record<Run["trigger"], string> = {
  schedule: "on schedule",
  catchup: "caught up after a downtime",
  manual: "started by hand",
  backfill: "backfilled",
  retry: "run again",
  event: "by an event",
  hook: "by a hook",
};

/** The same in a column, where an attempt may follow. */
export const triggerNames: Record<Run["trigger"], string> = {
  schedule: "schedule",
  catchup: "caught up",
  manual: "by hand",
  backfill: "backfill",
  retry: "run again",
  event: "event",
  hook: "hook",
};

const eventWords: Record<NonNullable<Run["event"]>["kind"], string> = {
  boot: "after the machine's start",
  start: "at Almanac's start",
  wake: "after the machine woke",
  after: "after",
};

/** How long a run has taken, moving while it runs. */
export function RunDuration(props: { startedAt: string | null; completedAt: string | null }) {
  const from = props.startedAt === null ? null : Date.parse(props.startedAt);
  const to = props.completedAt === null ? null : Date.parse(props.completedAt);
  const text = useTicking(
    useCallback(
      (now: number) => {
        if (from === null) return "–";
        if (to !== null) return durationText(to - from);
        return durationText(Math.floor(Math.max(0, now - from) / 1000) * 1000);
      },
      [from, to],
    ),
  );
  return <span>{text}</span>;
}

/** The facts of a run beside each other; exact times also in the schedule's `zone`. */
export function RunFacts(props: { run: Run; zone: string | undefined }) {
  const { run, zone } = props;
  return (
    <Facts>
      <Fact label="Trigger">
        {run.event === null ? triggerWords[run.trigger] : eventWords[run.event.kind]}
        {run.event !== null && run.event.runId !== null && (
          <>
            {" "}
            <Link to="/runs/$id" params={{ id: run.event.runId }} className="link">
              another run
            </Link>
          </>
        )}
        {run.backfillId !== null && (
          <>
            {" ("}
            <Link to="/backfills/$id" params={{ id: run.backfillId }} className="link">
              its backfill
            </Link>
            {")"}
          </>
        )}
        {run.retryOf !== null && (
          <>
            {" ("}
            <Link to="/runs/$id" params={{ id: run.retryOf }} className="link">
              the run before
            </Link>
            {")"}
          </>
        )}
      </Fact>
      {run.scheduledTime !== null && (
        <Fact label="Scheduled for">
          <TimeText at={run.scheduledTime} seconds zone={zone} clock="both" />
        </Fact>
      )}
      <Fact label="Started">
        <TimeText at={run.startedAt} seconds zone={zone} fallback="not yet" />
      </Fact>
      <Fact label={run.completedAt === null && run.startedAt !== null ? "Running for" : "Duration"}>
        <RunDuration startedAt={run.startedAt} completedAt={run.completedAt} />
      </Fact>
      {run.scheduledTime !== null && run.startedAt !== null && run.trigger === "schedule" && (
        <Fact label="Late by">{durationText(Date.parse(run.startedAt) - Date.parse(run.scheduledTime))}</Fact>
      )}
      <Fact label="Attempt">
        {run.attempt} of {Math.max(run.attempt, run.maxAttempts)}
      </Fact>
      {run.waitingFor !== null && (
        <Fact label="Now">
          <Waiting waiting={run.waitingFor} />
        </Fact>
      )}
      {run.notBefore !== null && run.status === "pending" && (
        <Fact label="Goes on">
          <TimeText at={run.notBefore} zone={zone} />
        </Fact>
      )}
      <Fact label="Workflow">{run.workflowName}</Fact>
      {run.worker !== null && <Fact label="Process">{run.worker}</Fact>}
      <Fact label="Run">
        <code className="mono">{run.runId}</code>
      </Fact>
    </Facts>
  );
}
