import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { memo } from "react";
import type { ScheduleGroup } from "../../../../shared/domain/health.ts";
import { count } from "../../../format/numbers.ts";
import classes from "../Schedules.module.css";

export const groupNames: Record<ScheduleGroup, string> = {
  attention: "Needs attention",
  running: "Running and queued",
  next: "Next up",
  paused: "Paused",
  ended: "Ended",
};

/** The heading of a group of the list; a click or Enter closes and opens it. */
export const GroupHeading = memo(function GroupHeading(props: {
  group: ScheduleGroup;
  count: number;
  folded: boolean;
  index: number;
  /** Pixels from the top of the list. */
  top: number;
  active: boolean;
  onFocus: (index: number) => void;
  onFold: (group: ScheduleGroup) => void;
}) {
  const Chevron = props.folded ? IconChevronRight : IconChevronDown;
  return (
    <div
      className={classes.group}
      style={{ top: props.top }}
      role="row"
      aria-rowindex={props.index + 2}
      data-row={props.index}
      data-group={props.group}
      tabIndex={props.active ? 0 : -1}
      onFocus={() => props.onFocus(props.index)}
    >
      <span role="gridcell">
        <button
          type="button"
          className={classes.fold}
          tabIndex={-1}
          aria-expanded={!props.folded}
          onClick={() => props.onFold(props.group)}
        >
          <Chevron size={14} aria-hidden="true" />
          <strong>{groupNames[props.group]}</strong> <span className="dim">{count(props.count)}</span>
        </button>
      </span>
    </div>
  );
});
