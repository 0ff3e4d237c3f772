import { Group, Input, Select, TextInput } from "@mantine/core";
import { useId, useRef, useState } from "react";
import { type DurationUnit, readDurationParts } from "./durationParts.ts";
import { decimalSign, readDurationText, readNumber } from "./numberText.ts";

const unitNames = { s: "seconds", m: "minutes", h: "hours", d: "days", w: "weeks" } as const satisfies Record<
  DurationUnit,
  string
>;

/** What somebody is entering: `2` hours is not turned into 120 minutes, nor an emptied number's hours into minutes. */
interface Entering {
  amount: string;
  unit: DurationUnit;
  /** The duration that was made of it; null where it is none, or one that is refused. */
  text: string | null;
  /** Why there is none. */
  problem: string | null;
  /** What the field was given when it was entered, until it was taken. */
  before: string;
}

const notRead = "A duration such as 90, 1h30m or 1:30 is expected.";

/**
 * A duration such as `90s` or `2h` as a number and a unit. Days and weeks stay what they are: they keep the local time.
 * A whole duration (`1h30m`, `1:30`) may be written for the number. What was entered stands as it was entered; what its owner
 * did not take goes when the field is left, and what is no duration stays, and keeps the form from being sent: see `showUnread`.
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
  /** When a duration is told: as it is typed, or once the field is left. Default as it is typed. */
  told?: "typed" | "left";
  /** What is wrong with a duration, as a sentence, before it is told; null where nothing is. */
  problemOf?: (duration: string) => string | null;
}) {
  const id = useId();
  const [entering, setEntering] = useState<Entering | null>(null);
  const { value } = props;
  // A duration may be one and yet not be taken, such as none at all where one is needed.
  const good = useRef<string | null>(null);
  if (props.error === undefined) good.current = value;
  const holds = entering !== null && (value === entering.text || value === entering.before);
  // Taken: what was there before comes back only where that is taken back.
  if (entering !== null && value === entering.text && value !== entering.before)
    setEntering({ ...entering, before: value });
  const parts = readDurationParts(value, props.defaultUnit ?? "m");
  const { amount, unit } = holds ? entering : { amount: String(parts.amount ?? ""), unit: parts.unit };
  const enter = (next: { amount: string; unit: DurationUnit }) => {
    const read = readDurationText(next.amount, next.unit, decimalSign);
    const problem = read === null ? notRead : read === "" ? null : (props.problemOf?.(read) ?? null);
    const text = problem === null ? read : null;
    // What is none leaves the last one that was taken, and not what was refused after that.
    const told = text ?? good.current ?? value;
    setEntering({ ...next, text, problem, before: text === null ? told : value });
    if (told !== value && props.told !== "left") props.onChange(told);
  };
  const isUnread = holds && entering.text === null;
  // What brought its own units is shown as what was read of it.
  const leave = () => {
    const text = entering?.text ?? null;
    if (props.told === "left" && holds && text !== null && text !== value) {
      const { amount, unit } = readDurationParts(text, entering?.unit ?? "m");
      setEntering({ amount: String(amount ?? ""), unit, text, problem: null, before: value });
      props.onChange(text);
      return;
    }
    setEntering((last) => {
      const isPlain = readNumber(last?.amount ?? "", { whole: false, decimal: decimalSign }) !== null;
      return last?.text === null || (last?.text === value && isPlain) ? last : null;
    });
  };
  const error = isUnread ? `${entering.problem ?? notRead}${value === "" ? "" : ` ${value} holds.`}` : props.error;
  return (
    <Input.Wrapper
      id={id}
      label={props.label}
      description={props.description}
      error={error}
      errorProps={{ role: "alert" }}
      withAsterisk={props.required}
      size="xs"
    >
      <Group
        gap={4}
        wrap="nowrap"
        onBlur={({ currentTarget, relatedTarget }) => {
          // From the number to its unit, one is still at it.
          if (!currentTarget.contains(relatedTarget)) leave();
        }}
      >
        <TextInput
          id={id}
          inputMode="text"
          autoComplete="off"
          value={amount}
          onChange={(event) => enter({ amount: event.currentTarget.value, unit })}
          onKeyDown={(event) => event.key === "Enter" && leave()}
          data-unread={isUnread ? "" : undefined}
          w={96}
          disabled={props.disabled}
          placeholder={props.placeholder}
          error={error !== undefined}
        />
        <Select
          aria-label={`${props.label}: unit`}
          data={Object.entries(unitNames).map(([value, label]) => ({ value, label }))}
          value={unit}
          onChange={(next) => enter({ amount, unit: (next ?? unit) as DurationUnit })}
          allowDeselect={false}
          w={108}
          disabled={props.disabled}
        />
      </Group>
    </Input.Wrapper>
  );
}
