import { Group, Input, NumberInput, Select } from "@mantine/core";
import { useId, useState } from "react";
import { type DurationUnit, readDurationParts, writeDuration } from "./durationParts.ts";

const unitNames = { s: "seconds", m: "minutes", h: "hours", d: "days", w: "weeks" } as const satisfies Record<
  DurationUnit,
  string
>;

/** What somebody is entering: `2` hours is not turned into 120 minutes, nor an emptied number's hours into minutes. */
interface Entering {
  amount: number | string;
  unit: DurationUnit;
  /** The duration that was made of it. */
  text: string;
  /** What the field was given when it was entered, until it was taken. */
  before: string;
}

/**
 * A duration such as `90s` or `2h` as a number and a unit. Days and weeks stay what they are: they keep the local time.
 * What was entered stands as it was entered; what its owner did not take goes when the field is left.
 */
export function DurationInput(props: {
  label: string;
  /** As the API takes it; empty where none is set. */
  value: string;
  /** Told an empty text when the number is cleared. */
  onChange: (value: string) => void;
  description?: string;
  error?: string;
  required?: boolean;
  disabled?: boolean;
  /** Unit of an empty field. Default minutes. */
  defaultUnit?: DurationUnit;
  placeholder?: string;
}) {
  const id = useId();
  const [entering, setEntering] = useState<Entering | null>(null);
  const { value } = props;
  const holds = entering !== null && (value === entering.text || value === entering.before);
  // Taken: what was there before comes back only where that is taken back.
  if (entering !== null && value === entering.text && value !== entering.before)
    setEntering({ ...entering, before: value });
  const { amount, unit } = holds ? entering : readDurationParts(value, props.defaultUnit ?? "m");
  const enter = (next: { amount: number | string; unit: DurationUnit }) => {
    const text = next.amount === "" ? "" : writeDuration(Number(next.amount), next.unit);
    setEntering({ ...next, text, before: value });
    if (text !== value) props.onChange(text);
  };
  const leave = () => setEntering((last) => (last?.text === value ? last : null));
  return (
    <Input.Wrapper
      id={id}
      label={props.label}
      description={props.description}
      error={props.error}
      withAsterisk={props.required}
      size="xs"
    >
      <Group gap={4} wrap="nowrap">
        <NumberInput
          id={id}
          value={amount ?? ""}
          onChange={(next) => enter({ amount: next, unit })}
          onBlur={leave}
          min={0}
          decimalScale={3}
          allowNegative={false}
          w={96}
          disabled={props.disabled}
          placeholder={props.placeholder}
          error={props.error !== undefined}
        />
        <Select
          aria-label={`${props.label}: unit`}
          data={Object.entries(unitNames).map(([value, label]) => ({ value, label }))}
          value={unit}
          onChange={(next) => enter({ amount: amount ?? "", unit: (next ?? unit) as DurationUnit })}
          allowDeselect={false}
          w={108}
          disabled={props.disabled}
        />
      </Group>
    </Input.Wrapper>
  );
}
