import { useState } from "react";
import type { CalendarEntry } from "../../../../../shared/schedule/types.ts";
import { useFirstDayOfWeek } from "../../../../format/week.ts";
import {
  type DayMode,
  dayModeOf,
  nthWeekdays,
  toggleNth,
  toggleValue,
  unfinished,
  withDayMode,
  withFields,
} from "../../model/entry.ts";
import { fieldFromText, readField } from "../../model/fields.ts";
import { FieldTextInput } from "../parts/FieldTextInput.tsx";
import { weekdayName, weekdaysFrom } from "../parts/names.ts";
import { Row } from "../parts/Row.tsx";
import { Segments } from "../parts/Segments.tsx";
import { ToggleGrid } from "../parts/ToggleGrid.tsx";
import { BusinessDays } from "./BusinessDays.tsx";
import { MonthDayGrid } from "./MonthDayGrid.tsx";
import { NthGrid } from "./NthGrid.tsx";

const modes: { value: DayMode; label: string }[] = [
  { value: "every", label: "Every day" },
  { value: "weekdays", label: "Weekdays" },
  { value: "monthDays", label: "Month days" },
  { value: "nth", label: "Nth weekday" },
  { value: "business", label: "Business days" },
  { value: "both", label: "Combined" },
];

const weekdayItems = (firstDay: number) =>
  weekdaysFrom(firstDay).map((day) => ({ value: day, label: weekdayName(day, "short"), name: weekdayName(day) }));

/** Which days: by weekday, by day of the month, as "second Tuesday", or by both at once. */
export function DaysRow(props: {
  entry: CalendarEntry;
  /** Several entries where one cannot say the choice. */
  onChange: (entries: readonly CalendarEntry[]) => void;
  errors: { dayOfMonth?: string; dayOfWeek?: string; weekOfMonth?: string; businessDay?: string };
}) {
  const { entry, errors } = props;
  const mode = dayModeOf(entry);
  // What a mode begins with is a proposal: the first click on another day takes its place.
  const [proposed, setProposed] = useState<DayMode | null>(null);
  const isProposed = proposed === mode;
  const choose = (next: DayMode) => {
    const begins =
      (next === "monthDays" && entry.dayOfMonth === undefined) || (next === "nth" && entry.weekOfMonth === undefined);
    setProposed(begins ? next : null);
    props.onChange([withDayMode(entry, next)]);
  };
  const settle = (entries: readonly CalendarEntry[]) => {
    setProposed(null);
    props.onChange(entries);
  };
  const change = (next: CalendarEntry) => props.onChange([next]);
  const lacking = unfinished(entry);
  const messages =
    lacking === null
      ? [...new Set([errors.dayOfMonth, errors.dayOfWeek, errors.weekOfMonth, errors.businessDay].filter(Boolean))]
      : [];
  return (
    <Row
      label="days"
      error={messages.length > 0 ? messages.join(" ") : undefined}
      hint={lacking ?? hintOf(entry, mode)}
    >
      <Segments label="Which days" data={modes} value={mode} onChange={choose} />
      {mode === "business" && (
        <BusinessDays
          entry={entry}
          onChange={change}
          invalid={messages.length > 0 && errors.businessDay !== undefined}
        />
      )}
      {(mode === "weekdays" || mode === "both") && (
        <Weekdays entry={entry} onChange={change} error={messages.length > 0 && errors.dayOfWeek !== undefined} />
      )}
      {(mode === "monthDays" || mode === "both") && (
        <MonthDayGrid
          entry={entry}
          toggled={isProposed ? withFields(entry, { dayOfMonth: [] }) : entry}
          onChange={(next) => settle([next])}
          invalid={messages.length > 0 && errors.dayOfMonth !== undefined}
        />
      )}
      {(mode === "nth" || (mode === "both" && entry.weekOfMonth !== undefined)) && (
        <Nth
          entry={entry}
          toggled={isProposed ? withFields(entry, { dayOfWeek: [], weekOfMonth: [] }) : entry}
          onChange={settle}
          error={messages.length > 0 && errors.weekOfMonth !== undefined}
        />
      )}
    </Row>
  );
}

function hintOf(entry: CalendarEntry, mode: DayMode): string | undefined {
  if (mode === "business") return "Monday to Friday, less the days of the holidays below.";
  if (mode === "both") return "Both must match: Friday and the 13th is Friday the 13th.";
  if (mode === "nth" && (nthWeekdays(entry)?.some((cell) => cell.week === 5) ?? false)) {
    return "Months that have no fifth one are left out.";
  }
  return undefined;
}

function Weekdays(props: { entry: CalendarEntry; onChange: (entry: CalendarEntry) => void; error: boolean }) {
  const { entry, onChange } = props;
  const firstDay = useFirstDayOfWeek();
  const selection = readField("dayOfWeek", entry.dayOfWeek);
  if (selection === null) {
    return (
      <FieldTextInput
        name="dayOfWeek"
        label="Weekdays as text"
        value={entry.dayOfWeek}
        onChange={(text) => onChange(withFields(entry, { dayOfWeek: fieldFromText(text) ?? [] }))}
      />
    );
  }
  return (
    <ToggleGrid
      label="Weekdays"
      items={weekdayItems(firstDay)}
      isOn={(day) => selection.numbers.includes(day)}
      onToggle={(day) => {
        const next = toggleValue(entry, "dayOfWeek", day);
        // All seven are every day; the field stays, so that the toggles do.
        onChange(next.dayOfWeek === undefined ? withFields(next, { dayOfWeek: "*" }) : next);
      }}
      invalid={props.error}
    />
  );
}

function Nth(props: {
  entry: CalendarEntry;
  /** What a click adds to or takes from. */
  toggled: CalendarEntry;
  onChange: (entries: readonly CalendarEntry[]) => void;
  error: boolean;
}) {
  const cells = nthWeekdays(props.entry);
  if (cells === null) {
    return (
      <FieldTextInput
        name="weekOfMonth"
        label="Weeks of the month as text"
        value={props.entry.weekOfMonth}
        onChange={(text) => props.onChange([withFields(props.entry, { weekOfMonth: fieldFromText(text) ?? [] })])}
      />
    );
  }
  return (
    <NthGrid cells={cells} onToggle={(cell) => props.onChange(toggleNth(props.toggled, cell))} invalid={props.error} />
  );
}
