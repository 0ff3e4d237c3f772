import { ActionIcon, TextInput } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useEffect, useRef } from "react";
import { instantOf, localText } from "../../format/localInstant.ts";

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
