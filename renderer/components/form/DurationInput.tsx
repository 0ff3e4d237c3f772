import { Group, Input, NumberInput, Select } from "@mantine/core";
import { useId } from "react";
import { readDurationParts, writeDuration } from "./durationParts.ts";

const unitNames = { s: "seconds", m: "minutes", h: "hours", d: "days", w: "weeks" } as const;

/** A duration such as `90s` or `2h` as a number and a unit. Days and weeks stay what they are: they keep the local time. */
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
  defaultUnit?: keyof typeof unitNames;
  placeholder?: string;
}) {
  const id = useId();
  const parts = readDurationParts(props.value, props.defaultUnit ?? "m");
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
          value={parts.amount ?? ""}
          onChange={(amount) => props.onChange(amount === "" ? "" : writeDuration(Number(amount), parts.unit))}
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
          value={parts.unit}
          onChange={(unit) => props.onChange(writeDuration(parts.amount ?? 1, (unit ?? "m") as typeof parts.unit))}
          allowDeselect={false}
          w={108}
          disabled={props.disabled}
        />
      </Group>
    </Input.Wrapper>
  );
}
