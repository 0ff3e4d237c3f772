import { Button, Group, TextInput } from "@mantine/core";
import { useState } from "react";
import type { CalendarEntry } from "../../../../../shared/schedule/types.ts";
import { toggleValue, withFields } from "../../model/entry.ts";
import { fieldFromText, readField } from "../../model/fields.ts";
import { FieldTextInput } from "../parts/FieldTextInput.tsx";
import classes from "../parts/Row.module.css";
import { Row } from "../parts/Row.tsx";
import { ToggleGrid } from "../parts/ToggleGrid.tsx";
import { HolidaysRow, PeriodRow, withPeriod } from "./PeriodRows.tsx";

/** So many years are shown from the present one on, and as many again each time that more are asked for. */
const yearsAtOnce = 8;
/** Of years that are chosen, so many are shown as toggles; the text has all. */
const maxChosen = 20;

/** What few entries need: each nth week, holidays, years, and a comment. Shown where it is said or asked for. */
export function MoreRows(props: {
  entry: CalendarEntry;
  onChange: (entry: CalendarEntry, key?: string) => void;
  errors: { year?: string; period?: string; holidays?: string };
}) {
  const { entry, onChange } = props;
  const [open, setOpen] = useState({ years: false, comment: false, holidays: false });
  const [thisYear] = useState(() => new Date().getFullYear());
  const [shown, setShown] = useState(yearsAtOnce);
  const selection = readField("year", entry.year);
  const years = Array.from({ length: shown }, (_, i) => thisYear + i);
  const all = [...new Set([...(selection?.numbers ?? []).slice(0, maxChosen), ...years])].sort((a, b) => a - b);
  const showYears = open.years || entry.year !== undefined;
  const showComment = open.comment || entry.comment !== undefined;
  const showPeriod = entry.everyWeeks !== undefined || entry.everyMonths !== undefined;
  const showHolidays = open.holidays || entry.holidays !== undefined;
  return (
    <>
      {showPeriod && <PeriodRow entry={entry} onChange={onChange} error={props.errors.period} />}
      {showHolidays && <HolidaysRow entry={entry} onChange={onChange} error={props.errors.holidays} />}
      {showYears && (
        <Row label="years" error={props.errors.year}>
          <ToggleGrid
            label="Years"
            items={all.map((year) => ({ value: year, label: String(year) }))}
            columns={yearsAtOnce}
            cell={44}
            isOn={(year) => selection?.numbers.includes(year) ?? false}
            onToggle={(year) => onChange(toggleValue(entry, "year", year))}
            invalid={props.errors.year !== undefined}
          />
          <Group gap={6} align="start">
            <FieldTextInput
              name="year"
              label="Years as text"
              placeholder="every year"
              value={entry.year}
              onChange={(text) => onChange(withFields(entry, { year: fieldFromText(text) }), "year")}
            />
            <Button variant="subtle" onClick={() => setShown(shown + yearsAtOnce)}>
              Later years
            </Button>
          </Group>
        </Row>
      )}
      {showComment && (
        <Row label="comment">
          <TextInput
            aria-label="Comment"
            data-free-text
            value={entry.comment ?? ""}
            placeholder="What this entry is for"
            onChange={(event) =>
              onChange(withFields(entry, { comment: event.currentTarget.value || undefined }), "comment")
            }
          />
        </Row>
      )}
      {!(showYears && showComment && showPeriod && showHolidays) && (
        <div className={classes.more}>
          {!showPeriod && (
            <Button variant="subtle" size="compact-xs" onClick={() => onChange(withPeriod(entry))}>
              Every nth week or month
            </Button>
          )}
          {!showHolidays && (
            <Button variant="subtle" size="compact-xs" onClick={() => setOpen({ ...open, holidays: true })}>
              Holidays
            </Button>
          )}
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
        </div>
      )}
    </>
  );
}
