import { Button, Group, MultiSelect } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { CalendarEntry } from "../../../../../shared/schedule/types.ts";
import { DateField } from "../../../../components/form/DateFields.tsx";
import { NumberField } from "../../../../components/form/NumberField.tsx";
import { withFields } from "../../model/entry.ts";
import { useEditorContext } from "../../state/editorContext.ts";
import { Row } from "../parts/Row.tsx";
import { Segments } from "../parts/Segments.tsx";

type Unit = "everyWeeks" | "everyMonths";

const units: { value: Unit; label: string }[] = [
  { value: "everyWeeks", label: "Weeks" },
  { value: "everyMonths", label: "Months" },
];

/** Today in the reader's own calendar: a day to count from. */
const today = (): string => new Date().toLocaleDateString("sv-SE");

/** An entry that takes each so many weeks or months. */
export const withPeriod = (entry: CalendarEntry): CalendarEntry => withFields(entry, { everyWeeks: 2, from: today() });

/** Each so many weeks or months, counted from a day. */
export function PeriodRow(props: {
  entry: CalendarEntry;
  onChange: (entry: CalendarEntry, key?: string) => void;
  error?: string;
}) {
  const { entry, onChange } = props;
  const unit: Unit = entry.everyMonths === undefined ? "everyWeeks" : "everyMonths";
  const count = entry[unit] ?? 1;
  const write = (next: Unit, value: number, key?: string) =>
    onChange(withFields(entry, { everyWeeks: undefined, everyMonths: undefined, [next]: value }), key);
  return (
    <Row
      label="every"
      error={props.error}
      hint="Weeks begin on Monday. Nothing fires before the day it is counted from."
    >
      <Group gap={8} align="center">
        <NumberField
          aria-label="How many"
          value={count}
          min={1}
          max={unit === "everyWeeks" ? 520 : 1200}
          w={80}
          onChange={(value) => value !== null && write(unit, value, "period")}
        />
        <Segments label="Weeks or months" data={units} value={unit} onChange={(next) => write(next, count)} />
        <DateField
          aria-label="Counted from"
          placeholder="Counted from"
          value={entry.from ?? null}
          w={160}
          onChange={(from) => from !== null && onChange(withFields(entry, { from }), "from")}
        />
        <Button
          variant="subtle"
          size="compact-xs"
          onClick={() =>
            onChange(withFields(entry, { everyWeeks: undefined, everyMonths: undefined, from: undefined }))
          }
        >
          Remove
        </Button>
      </Group>
    </Row>
  );
}

const moves: { value: "skip" | "before" | "after"; label: string }[] = [
  { value: "skip", label: "Leave out" },
  { value: "before", label: "Business day before" },
  { value: "after", label: "Business day after" },
];

/** Which exclusion calendars are holidays, and what becomes of a date that is one. */
export function HolidaysRow(props: { entry: CalendarEntry; onChange: (entry: CalendarEntry) => void; error?: string }) {
  const { entry, onChange } = props;
  const { calendars } = useEditorContext();
  const chosen = entry.holidays === undefined ? [] : [entry.holidays].flat();
  const [names] = useState(() => [...new Set([...calendars.keys(), ...chosen])]);
  return (
    <Row
      label="holidays"
      error={props.error}
      hint={
        names.length === 0 ? (
          <>
            There are no exclusion calendars yet.{" "}
            <Link to="/calendars" className="link">
              Make one, or import one
            </Link>
            ; what is written here is kept.
          </>
        ) : undefined
      }
    >
      <MultiSelect
        aria-label="Calendars of holidays"
        data={names}
        value={chosen}
        placeholder={chosen.length === 0 ? "No calendar" : undefined}
        onChange={(list) =>
          onChange(
            withFields(entry, {
              holidays: list.length === 0 ? undefined : list,
              ...(list.length === 0 ? { onHoliday: undefined } : {}),
            }),
          )
        }
        w={320}
      />
      {entry.businessDay === undefined && chosen.length > 0 && (
        <Segments
          label="A date that is a holiday"
          data={moves}
          value={entry.onHoliday ?? "skip"}
          onChange={(onHoliday) => onChange(withFields(entry, { onHoliday }))}
        />
      )}
    </Row>
  );
}
