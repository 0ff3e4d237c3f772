import { Button, Group, Select } from "@mantine/core";
import { useFirstDayOfWeek } from "../../../../format/week.ts";
import type { CronFieldName, CronSelection } from "../../model/cronText.ts";
import { fieldRanges } from "../../model/fields.ts";
import { monthName, ordinal, weekdayName, weekdaysFrom, weekNames } from "../parts/names.ts";
import { ToggleGrid } from "../parts/ToggleGrid.tsx";
import classes from "./CronCard.module.css";

const columns: Record<CronFieldName, number> = {
  second: 15,
  minute: 15,
  hour: 12,
  dayOfMonth: 7,
  month: 12,
  dayOfWeek: 7,
};
const steps: Partial<Record<CronFieldName, readonly string[]>> = {
  second: ["*/5", "*/15", "*/30"],
  minute: ["*/5", "*/10", "*/15", "*/30"],
  hour: ["*/2", "*/3", "*/6", "9-17"],
  month: ["*/3", "*/6"],
  dayOfWeek: ["1-5", "0,6"],
};

function itemsOf(name: CronFieldName, firstDay: number): { value: number; label: string; name: string }[] {
  if (name === "dayOfWeek") {
    return weekdaysFrom(firstDay).map((day) => ({
      value: day,
      label: weekdayName(day, "short"),
      name: weekdayName(day),
    }));
  }
  const [min, max] = fieldRanges[name];
  return Array.from({ length: max - min + 1 }, (_, i) => {
    const value = i + min;
    if (name === "month") return { value, label: monthName(value, "short"), name: monthName(value) };
    if (name === "dayOfMonth") return { value, label: String(value), name: `${ordinal(value)} of the month` };
    return { value, label: String(value).padStart(2, "0"), name: `${name} ${value}` };
  });
}

/** The values of one field of a cron expression as toggles. */
export function CronFieldPicker(props: {
  name: CronFieldName;
  label: string;
  text: string;
  /** Null where only the text can be edited. */
  selection: CronSelection | null;
  onPick: (selection: CronSelection) => void;
  onText: (text: string) => void;
}) {
  const { name, selection } = props;
  const firstDay = useFirstDayOfWeek();
  // From "every" on, the first click chooses that one alone.
  const from: CronSelection =
    selection === null || selection.any
      ? { numbers: [], lastDay: false, week: selection?.week ?? null, any: false }
      : selection;
  const flip = (value: number) =>
    from.numbers.includes(value)
      ? { ...from, numbers: from.numbers.filter((other) => other !== value) }
      : { ...from, numbers: from.week !== null && from.week > 0 ? [value] : [...from.numbers, value] };
  return (
    <div className={classes.picker} role="group" aria-label={`Choose the ${props.label}`}>
      <Group gap={4}>
        <Button variant={props.text === "*" ? "light" : "default"} size="compact-xs" onClick={() => props.onText("*")}>
          every {props.label}
        </Button>
        {(steps[name] ?? []).map((step) => (
          <Button
            key={step}
            variant={props.text === step ? "light" : "default"}
            size="compact-xs"
            className="mono"
            onClick={() => props.onText(step)}
          >
            {step}
          </Button>
        ))}
      </Group>
      <ToggleGrid
        label={`Values of the ${props.label} field`}
        items={itemsOf(name, firstDay)}
        columns={columns[name]}
        cell={name === "month" || name === "dayOfWeek" ? 40 : 28}
        isOn={(value) => from.numbers.includes(value)}
        onToggle={(value) => props.onPick(flip(value))}
      />
      {name === "dayOfMonth" && (
        <Group gap="sm">
          <ToggleGrid
            label="End of the month"
            items={[{ value: "L", label: "Last day" }]}
            isOn={() => from.lastDay}
            onToggle={() => props.onPick({ ...from, lastDay: !from.lastDay })}
          />
        </Group>
      )}
      {name === "dayOfWeek" && (
        <Select
          label="In which week of the month"
          data={[
            { value: "every", label: "every week" },
            ...weekNames.map(([week, word]) => ({ value: String(week), label: word })),
          ]}
          value={from.week === null ? "every" : String(from.week)}
          onChange={(week) => {
            const numbers = from.numbers.length === 0 ? [1] : from.numbers;
            if (week === "every" || week === null) props.onPick({ ...from, week: null });
            // Cron has one weekday in a counted week.
            else props.onPick({ ...from, numbers: week === "-1" ? numbers : numbers.slice(0, 1), week: Number(week) });
          }}
          allowDeselect={false}
          w={160}
        />
      )}
    </div>
  );
}
