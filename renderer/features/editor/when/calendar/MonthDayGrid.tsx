import { Button, Menu, Pill, Stack } from "@mantine/core";
import { IconChevronDown } from "@tabler/icons-react";
import type { CalendarEntry } from "../../../../../shared/schedule/types.ts";
import { toggleValue, withFields } from "../../model/entry.ts";
import { fieldFromText, readField } from "../../model/fields.ts";
import { FieldTextInput } from "../parts/FieldTextInput.tsx";
import { ordinal } from "../parts/names.ts";
import { ToggleGrid } from "../parts/ToggleGrid.tsx";
import classes from "./MonthDayGrid.module.css";

const days = Array.from({ length: 31 }, (_, i) => ({
  value: i + 1,
  label: String(i + 1),
  name: `${ordinal(i + 1)} of the month`,
}));
const ends = [
  { value: "L", label: "Last day" },
  { value: "-2", label: "Last but one" },
  { value: "LW", label: "Last weekday", name: "Last weekday (Monday to Friday) of the month" },
];

/** What a day that is no plain number is called. */
export function specialDayName(special: string): string {
  if (special === "L") return "last day";
  if (special === "LW") return "last weekday";
  if (special === "-2") return "last but one";
  if (special.startsWith("-")) return `${ordinal(Number(special.slice(1)))} from the end`;
  return `weekday nearest the ${ordinal(Number(special.slice(0, -1)))}`;
}

/** Days of the month as a grid, with the last days and the weekday nearest a date. */
export function MonthDayGrid(props: {
  entry: CalendarEntry;
  /** What a click adds to or takes from. */
  toggled: CalendarEntry;
  onChange: (entry: CalendarEntry) => void;
  invalid: boolean;
}) {
  const { entry, onChange } = props;
  const selection = readField("dayOfMonth", entry.dayOfMonth);
  if (selection === null) {
    return (
      <FieldTextInput
        name="dayOfMonth"
        label="Days of the month as text"
        value={entry.dayOfMonth}
        onChange={(text) => onChange(withFields(entry, { dayOfMonth: fieldFromText(text) ?? [] }))}
      />
    );
  }
  const toggle = (part: number | string) => {
    const next = toggleValue(props.toggled, "dayOfMonth", part);
    // All 31 are every day; the field stays, so that the grid does.
    onChange(next.dayOfMonth === undefined ? withFields(next, { dayOfMonth: "*" }) : next);
  };
  const others = selection.special.filter((part) => !ends.some((end) => end.value === part));
  return (
    <div className={classes.wrap}>
      <ToggleGrid
        label="Days of the month"
        items={days}
        columns={7}
        cell={30}
        isOn={(day) => selection.numbers.includes(day)}
        onToggle={toggle}
        invalid={props.invalid}
      />
      <div className={classes.side}>
        <ToggleGrid
          label="Days from the end of the month"
          items={ends}
          columns={1}
          isOn={(part) => selection.special.includes(part)}
          onToggle={toggle}
          invalid={props.invalid}
        />
        <Stack gap={4} align="start">
          <NearestMenu label="Nearest weekday to…" taken={selection.special} suffix="W" onPick={toggle} />
          <NearestMenu label="From the end…" taken={selection.special} suffix="-" onPick={toggle} />
        </Stack>
        {others.length > 0 && (
          <Pill.Group>
            {others.map((part) => (
              <Pill
                key={part}
                withRemoveButton
                onRemove={() => toggle(part)}
                removeButtonProps={{
                  "aria-label": `Remove ${specialDayName(part)}`,
                  "aria-hidden": false,
                  tabIndex: 0,
                }}
              >
                {specialDayName(part)}
              </Pill>
            ))}
          </Pill.Group>
        )}
      </div>
    </div>
  );
}

function NearestMenu(props: {
  label: string;
  taken: readonly string[];
  suffix: "W" | "-";
  onPick: (special: string) => void;
}) {
  const special = (day: number) => (props.suffix === "W" ? `${day}W` : `-${day}`);
  return (
    <Menu position="bottom-start">
      <Menu.Target>
        <Button variant="default" size="compact-xs" rightSection={<IconChevronDown size={12} aria-hidden="true" />}>
          {props.label}
        </Button>
      </Menu.Target>
      <Menu.Dropdown className={classes.menu}>
        {days
          .filter(({ value }) => props.suffix === "W" || value > 2)
          .filter(({ value }) => !props.taken.includes(special(value)))
          .map(({ value }) => (
            <Menu.Item key={value} onClick={() => props.onPick(special(value))}>
              {props.suffix === "W" ? `the ${ordinal(value)}` : `${ordinal(value)} last day`}
            </Menu.Item>
          ))}
      </Menu.Dropdown>
    </Menu>
  );
}
