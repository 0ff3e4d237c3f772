import { NumberInput, type NumberInputProps } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { count } from "../../format/numbers.ts";

/**
 * A whole number within bounds. What is typed and is none of them changes nothing: it is said beside it, with what still
 * holds, which is shown again when the field is left.
 */
export function WholeNumberField(
  props: Pick<NumberInputProps, "placeholder" | "w" | "id" | "disabled" | "aria-label" | "description" | "suffix"> & {
    label?: ReactNode;
    value: number | null;
    min: number;
    max: number;
    /** What the emptied field means; without it a field that is emptied changes nothing. */
    empty?: { words: string; onChoose: () => void };
    onChange: (value: number) => void;
  },
) {
  const { value, min, max, empty, onChange, ...shown } = props;
  const [typed, setTyped] = useState<string | number | null>(null);
  const isTaken = (given: string | number): boolean =>
    given === ""
      ? empty !== undefined
      : Number.isInteger(Number(given)) && Number(given) >= min && Number(given) <= max;
  const holds = value === null ? empty?.words : count(value);
  const bounds = max === Number.MAX_SAFE_INTEGER ? `At least ${count(min)}` : `${count(min)} to ${count(max)}`;
  return (
    <NumberInput
      {...shown}
      value={typed ?? value ?? ""}
      error={typed === null || isTaken(typed) ? undefined : `${bounds}. ${holds} holds.`}
      onChange={(given) => {
        setTyped(given);
        if (!isTaken(given)) return;
        if (given === "") empty?.onChoose();
        else if (Number(given) !== value) onChange(Number(given));
      }}
      onBlur={() => setTyped(null)}
      clampBehavior="none"
      min={min}
      max={max}
      allowDecimal={false}
      errorProps={{ role: "alert" }}
    />
  );
}
