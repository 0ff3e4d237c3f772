import type { CalendarEntry } from "../../../../../shared/schedule/types.ts";
import { type EditorIssue, messageAt } from "../../state/editorContext.ts";
import { TimesRow } from "../times/TimesRow.tsx";
import { DaysRow } from "./DaysRow.tsx";
import { MonthsRow } from "./MonthsRow.tsx";
import { MoreRows } from "./MoreRows.tsx";

/** Everything a calendar entry can say, by clicks. */
export function CalendarCard(props: {
  entry: CalendarEntry;
  issues: readonly EditorIssue[];
  /** Several entries where one cannot say a choice of days; `key` joins the steps of one gesture. */
  onChange: (entries: readonly CalendarEntry[], key?: string) => void;
}) {
  const { entry, issues, onChange } = props;
  const one = (next: CalendarEntry, key?: string) => onChange([next], key);
  return (
    <>
      <MonthsRow entry={entry} onChange={one} error={messageAt(issues, "month")} />
      <DaysRow
        entry={entry}
        onChange={onChange}
        errors={{
          dayOfMonth: messageAt(issues, "dayOfMonth"),
          dayOfWeek: messageAt(issues, "dayOfWeek"),
          weekOfMonth: messageAt(issues, "weekOfMonth"),
          businessDay: messageAt(issues, "businessDay"),
        }}
      />
      <TimesRow
        entry={entry}
        onChange={one}
        errors={{
          times: messageAt(issues, "times"),
          every: messageAt(issues, "every"),
          between: messageAt(issues, "between"),
          clock: messageAt(issues, "hour", "minute", "second"),
        }}
      />
      <MoreRows
        entry={entry}
        onChange={one}
        errors={{
          year: messageAt(issues, "year"),
          period: messageAt(issues, "everyWeeks", "everyMonths", "from"),
          holidays: messageAt(issues, "holidays", "onHoliday"),
        }}
      />
    </>
  );
}
