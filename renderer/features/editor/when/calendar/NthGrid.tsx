import { useFirstDayOfWeek } from "../../../../format/week.ts";
import type { NthWeekday } from "../../model/entry.ts";
import { weekdayName, weekdaysFrom, weekNames } from "../parts/names.ts";
import { ToggleGrid } from "../parts/ToggleGrid.tsx";
import classes from "./NthGrid.module.css";

const itemsOf = (firstDay: number) =>
  weekNames.flatMap(([week, name]) =>
    weekdaysFrom(firstDay).map((day) => ({
      value: `${week}:${day}`,
      label: weekdayName(day, "short").slice(0, 2),
      name: `${name} ${weekdayName(day)}`,
    })),
  );

/** "Second Tuesday": weeks of the month down, weekdays across. */
export function NthGrid(props: {
  cells: readonly NthWeekday[];
  onToggle: (cell: NthWeekday) => void;
  invalid: boolean;
}) {
  const items = itemsOf(useFirstDayOfWeek());
  const on = new Set(props.cells.map((cell) => `${cell.week}:${cell.day}`));
  return (
    <div className={classes.wrap}>
      <div className={classes.weeks} aria-hidden="true">
        {weekNames.map(([week, name]) => (
          <span key={week}>{name}</span>
        ))}
      </div>
      <ToggleGrid
        label="Weekdays of the month"
        items={items}
        columns={7}
        cell={34}
        isOn={(value) => on.has(value)}
        onToggle={(value) => {
          const [week, day] = value.split(":").map(Number) as [number, number];
          props.onToggle({ week, day });
        }}
        invalid={props.invalid}
      />
    </div>
  );
}
