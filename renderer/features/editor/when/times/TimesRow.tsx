import { useState } from "react";
import type { CalendarEntry } from "../../../../../shared/schedule/types.ts";
import { chipTimes, type TimeMode, timeModeOf, withTimeMode, withTimes } from "../../model/entry.ts";
import { Row } from "../parts/Row.tsx";
import { Segments } from "../parts/Segments.tsx";
import { HourMinuteGrid } from "./HourMinuteGrid.tsx";
import { TimeChips } from "./TimeChips.tsx";
import { TimeStrip } from "./TimeStrip.tsx";
import { TimeWindow } from "./TimeWindow.tsx";

const modes: { value: TimeMode; label: string }[] = [
  { value: "times", label: "At times" },
  { value: "every", label: "Every … between" },
  { value: "fields", label: "Hours and minutes" },
];

/** When in the day: chips on a strip, a window with a step, or hours and minutes. `key` of a change joins the steps of a drag. */
export function TimesRow(props: {
  entry: CalendarEntry;
  onChange: (entry: CalendarEntry, key?: string) => void;
  errors: { times?: string; every?: string; between?: string; clock?: string };
}) {
  const { entry, onChange, errors } = props;
  const [chosen, setChosen] = useState<TimeMode | null>(null);
  const told = timeModeOf(entry);
  // One hour and one minute are a chip, but not under the hands of somebody who is choosing hours and minutes.
  const mode = chosen === "fields" && told === "times" && entry.times === undefined ? "fields" : told;
  const noTime = entry.times?.length === 0;
  const error = (noTime ? undefined : errors.times) ?? errors.every ?? errors.between ?? errors.clock;
  return (
    <Row label="times" error={error} hint={noTime ? "Choose at least one time." : undefined}>
      <Segments
        label="How the times are chosen"
        data={modes}
        value={mode}
        onChange={(value) => {
          setChosen(value);
          onChange(withTimeMode(entry, value));
        }}
      />
      {mode === "times" && <Times entry={entry} onChange={onChange} />}
      {mode === "every" && <TimeWindow entry={entry} onChange={onChange} />}
      {mode === "fields" && <HourMinuteGrid entry={entry} onChange={onChange} />}
    </Row>
  );
}

function Times({ entry, onChange }: { entry: CalendarEntry; onChange: (entry: CalendarEntry, key?: string) => void }) {
  const times = chipTimes(entry);
  const change = (next: readonly string[], key?: string) => onChange(withTimes(entry, next), key);
  return (
    <>
      <TimeStrip times={times} onChange={change} />
      <TimeChips times={times} onChange={change} />
    </>
  );
}
