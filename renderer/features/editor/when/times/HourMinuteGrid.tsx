import { Button, Group } from "@mantine/core";
import type { CalendarEntry } from "../../../../../shared/schedule/types.ts";
import { toggleValue, withFields } from "../../model/entry.ts";
import { type FieldName, fieldFromText, readField } from "../../model/fields.ts";
import { FieldTextInput } from "../parts/FieldTextInput.tsx";
import { ToggleGrid } from "../parts/ToggleGrid.tsx";
import classes from "./HourMinuteGrid.module.css";

const range = (count: number) => Array.from({ length: count }, (_, i) => i);
const two = (n: number) => String(n).padStart(2, "0");
const items = (count: number, unit: string) =>
  range(count).map((value) => ({ value, label: two(value), name: `${unit} ${two(value)}` }));

type ClockField = Extract<FieldName, "hour" | "minute" | "second">;
const fields: readonly { name: ClockField; label: string; count: number; columns: number; steps: readonly number[] }[] =
  [
    { name: "hour", label: "Hours", count: 24, columns: 12, steps: [1, 2, 3, 6] },
    { name: "minute", label: "Minutes", count: 60, columns: 15, steps: [1, 5, 15, 30] },
    { name: "second", label: "Seconds", count: 60, columns: 15, steps: [] },
  ];

/** Hours and minutes that are crossed with each other: every minute of every hour that is on. */
export function HourMinuteGrid(props: {
  entry: CalendarEntry;
  onChange: (entry: CalendarEntry, key?: string) => void;
}) {
  const { entry, onChange } = props;
  const set = (name: ClockField, text: string) =>
    onChange(withFields(entry, { [name]: fieldFromText(text) ?? [] }), `field:${name}`);
  return (
    <div className={classes.fields}>
      {fields.map(({ name, label, count, columns, steps }) => {
        if (name === "second" && entry.second === undefined) {
          return (
            <Button
              key={name}
              variant="subtle"
              size="compact-xs"
              onClick={() => onChange(withFields(entry, { second: 0 }))}
              style={{ alignSelf: "start" }}
            >
              Choose seconds too
            </Button>
          );
        }
        const selection = readField(name, entry[name] ?? 0);
        return (
          <div key={name} className={classes.field}>
            <Group gap={6}>
              <span className={classes.label}>{label}</span>
              <FieldTextInput
                name={name}
                label={`${label} as text`}
                value={entry[name] ?? 0}
                onChange={(text) => set(name, text)}
              />
              {steps.map((step) => (
                <Button
                  key={step}
                  variant="default"
                  size="compact-xs"
                  onClick={() => set(name, step === 1 ? "*" : `*/${step}`)}
                >
                  {step === 1 ? `every ${name}` : `every ${step}`}
                </Button>
              ))}
            </Group>
            {selection !== null && (
              <ToggleGrid
                label={label}
                items={items(count, name)}
                columns={columns}
                cell={27}
                isOn={(value) => selection.numbers.includes(value)}
                onToggle={(value) => onChange(toggleValue({ ...entry, [name]: entry[name] ?? 0 }, name, value))}
              />
            )}
          </div>
        );
      })}
    </div>
  );
}
