import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { ScheduleRow } from "../../../shared/api/schedules.ts";
import type { CatchupPolicy, OverlapPolicyName } from "../../../shared/domain/schedule.ts";
import { parseDuration } from "../../../shared/schedule/texts/duration.ts";
import { JsonView } from "../../components/values/JsonView.tsx";
import { plural, sizeText } from "../../format/numbers.ts";
import { durationText } from "../../format/time.ts";
import classes from "./Schedule.module.css";

/** What each overlap policy does, in plain words. */
const overlapWords: Record<OverlapPolicyName, string> = {
  skip: "Skip if still running",
  buffer_one: "Wait for the run before it, one at most",
  buffer_all: "Wait for the runs before it",
  cancel_other: "Cancel the run before it",
  terminate_other: "End the run before it at once",
  allow_all: "Run beside it",
};

/** What happens to times that passed while nothing could fire. */
const catchupWords: Record<CatchupPolicy, string> = {
  none: "Offered for backfill",
  latest: "The newest one runs",
  all: "Each one runs",
};

const inWords = (duration: string): string => durationText(parseDuration(duration));

/** A schedule's input and policies, as they are stored. */
export function Policies({ row }: { row: ScheduleRow }) {
  const facts: [string, ReactNode][] = [
    ["When it is still running", overlapWords[row.overlapPolicy]],
    [
      "After a downtime",
      `${catchupWords[row.catchup]}${row.catchup === "none" ? "" : `, up to ${inWords(row.catchupWindow)} back`}`,
    ],
    [
      "Attempts",
      row.maxAttempts === 1 ? "One" : `Up to ${row.maxAttempts}, first again after ${inWords(row.retryDelay)}`,
    ],
    ["Time limit", row.timeout === null ? "None" : inWords(row.timeout)],
    ["Memory limit", memoryWords(row)],
    ["Told as slow", row.slowAfter === null ? "Never" : `After ${inWords(row.slowAfter)}`],
    ["Must have ended", row.dueBy === null ? "Whenever" : `By ${row.dueBy}`],
    ["Pools", row.pools.length === 0 ? "None" : row.pools.join(", ")],
    [
      "Kept",
      row.keepRuns === "all" ? "Every run, as long as Settings say" : "Beyond the newest hundred, failures alone",
    ],
    ...(row.queue === null ? [] : [["Queue", row.queue] as [string, ReactNode]]),
    ["Ends after", row.maxRuns === null ? "Never" : `${plural(row.maxRuns, "run")} (${row.scheduledRuns} so far)`],
    [
      "Pauses itself",
      row.pauseOnFailure === null ? "Never" : `After ${plural(row.pauseOnFailure, "failure")} in a row`,
    ],
    [
      "When its process is lost",
      row.recoverOnWorkerLoss ? `Taken up again, ${row.maxRecoveryAttempts} times at most` : "Left as it is",
    ],
    [
      "Id",
      <code className="mono" key="id">
        {row.scheduleId}
      </code>,
    ],
  ];
  return (
    <div className={classes.policies}>
      <dl className={classes.policyList}>
        {facts.map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <div>
        <h3 className={classes.subheading}>Input</h3>
        <JsonView value={row.input ?? {}} label="Input" maxHeight={240} />
        <h3 className={classes.subheading}>When</h3>
        <JsonView value={row.spec} label="When" maxHeight={240} />
      </div>
    </div>
  );
}

function memoryWords({ memoryLimit }: Pick<ScheduleRow, "memoryLimit">): ReactNode {
  if (memoryLimit === null) {
    return (
      <>
        As all runs of{" "}
        <Link to="/workflows" className="link">
          its workflow
        </Link>
      </>
    );
  }
  return memoryLimit === "none" ? "None" : sizeText(memoryLimit);
}
