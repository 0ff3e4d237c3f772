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
  /** Below zero, a sign is taken; without a bound of its own any number is. */
  min?: number | undefined;
  max?: number | undefined;
  /** Takes numbers with decimals, too. */
  decimals?: boolean;
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
 * A number within bounds, a whole one unless said otherwise, as people write it. What is typed and is none stays as it was
 * typed, is said below with what holds till then, and keeps the form from being sent: see `showUnread`.
 */
export function NumberField(props: NumberFieldProps) {
  const { value, suffix, emptied, plain, told = "typed", decimals = false, onChange, error, ...shown } = props;
  const { min = -Number.MAX_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = props;
  const readTyped = (text: string) =>
    readNumber(withoutSuffix(text, suffix), { whole: !decimals, decimal: decimalSign, signed: min < 0 });
  const [typed, setTyped] = useState<string | null>(null);
  const [known, setKnown] = useState(value);
  const numberOf = (text: string): number | null | undefined => {
    if (text.trim() === "") return emptied === undefined ? undefined : null;
    const read = readTyped(text);
    return read === null || read < min || read > max ? undefined : read;
  };
  // Changed from elsewhere (an edit undone): the field follows.
  if (value !== known) {
    setKnown(value);
    if (typed !== null && numberOf(typed) !== value) setTyped(null);
  }
  const read = typed === null ? value : numberOf(typed);
  const write = (each: number) => (plain ? String(each) : decimals ? exactly(each) : count(each));
  const tell = () => {
    if (read !== undefined && read !== value) onChange(read);
  };
  const bounds = boundsText(min, max, write);
  const holds = value === null ? emptied : write(value);
  const isOther = typed !== null && typed.trim() !== "" && readTyped(typed) === null;
  const expected = decimals ? `a number such as ${write(max < 1.5 ? 0.5 : 1.5)}` : "a whole number";
  const what = [bounds, isOther || bounds === "" ? expected : ""].filter(Boolean).join(", ");
  const refused = `${what.charAt(0).toUpperCase()}${what.slice(1)}.${holds === undefined ? "" : ` ${holds} holds.`}`;
  return (
    <TextInput
      {...shown}
      inputMode={decimals ? "decimal" : "numeric"}
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

/** With all its decimals, grouped as the reader's locale does. */
const exactly = (value: number): string => value.toLocaleString(undefined, { maximumFractionDigits: 20 });

function boundsText(min: number, max: number, write: (value: number) => string): string {
  const hasMin = min > -Number.MAX_SAFE_INTEGER;
  const hasMax = max < Number.MAX_SAFE_INTEGER;
  if (hasMin && hasMax) return `${write(min)} to ${write(max)}`;
  if (hasMin) return `at least ${write(min)}`;
  return hasMax ? `at most ${write(max)}` : "";
}
