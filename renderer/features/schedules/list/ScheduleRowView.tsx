import { IconDots, IconPlayerPlay, IconRotateClockwise } from "@tabler/icons-react";
import { memo } from "react";
import type { ListedSchedule } from "../../../../shared/api/schedules.ts";
import { RatioText } from "../../../components/outcomes/RatioText.tsx";
import { NextTime } from "../../../components/values/NextTime.tsx";
import { TimeText } from "../../../components/values/TimeText.tsx";
import { plural } from "../../../format/numbers.ts";
import { useTimeFormat } from "../../../format/useTimeFormat.ts";
import type { useScheduleActions } from "../actions.ts";
import classes from "../Schedules.module.css";
import { Activity, Attention, ScheduleState } from "../words/ScheduleState.tsx";
import { specWords } from "../words/specWords.ts";
import { ListedStrip } from "./ListedStrip.tsx";

/** More tags than these are never beside a name, however short they are. */
const tagsDrawn = 6;

// Made once: what is the same in each row is not looked at again when the row is another's.
const resumeIcon = <IconRotateClockwise size={14} aria-hidden="true" />;
const runIcon = <IconPlayerPlay size={14} aria-hidden="true" />;
const moreIcon = <IconDots size={14} aria-hidden="true" />;

interface RowProps {
  index: number;
  /** Pixels from the top of the list. */
  top: number;
  /** Undefined while it is being read. */
  row: ListedSchedule | undefined;
  active: boolean;
  selected: boolean;
  onFocus: (index: number) => void;
  onToggle: (row: ListedSchedule) => void;
  /** Shown in the panel beside the list. */
  shown: boolean;
  onMenu: (row: ListedSchedule, near: DOMRect) => void;
  actions: ReturnType<typeof useScheduleActions>;
}

/** One schedule in the list. */
export const ScheduleRowView = memo(function ScheduleRowView(props: RowProps) {
  const { row, index, active, selected } = props;
  const { actions } = props;
  const format = useTimeFormat();
  const position = { top: props.top };
  if (row === undefined) {
    return (
      <div className={classes.row} style={position} role="row" aria-rowindex={index + 2}>
        <span className={classes.ghost} role="gridcell" />
      </div>
    );
  }
  const page = `/schedules/${row.scheduleId}`;
  const zone = row.timezone;
  const failed = row.status === "paused" && row.pausedBy === "failures";
  const tabIndex = active ? 0 : -1;
  return (
    <div
      className={classes.row}
      style={position}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={selected}
      data-row={index}
      data-quiet={(row.status !== "active" && !failed) || undefined}
      tabIndex={tabIndex}
      onFocus={() => props.onFocus(index)}
      data-shown={props.shown || undefined}
    >
      <span className={classes.check} role="gridcell">
        <input
          type="checkbox"
          className={classes.checkbox}
          aria-label={`Select ${row.name}`}
          checked={selected}
          onChange={() => props.onToggle(row)}
          tabIndex={-1}
        />
      </span>
      <span className={classes.name} role="gridcell">
        <ScheduleState row={row} />
        <a href={page} className={`quietLink ellipsis ${classes.nameLink}`} tabIndex={-1} data-tip={nameTip(row)}>
          {row.name}
        </a>
        <Attention row={row} />
        {row.holes !== null && row.holes.count > 0 && (
          <a
            href={`${page}/backfill?from=${row.holes.from}&to=${row.holes.to}`}
            className={classes.attention}
            data-tone="missed"
            tabIndex={-1}
          >
            {row.holes.count} missed
          </a>
        )}
        {row.tags.length > 0 && (
          <span className={classes.tags}>
            {row.tags.slice(0, tagsDrawn).map((tag) => (
              <a key={tag} href={`/?tag=${encodeURIComponent(tag)}`} className={classes.tag} tabIndex={-1}>
                {tag}
              </a>
            ))}
          </span>
        )}
      </span>
      <span className={`ellipsis dim ${classes.workflow}`} role="gridcell">
        {row.workflowName}
      </span>
      <span className={`ellipsis ${classes.when}`} role="gridcell" data-tip={row.specText}>
        {specWords(row.specText, zone, format.zone)}
      </span>
      <span className={classes.nextCell} role="gridcell">
        <span className="ellipsis">
          <NextRun row={row} zone={zone} />
        </span>
        <Activity row={row} brief />
      </span>
      <span className={classes.strip} role="gridcell">
        <ListedStrip scheduleId={row.scheduleId} strip={row.strip} zone={zone} />
      </span>
      <span className={classes.ratio} role="gridcell">
        <RatioText ratio={row.ratio} compact />
      </span>
      <span className={classes.actions} role="gridcell">
        {row.status === "paused" ? (
          <button
            type="button"
            className={classes.action}
            tabIndex={-1}
            aria-label={`Resume ${row.name}`}
            data-tip="Resume (p)"
            onClick={() => actions.resume(row)}
          >
            {resumeIcon}
          </button>
        ) : (
          <button
            type="button"
            className={classes.action}
            tabIndex={-1}
            aria-label={`Run ${row.name} now`}
            data-tip="Run now (r)"
            onClick={() => actions.runNow(row)}
          >
            {runIcon}
          </button>
        )}
        <button
          type="button"
          className={classes.action}
          tabIndex={tabIndex}
          aria-label={`More actions for ${row.name}`}
          aria-haspopup="menu"
          data-tip="More"
          onClick={(event) => props.onMenu(row, event.currentTarget.getBoundingClientRect())}
        >
          {moreIcon}
        </button>
      </span>
    </div>
  );
});

/** All of what may be cut off in the row, a line each. */
function nameTip(row: ListedSchedule): string {
  return [row.name, row.workflowName, row.tags.join(", ")].filter((line) => line !== "").join("\n");
}

function NextRun({ row, zone }: { row: ListedSchedule; zone: string }) {
  if (row.status === "paused" && row.pausedBy === "failures") {
    return <span className={classes.failed}>Paused: failing</span>;
  }
  if (row.status === "paused") {
    return (
      <span className="dim">
        {row.pausedUntil === null ? (
          "Paused"
        ) : (
          <>
            Paused until <TimeText at={row.pausedUntil} zone={zone} clock="named" focusable={false} />
          </>
        )}
      </span>
    );
  }
  if (row.status !== "active") return <span className="dim">{row.status === "ended" ? "Ended" : "Deleted"}</span>;
  return (
    <>
      <NextTime
        at={row.nextRunTime}
        zone={zone}
        fallback={row.onEvents ? "on event" : "when it ends"}
        // Where the words beside it name no zone, as those of an interval, there is no other clock to tell it from.
        clock={row.specText.includes(zone) ? "named" : undefined}
        focusable={false}
      />
      {row.bufferedCount > 0 && <span className="dim"> · {plural(row.bufferedCount, "waits", "wait")}</span>}
    </>
  );
}
