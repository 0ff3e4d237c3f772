import { Button, Group } from "@mantine/core";
import { isOverMidnight } from "../../../../shared/schedule/texts/timesOfDay.ts";
import type { CalendarEntry } from "../../../../shared/schedule/types.ts";
import { noTimes, type Span, withFields } from "../model/entry.ts";
import { type EditorIssue, messageAt } from "../state/editorContext.ts";
import { DaysRow } from "../when/calendar/DaysRow.tsx";
import { MonthsRow } from "../when/calendar/MonthsRow.tsx";
import { MoreRows } from "../when/calendar/MoreRows.tsx";
import { Row } from "../when/parts/Row.tsx";
import { Segments } from "../when/parts/Segments.tsx";
import { TimeField } from "../when/times/TimeField.tsx";
import { TimesRow } from "../when/times/TimesRow.tsx";
import classes from "./ExclusionsRow.module.css";

type HoursMode = "day" | "window" | "times";
const modes: { value: HoursMode; label: string }[] = [
  { value: "day", label: "The whole day" },
  { value: "window", label: "Between" },
  { value: "times", label: "Only some times" },
];

function modeOf(entry: CalendarEntry): HoursMode {
  const { times, hour, minute, second, every, between } = entry;
  if ([times, hour, minute, second, every].some((field) => field !== undefined)) return "times";
  return between === undefined ? "day" : "window";
}

/** The days, and where wanted the hours, that a rule excludes again and again. */
export function RuleEditor(props: {
  issues: readonly EditorIssue[];
  entry: CalendarEntry;
  /** Several rules where one cannot say a choice of days. */
  onChange: (entries: readonly CalendarEntry[], key?: string) => void;
  onClose: () => void;
}) {
  const { entry, issues } = props;
  const change = (next: CalendarEntry, key?: string) => props.onChange([next], key);
  const mode = modeOf(entry);
  const [from, to]: Span = entry.between ?? ["00:00", "06:00"];
  const inMode: Record<HoursMode, Partial<CalendarEntry>> = {
    day: noTimes,
    window: { ...noTimes, between: [from, to] },
    times: { ...noTimes, times: ["12:00"] },
  };
  return (
    <div className={classes.rule} role="group" aria-label="Excluded by rule">
      <MonthsRow entry={entry} onChange={change} error={messageAt(issues, "month")} />
      <DaysRow
        entry={entry}
        onChange={props.onChange}
        errors={{
          dayOfMonth: messageAt(issues, "dayOfMonth"),
          dayOfWeek: messageAt(issues, "dayOfWeek"),
          weekOfMonth: messageAt(issues, "weekOfMonth"),
        }}
      />
      <Row label="hours" error={mode === "times" ? undefined : messageAt(issues, "between", "")}>
        <Group gap="sm">
          <Segments
            label="Which hours are excluded"
            data={modes}
            value={mode}
            onChange={(value) => value !== mode && change(withFields(entry, inMode[value]))}
          />
          {mode === "window" && (
            <Group gap={6}>
              <TimeField
                label="Excluded from"
                value={from}
                onChange={(time, key) => change(withFields(entry, { between: [time, to] }), key)}
              />
              <span className="dim">to</span>
              <TimeField
                label="Excluded to"
                value={to}
                onChange={(time, key) => change(withFields(entry, { between: [from, time] }), key)}
              />
              {isOverMidnight([from, to]) && (
                <span className="dim">
                  each day until {to}, and from {from}
                </span>
              )}
            </Group>
          )}
        </Group>
      </Row>
      {mode === "times" && (
        <TimesRow
          entry={entry}
          onChange={change}
          errors={{
            times: messageAt(issues, "times", ""),
            every: messageAt(issues, "every"),
            between: messageAt(issues, "between"),
            clock: messageAt(issues, "hour", "minute", "second"),
          }}
        />
      )}
      <MoreRows
        entry={entry}
        onChange={change}
        errors={{
          year: messageAt(issues, "year"),
          period: messageAt(issues, "everyWeeks", "everyMonths", "from"),
          holidays: messageAt(issues, "holidays", "onHoliday"),
        }}
      />
      <Group justify="flex-end">
        <Button variant="default" onClick={props.onClose}>
          Done
        </Button>
      </Group>
    </div>
  );
}
