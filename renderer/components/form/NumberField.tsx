import { TextInput, type TextInputProps } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { count } from "../../format/numbers.ts";
import { decimalSign, readNumber } from "./numberText.ts";

export interface NumberFieldProps
  extends Pick<
    TextInputProps,
    "placeholder" | "withAsterisk" | "w" | "id" | "disabled" | "aria-label" | "description" | "ref"
  > {
  label?: ReactNode;
  /** Null where there is none. */
  value: number | null;
  min: number;
  max: number;
  /** What stands behind the number, by its value: ` days`. It may be written, too. */
  suffix?: (value: number) => string;
  /** What the emptied field means, which is told as null; without it a field that is emptied is refused. */
  emptied?: string;
  /** Thousands are not grouped: the number is a name, such as a port's. */
  plain?: boolean;
  /** When a number is told: as it is typed, or once the field is left. Default as it is typed. */
  told?: "typed" | "left";
  onChange: (value: number | null) => void;
  error?: ReactNode;
}

/**
 * A whole number within bounds, as people write it. What is typed and is none stays as it was typed, is said below with what
 * holds till then, and keeps the form from being sent: see `showUnread`.
 */
export function NumberField(props: NumberFieldProps) {
  const { value, min, max, suffix, emptied, plain, told = "typed", onChange, error, ...shown } = props;
  const [typed, setTyped] = useState<string | null>(null);
  const [known, setKnown] = useState(value);
  const numberOf = (text: string): number | null | undefined => {
    if (text.trim() === "") return emptied === undefined ? undefined : null;
    const read = readNumber(withoutSuffix(text, suffix), { whole: true, decimal: decimalSign });
    return read === null || read < min || read > max ? undefined : read;
  };
  // Changed from elsewhere (an edit undone): the field follows.
  if (value !== known) {
    setKnown(value);
    if (typed !== null && numberOf(typed) !== value) setTyped(null);
  }
  const read = typed === null ? value : numberOf(typed);
  const write = (each: number) => (plain ? String(each) : count(each));
  const tell = () => {
    if (read !== undefined && read !== value) onChange(read);
  };
  const bounds = max === Number.MAX_SAFE_INTEGER ? `At least ${write(min)}` : `${write(min)} to ${write(max)}`;
  const holds = value === null ? emptied : write(value);
  const isOther = typed !== null && typed.trim() !== "" && !isWhole(typed, suffix);
  const refused = `${bounds}${isOther ? ", a whole number" : ""}.${holds === undefined ? "" : ` ${holds} holds.`}`;
  return (
    <TextInput
      {...shown}
      inputMode="numeric"
      autoComplete="off"
      value={typed ?? (value === null ? "" : `${write(value)}${suffix?.(value) ?? ""}`)}
      data-unread={read === undefined ? "" : undefined}
      error={read === undefined ? refused : error}
      errorProps={{ role: "alert" }}
      onChange={(event) => {
        const text = event.currentTarget.value;
        setTyped(text);
        const next = numberOf(text);
        if (told === "typed" && next !== undefined && next !== value) onChange(next);
      }}
      onBlur={() => {
        if (told === "left") tell();
        if (read !== undefined) setTyped(null);
      }}
      onKeyDown={(event) => {
        if (event.key === "Enter" && told === "left") tell();
        const step = { ArrowUp: 1, ArrowDown: -1 }[event.key];
        if (step === undefined || read == null || event.ctrlKey || event.metaKey || event.altKey) return;
        event.preventDefault();
        const next = Math.min(Math.max(read + step, min), max);
        setTyped(write(next));
        if (told === "typed" && next !== value) onChange(next);
      }}
    />
  );
}

/** `30 days` and `30days` are 30 where days are meant; another unit is not read over. */
function withoutSuffix(text: string, suffix: NumberFieldProps["suffix"]): string {
  const written = text.trim().toLowerCase();
  const found = [suffix?.(1), suffix?.(2)].find(
    (each) => each !== undefined && written.endsWith(each.trim().toLowerCase()),
  );
  return found === undefined ? written : written.slice(0, -found.trim().length);
}

const isWhole = (text: string, suffix: NumberFieldProps["suffix"]): boolean =>
  readNumber(withoutSuffix(text, suffix), { whole: true, decimal: decimalSign }) !== null;
