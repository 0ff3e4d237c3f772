import type { CalendarEntry } from "../../../../../shared/schedule/types.ts";
import { withFields } from "../../model/entry.ts";
import { fieldFromText, readField } from "../../model/fields.ts";
import { FieldTextInput } from "../parts/FieldTextInput.tsx";
import { ToggleGrid } from "../parts/ToggleGrid.tsx";

const items: { value: number; label: string; name: string }[] = [
  ...[1, 2, 3, 4, 5].map((nth) => ({
    value: nth,
    label: String(nth),
    name: ["First", "Second", "Third", "Fourth", "Fifth"][nth - 1] as string,
  })),
  { value: -2, label: "Last but one", name: "Last but one" },
  { value: -1, label: "Last", name: "Last" },
];

/** Which business days of the month: Monday to Friday, less the days of the holidays that the entry names. */
export function BusinessDays(props: {
  entry: CalendarEntry;
  onChange: (entry: CalendarEntry) => void;
  invalid: boolean;
}) {
  const { entry, onChange } = props;
  const selection = readField("businessDay", entry.businessDay);
  const chosen =
    selection === null
      ? []
      : [...selection.numbers, ...selection.special.map((part) => (part === "L" ? -1 : Number(part)))];
  const write = (list: readonly number[]) =>
    onChange(withFields(entry, { businessDay: list.length === 1 ? (list[0] as number) : list }));
  return (
    <>
      <ToggleGrid
        label="Business days of the month"
        items={items}
        isOn={(nth) => chosen.includes(nth)}
        onToggle={(nth) => write(chosen.includes(nth) ? chosen.filter((other) => other !== nth) : [...chosen, nth])}
        invalid={props.invalid}
      />
      <FieldTextInput
        name="businessDay"
        label="Business days as text"
        value={entry.businessDay}
        onChange={(text) => onChange(withFields(entry, { businessDay: fieldFromText(text) ?? [] }))}
      />
    </>
  );
}
