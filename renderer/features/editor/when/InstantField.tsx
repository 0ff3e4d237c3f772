import { ActionIcon, TextInput } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useEffect, useRef } from "react";
import { fromLocal, toLocal } from "../../../../shared/schedule/zone.ts";

const two = (n: number) => String(n).padStart(2, "0");

/** Local date and time of an instant, as a date-time input takes it; empty where it is none. */
function localText(value: string | null | undefined, zone: string): string {
  const at = value ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(at)) return "";
  const t = toLocal(zone, at);
  const seconds = t.second === 0 ? "" : `:${two(t.second)}`;
  return `${String(t.year).padStart(4, "0")}-${two(t.month)}-${two(t.day)}T${two(t.hour)}:${two(t.minute)}${seconds}`;
}

/** The instant of a local date and time: the first of two, and after a gap the same time one offset earlier. */
function instantOf(text: string, zone: string): string | null {
  const match = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::(\d{2}))?/.exec(text);
  if (!match) return null;
  const [year, month, day, hour, minute, second] = match.slice(1).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const found =
    fromLocal(zone, { year, month, day, hour, minute, second })[0] ??
    fromLocal(zone, { year, month, day, hour: hour + 1, minute, second })[0];
  return found === undefined ? null : new Date(found).toISOString().replace(".000Z", "Z");
}

/** An instant, chosen as a local date and time in the schedule's zone. */
export function InstantField(props: {
  label: string;
  value: string | null | undefined;
  zone: string;
  onChange: (value: string | null) => void;
  clearable?: boolean;
  error?: string;
}) {
  const text = localText(props.value, props.zone);
  const input = useRef<HTMLInputElement>(null);
  const show = () => {
    if (input.current !== null && input.current.value !== text) input.current.value = text;
  };
  // Half-typed, such an input has no value at all: one that is set while it is typed into would lose what was typed.
  useEffect(() => {
    if (document.activeElement !== input.current) show();
  });
  return (
    <TextInput
      ref={input}
      type="datetime-local"
      label={props.label}
      description={`in ${props.zone}`}
      defaultValue={text}
      onBlur={show}
      max="9999-12-31T23:59"
      onChange={(event) => {
        const next = event.currentTarget.value;
        if (next === "") {
          if (props.clearable) props.onChange(null);
          return;
        }
        const at = instantOf(next, props.zone);
        if (at !== null) props.onChange(at);
      }}
      error={props.error}
      w={220}
      rightSection={
        props.clearable && text !== "" ? (
          <ActionIcon size={20} aria-label={`Clear ${props.label}`} onClick={() => props.onChange(null)}>
            <IconX size={12} aria-hidden="true" />
          </ActionIcon>
        ) : undefined
      }
    />
  );
}
