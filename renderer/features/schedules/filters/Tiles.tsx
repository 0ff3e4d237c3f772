import { UnstyledButton } from "@mantine/core";
import { memo, type ReactNode } from "react";
import type { ScheduleSummary } from "../../../../shared/api/schedules.ts";
import type { SchedulesSearch } from "../../../app/search.ts";
import { OutcomeIcon } from "../../../components/outcomes/OutcomeIcon.tsx";
import { count } from "../../../format/numbers.ts";
import classes from "../Schedules.module.css";

/** The numbers of a list that is not grouped; a click filters by it, a second click takes the filter off. */
export const Tiles = memo(function Tiles(props: {
  summary: ScheduleSummary | undefined;
  search: SchedulesSearch;
  onSearch: (search: Partial<SchedulesSearch>) => void;
}) {
  const { summary, search, onSearch } = props;
  const condition = (name: "running" | "failing" | "missed") => ({
    pressed: search.condition === name,
    onClick: () => onSearch({ condition: search.condition === name ? undefined : name, status: undefined }),
  });
  return (
    <fieldset className={classes.tiles}>
      <legend className="visuallyHidden">Show only</legend>
      <Tile
        icon={<OutcomeIcon outcome="running" />}
        value={summary?.running}
        label="running"
        tip="Schedules with a run that is going on"
        {...condition("running")}
      />
      <Tile
        icon={<OutcomeIcon outcome="failed" />}
        value={summary?.failing}
        label="failing"
        tip="Schedules whose last run failed"
        tone="failed"
        {...condition("failing")}
      />
      <Tile
        icon={<OutcomeIcon outcome="missed" />}
        value={summary?.missed}
        label="missed"
        tip="Schedules with missed runs that nothing has filled"
        tone="missed"
        {...condition("missed")}
      />
    </fieldset>
  );
});

function Tile(props: {
  icon: ReactNode;
  value: number | undefined;
  label: string;
  tip: string;
  tone?: "failed" | "missed";
  pressed: boolean;
  onClick: () => void;
}) {
  return (
    <UnstyledButton
      className={classes.tile}
      aria-pressed={props.pressed}
      data-tone={props.value ? props.tone : undefined}
      data-zero={props.value === 0 || undefined}
      onClick={props.onClick}
      data-tip={props.tip}
    >
      {props.icon}
      <span className={classes.tileValue}>{props.value === undefined ? "–" : count(props.value)}</span>
      <span className={classes.tileLabel}>{props.label}</span>
    </UnstyledButton>
  );
}
