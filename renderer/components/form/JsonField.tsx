import { Textarea } from "@mantine/core";
import { useState } from "react";
import classes from "./SchemaForm.module.css";

const textOf = (value: unknown): string => (value === undefined ? "" : JSON.stringify(value, null, 2));

/** A value edited as JSON text; what does not parse stays in the field and is said below it: see `showUnread`. */
export function JsonField(props: {
  label: string;
  description?: string;
  required: boolean;
  path: string;
  errors: Readonly<Record<string, string>>;
  value: unknown;
  onChange: (value: unknown) => void;
  disabled?: boolean;
}) {
  const [text, setText] = useState(() => textOf(props.value));
  const [broken, setBroken] = useState<string | null>(null);
  const [known, setKnown] = useState(() => textOf(props.value));
  // Changed from elsewhere (an edit undone): the field follows, and keeps its layout otherwise.
  if (textOf(props.value) !== known) {
    setKnown(textOf(props.value));
    setText(textOf(props.value));
    setBroken(null);
  }
  const take = (value: unknown) => {
    setBroken(null);
    setKnown(textOf(value));
    props.onChange(value);
  };
  const change = (next: string) => {
    setText(next);
    if (next.trim() === "") {
      take(undefined);
      return;
    }
    try {
      take(JSON.parse(next));
    } catch (error) {
      setBroken(`Not JSON: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  return (
    <Textarea
      data-unread={broken === null ? undefined : ""}
      className={classes.mono}
      label={props.label}
      description={props.description ?? "JSON"}
      withAsterisk={props.required}
      value={text}
      onChange={(event) => change(event.currentTarget.value)}
      error={broken ?? props.errors[props.path]}
      autosize
      minRows={3}
      maxRows={16}
      spellCheck={false}
      disabled={props.disabled}
    />
  );
}
