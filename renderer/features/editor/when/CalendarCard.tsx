import { Button, Group, TextInput } from "@mantine/core";
import { useState } from "react";
import type { CalendarEntry } from "../../../../shared/schedule/types.ts";
import { toggleValue, withFields } from "../model/entry.ts";
import { fieldFromText, readField } from "../model/fields.ts";
import { type EditorIssue, messageAt } from "../state/editorContext.ts";
import { DaysRow } from "./DaysRow.tsx";
import { FieldTextInput } from "./FieldTextInput.tsx";
import { MonthsRow } from "./MonthsRow.tsx";
import { Row } from "./Row.tsx";
import { TimesRow } from "./TimesRow.tsx";
import { ToggleGrid } from "./ToggleGrid.tsx";

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
      <MoreRows entry={entry} onChange={one} error={messageAt(issues, "year")} />
    </>
  );
}

const shownYears = 8;

function MoreRows(props: {
  entry: CalendarEntry;
  onChange: (entry: CalendarEntry, key?: string) => void;
  error?: string;
}) {
  const { entry, onChange } = props;
  const [open, setOpen] = useState({ years: false, comment: false });
  const [thisYear] = useState(() => new Date().getFullYear());
  const selection = readField("year", entry.year);
  const years = Array.from({ length: shownYears }, (_, i) => thisYear + i);
  const all = [...new Set([...(selection?.numbers ?? []).slice(0, 20), ...years])].sort((a, b) => a - b);
  const showYears = open.years || entry.year !== undefined;
  const showComment = open.comment || entry.comment !== undefined;
  return (
    <>
      {showYears && (
        <Row label="years" error={props.error} hint={entry.year === undefined ? "every year" : undefined}>
          <Group gap="sm">
            <ToggleGrid
              label="Years"
              items={all.map((year) => ({ value: year, label: String(year) }))}
              isOn={(year) => selection?.numbers.includes(year) ?? false}
              onToggle={(year) => onChange(toggleValue(entry, "year", year))}
              invalid={props.error !== undefined}
            />
            <FieldTextInput
              name="year"
              label="Years as text"
              placeholder="2026-2030"
              value={entry.year}
              onChange={(text) => onChange(withFields(entry, { year: fieldFromText(text) }), "year")}
            />
          </Group>
        </Row>
      )}
      {showComment && (
        <Row label="comment">
          <TextInput
            aria-label="Comment"
            value={entry.comment ?? ""}
            placeholder="What this entry is for"
            onChange={(event) =>
              onChange(withFields(entry, { comment: event.currentTarget.value || undefined }), "comment")
            }
          />
        </Row>
      )}
      {(!showYears || !showComment) && (
        <Group gap={4} pl={68}>
          {!showYears && (
            <Button variant="subtle" size="compact-xs" onClick={() => setOpen({ ...open, years: true })}>
              Only some years
            </Button>
          )}
          {!showComment && (
            <Button variant="subtle" size="compact-xs" onClick={() => setOpen({ ...open, comment: true })}>
              Comment
            </Button>
          )}
        </Group>
      )}
    </>
  );
}
