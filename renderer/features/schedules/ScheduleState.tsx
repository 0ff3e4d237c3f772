import { IconCircleCheckFilled, IconPlayerPauseFilled, IconTrash } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { ScheduleRow } from "../../../shared/api/schedules.ts";
import { OutcomeIcon } from "../../components/outcomes/OutcomeIcon.tsx";
import { plural } from "../../format/numbers.ts";
import { actorText } from "../schedule/activityText.ts";
import classes from "./Schedules.module.css";

/** What a schedule's state is, worst first: its mark and the words for it. */
export function scheduleState(row: ScheduleRow): { mark: ReactNode; text: string } {
  const size = 14;
  if (row.runningRunIds.length > 0) {
    return { mark: <OutcomeIcon outcome="running" />, text: `${plural(row.runningRunIds.length, "run")} running` };
  }
  if (row.status === "deleted") return { mark: <IconTrash size={size} />, text: "Deleted" };
  if (row.status === "paused" && row.pausedBy === "failures") {
    return { mark: <OutcomeIcon outcome="failed" />, text: row.note ?? "Paused after failing" };
  }
  if (row.status === "paused") {
    const by = row.pausedBy === null ? "" : ` by ${actorText(row.pausedBy)}`;
    return { mark: <IconPlayerPauseFilled size={size} />, text: `Paused${by}${row.note ? `: ${row.note}` : ""}` };
  }
  if (row.consecutiveFailures > 0) {
    return {
      mark: <OutcomeIcon outcome="failed" />,
      text: `Failing: ${plural(row.consecutiveFailures, "failure")} in a row`,
    };
  }
  if (row.status === "ended") return { mark: <IconCircleCheckFilled size={size} />, text: "Ended" };
  if (row.holes !== null && row.holes.count > 0) {
    return { mark: <OutcomeIcon outcome="missed" />, text: `${plural(row.holes.count, "run")} missed` };
  }
  return { mark: <span className={classes.dot} />, text: "Active" };
}

/** A schedule's mark, with its words on hover and for screen readers. */
export function ScheduleState({ row }: { row: ScheduleRow }) {
  const { mark, text } = scheduleState(row);
  return (
    <span className={classes.state} data-tip={text}>
      {mark}
      <span className="visuallyHidden">{text}</span>
    </span>
  );
}
