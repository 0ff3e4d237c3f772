import { IconCircleCheckFilled, IconPlayerPauseFilled, IconTrash } from "@tabler/icons-react";
import { type ReactNode, useCallback } from "react";
import type { ListedSchedule } from "../../../../shared/api/schedules.ts";
import type { Health } from "../../../../shared/domain/health.ts";
import { LONG_WAIT_MS, waitingText } from "../../../../shared/domain/waiting.ts";
import { OutcomeIcon } from "../../../components/outcomes/OutcomeIcon.tsx";
import { plural } from "../../../format/numbers.ts";
import { useTicking } from "../../../format/ticker.ts";
import { briefDurationText, clockTime, durationText, type TimeFormat } from "../../../format/time.ts";
import { useTimeFormat } from "../../../format/useTimeFormat.ts";
import { actorText } from "../../schedule/actorText.ts";
import classes from "../Schedules.module.css";

const size = 14;

const healthWords: Record<Health, string> = {
  unknown: "No finished run yet",
  healthy: "Healthy",
  flaky: "Flaky: one of the last ten runs failed",
  failing: "Failing",
};

/** How it has fared, in words. Its own runs tell that; the ratio beside it counts those of backfills, too. */
export const healthText = ({ health, ratio }: Pick<ListedSchedule, "health" | "ratio">): string =>
  health === "unknown" && ratio.counted > 0 ? "Only backfilled: no run of its own has ended yet" : healthWords[health];

const healthMarks: Record<Health, ReactNode> = {
  unknown: <span className={classes.dot} data-health="unknown" />,
  healthy: <span className={classes.dot} data-health="healthy" />,
  flaky: <span className={classes.dot} data-health="flaky" />,
  failing: <OutcomeIcon outcome="failed" />,
};

/** What a schedule is in for a long time: its lifecycle where it does not simply go on, else its health. No run changes it by running. */
export function scheduleState(row: Pick<ListedSchedule, "status" | "pausedBy" | "note" | "health" | "ratio">): {
  mark: ReactNode;
  text: string;
} {
  if (row.status === "deleted") return { mark: <IconTrash size={size} />, text: "Deleted" };
  if (row.status === "paused" && row.pausedBy === "failures") {
    return { mark: <OutcomeIcon outcome="failed" />, text: row.note ?? "Paused after failing" };
  }
  if (row.status === "paused") {
    const by = row.pausedBy === null ? "" : ` by ${actorText(row.pausedBy)}`;
    return { mark: <IconPlayerPauseFilled size={size} />, text: `Paused${by}${row.note ? `: ${row.note}` : ""}` };
  }
  if (row.status === "ended") return { mark: <IconCircleCheckFilled size={size} />, text: "Ended" };
  return { mark: healthMarks[row.health], text: healthText(row) };
}

/** Why a schedule needs attention, in few words; null where it does not, or for missed runs alone, which are a link. `rest` ends the text where there is room, `brief` stands for all of it where there is little. */
function attentionText(
  row: ListedSchedule,
  waitsLong: boolean,
): { text: string; rest?: string; brief?: string; tone: "failed" | "missed" } | null {
  if (row.status === "deleted") return null;
  if (row.status === "paused" && row.pausedBy === "engine") return { text: "Cannot fire", tone: "failed" };
  const failed = row.status === "active" || (row.status === "paused" && row.pausedBy === "failures");
  if (failed && row.consecutiveFailures > 0) {
    const times = row.consecutiveFailures;
    if (times === 1) return { text: "Last run failed", brief: "1 failure", tone: "failed" };
    return { text: plural(times, "failure"), rest: "in a row", tone: "failed" };
  }
  if (row.status === "active" && row.follows.some(({ gone }) => gone))
    return { text: "Follows nothing", tone: "failed" };
  if (waitsLong) {
    return { text: "Long wait", rest: "in the queue", tone: "missed" };
  }
  return null;
}

/** Why a schedule needs attention, by the clock of the page, which stands still while the engine is away. */
export function Attention({ row }: { row: ListedSchedule }) {
  // Hardly a row waits, and each that listens to the clock takes its time while a list is scrolled.
  if (row.queuedSince === null) return <AttentionMark row={row} waitsLong={false} />;
  return <QueuedAttention row={row} since={Date.parse(row.queuedSince)} />;
}

function QueuedAttention({ row, since }: { row: ListedSchedule; since: number }) {
  const waitsLong = useTicking(useCallback((now: number) => now - since > LONG_WAIT_MS, [since]));
  return <AttentionMark row={row} waitsLong={waitsLong} />;
}

function AttentionMark({ row, waitsLong }: { row: ListedSchedule; waitsLong: boolean }) {
  const attention = attentionText(row, waitsLong);
  if (attention === null) return null;
  return (
    <span
      className={classes.attention}
      data-tone={attention.tone}
      data-tip={`${attention.text} ${attention.rest ?? ""}`.trim()}
    >
      {attention.brief === undefined ? (
        attention.text
      ) : (
        <>
          <span className={classes.roomy}>{attention.text}</span>
          <span className={classes.tight}>{attention.brief}</span>
        </>
      )}
      {attention.rest !== undefined && <span className={classes.long}> {attention.rest}</span>}
    </span>
  );
}

/** A schedule's mark, with its words on hover and for screen readers. */
export function ScheduleState({ row }: { row: ListedSchedule }) {
  const { mark, text } = scheduleState(row);
  return (
    <span className={classes.state} data-tip={text}>
      {mark}
      <span className="visuallyHidden">{text}</span>
    </span>
  );
}

/** A run that is over sooner is not told of: it would only flicker. */
const toldFromMs = 2000;

type Busy = Pick<ListedSchedule, "runningSince" | "queuedSince" | "runningRunIds" | "waitingFor">;

const queuedText = (row: Busy, time: string, format: TimeFormat): string =>
  row.waitingFor === null
    ? `Waits for room for ${time}`
    : `${waitingText(row.waitingFor, (iso) => clockTime(Date.parse(iso), format))}\nFor ${time}`;

interface ActivityProps {
  row: Busy;
  /** Stands for a run too short to be told of. */
  fallback?: string;
  /** Where there is room for one unit alone. */
  brief?: boolean;
}

/** What a schedule does this moment: running with its time so far, or queued. Its place is kept where there is nothing to tell. */
export function Activity(props: ActivityProps) {
  const since = props.row.runningSince ?? props.row.queuedSince;
  if (since === null) return <Idle fallback={props.fallback} />;
  return <BusySince {...props} since={Date.parse(since)} />;
}

const Idle = ({ fallback }: { fallback: string | undefined }) =>
  fallback === undefined ? null : <span className="dim">{fallback}</span>;

function BusySince({ row, fallback, brief = false, since }: ActivityProps & { since: number }) {
  const format = useTimeFormat();
  const seconds = useTicking(useCallback((now: number) => Math.floor((now - since) / 1000), [since]));
  if (seconds * 1000 < toldFromMs) return <Idle fallback={fallback} />;
  const time = durationText(seconds * 1000);
  const count = row.runningRunIds.length;
  return row.runningSince === null ? (
    <span className={classes.activity} data-tip={queuedText(row, time, format)}>
      <OutcomeIcon outcome="waiting" />
      <span className="ellipsis">Queued</span>
    </span>
  ) : (
    <span className={classes.activity} data-tip={`${plural(count, "run")} running, the longest for ${time}`}>
      <OutcomeIcon outcome="running" />
      <span className="ellipsis">
        {brief ? briefDurationText(seconds * 1000) : time}
        {count > 1 && ` · ${count}`}
      </span>
    </span>
  );
}
