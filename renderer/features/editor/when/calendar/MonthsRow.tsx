import { Button, Group } from "@mantine/core";
import type { CalendarEntry } from "../../../../../shared/schedule/types.ts";
import { toggleValue, withFields } from "../../model/entry.ts";
import { fieldFromText, readField } from "../../model/fields.ts";
import { FieldTextInput } from "../parts/FieldTextInput.tsx";
import { monthName } from "../parts/names.ts";
import { Row } from "../parts/Row.tsx";
import { ToggleGrid } from "../parts/ToggleGrid.tsx";

const months = Array.from({ length: 12 }, (_, i) => ({
  value: i + 1,
  label: monthName(i + 1, "short"),
  name: monthName(i + 1),
}));

/** Months as toggles; none chosen is every month. */
export function MonthsRow(props: { entry: CalendarEntry; onChange: (entry: CalendarEntry) => void; error?: string }) {
  const { entry } = props;
  const selection = readField("month", entry.month);
  if (selection === null) {
    return (
      <Row label="months">
        <FieldTextInput
          name="month"
          label="Months as text"
          value={entry.month}
          onChange={(text) => props.onChange(withFields(entry, { month: fieldFromText(text) }))}
        />
      </Row>
    );
  }
  return (
    <Row label="months" error={props.error}>
      <Group gap="sm">
        <ToggleGrid
          label="Months"
          items={months}
          cell={30}
          isOn={(month) => selection.numbers.includes(month)}
          onToggle={(month) => props.onChange(toggleValue(entry, "month", month))}
          invalid={props.error !== undefined}
        />
        {entry.month === undefined ? (
          <span className="dim">every month</span>
        ) : (
          <Button
            variant="subtle"
            size="compact-xs"
            onClick={() => props.onChange(withFields(entry, { month: undefined }))}
          >
            Every month
          </Button>
        )}
      </Group>
    </Row>
  );
}
