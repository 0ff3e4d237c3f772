import { Button } from "@mantine/core";
import { useState } from "react";
import { parseTimeOfDay, timeOfDayText } from "../../../../../shared/schedule/texts/timesOfDay.ts";
import { ToggleGrid } from "../parts/ToggleGrid.tsx";
import classes from "./HourMinuteGrid.module.css";

const two = (n: number) => String(n).padStart(2, "0");
const items = (count: number, unit: string) =>
  Array.from({ length: count }, (_, value) => ({ value, label: two(value), name: `${unit} ${two(value)}` }));
const units = [
  { name: "hour", label: "Hour", ms: 3_600_000, items: items(24, "hour") },
  { name: "minute", label: "Minute", ms: 60_000, items: items(60, "minute") },
  { name: "second", label: "Second", ms: 1000, items: items(60, "second") },
] as const;

/** One time of day, chosen by its hour and its minute; by its second, where it has one or it is asked for. */
export function ClockGrid(props: { label: string; value: string; onPick: (time: string) => void }) {
  const at = parseTimeOfDay(props.value) ?? 0;
  const [seconds, setSeconds] = useState(at % 60_000 !== 0);
  return (
    <div className={classes.clock} role="group" aria-label={props.label}>
      {units.map(({ name, label, ms, items }) => {
        if (name === "second" && !seconds) {
          return (
            <Button key={name} variant="subtle" size="compact-xs" onClick={() => setSeconds(true)}>
              Seconds
            </Button>
          );
        }
        const chosen = Math.floor(at / ms) % items.length;
        return (
          <div key={name} className={classes.unit}>
            <span className={classes.unitName}>{label}</span>
            <ToggleGrid
              label={label}
              items={items}
              columns={12}
              cell={26}
              isOn={(value) => value === chosen}
              onToggle={(value) => props.onPick(timeOfDayText(at + (value - chosen) * ms))}
            />
          </div>
        );
      })}
    </div>
  );
}
