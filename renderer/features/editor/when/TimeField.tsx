import { TextInput } from "@mantine/core";
import { type ReactNode, useEffect, useState } from "react";
import { readTime } from "../model/entry.ts";

/** One exact time of day: `9`, `9:30`, `0930` and `9:30 pm` are taken; it is read when the field is left or Enter is pressed. */
export function TimeField(props: {
  label: string;
  value: string;
  onChange: (time: string) => void;
  rightSection?: ReactNode;
  w?: number;
}) {
  const [text, setText] = useState(props.value);
  const [wrong, setWrong] = useState(false);
  useEffect(() => {
    setText(props.value);
    setWrong(false);
  }, [props.value]);
  const commit = () => {
    const time = readTime(text);
    setWrong(time === null);
    if (time === null) return;
    setText(time);
    if (time !== props.value) props.onChange(time);
  };
  return (
    <TextInput
      aria-label={props.label}
      value={text}
      onChange={(event) => setText(event.currentTarget.value)}
      onBlur={commit}
      onKeyDown={(event) => {
        if (event.key === "Enter") {
          event.preventDefault();
          commit();
        } else if (event.key === "Escape" && text !== props.value) {
          event.stopPropagation();
          setText(props.value);
          setWrong(false);
        }
      }}
      error={wrong ? "a time such as 08:30" : undefined}
      rightSection={props.rightSection}
      rightSectionPointerEvents="all"
      w={props.w ?? 72}
      inputMode="numeric"
    />
  );
}
