import { Popover, TextInput } from "@mantine/core";
import { type KeyboardEvent, type ReactNode, useEffect, useState } from "react";
import { moveTime, readTime } from "../../model/entry.ts";
import { ClockGrid } from "./ClockGrid.tsx";
import { minutesOfKey } from "./ruler.ts";

/**
 * One exact time of day. Typed, `9`, `9:30`, `0930` and `9:30 pm` are taken, read when the field is left or Enter is
 * pressed. By pointer, a click opens the hours and minutes to choose from; by keyboard, Alt with the down arrow does, and
 * the arrows alone move by a minute, with Shift by 15, Page Up and Down by an hour.
 */
export function TimeField(props: {
  label: string;
  value: string;
  /** `key` joins steps of one gesture. */
  onChange: (time: string, key?: string) => void;
  /** Whether another time stands there already, which this one may not become. */
  isTaken?: (time: string) => boolean;
  rightSection?: ReactNode;
  w?: number;
}) {
  const { value } = props;
  const [text, setText] = useState(value);
  const [problem, setProblem] = useState<string | null>(null);
  const [picking, setPicking] = useState(false);
  useEffect(() => {
    setText(value);
    setProblem(null);
  }, [value]);
  const isTaken = (time: string) => time !== value && (props.isTaken?.(time) ?? false);
  const commit = () => {
    const time = readTime(text);
    if (time === null) return setProblem("a time such as 08:30");
    if (isTaken(time)) return setProblem("it is there already");
    setProblem(null);
    setText(time);
    if (time !== value) props.onChange(time);
  };
  // On the way to another time, hour by hour and minute by minute, one may be passed that is taken.
  const pick = (time: string) => {
    setText(time);
    setProblem(null);
    if (!isTaken(time) && time !== value) props.onChange(time, "time");
  };
  const step = (minutes: number) => {
    const from = readTime(text) ?? value;
    let time = moveTime(from, minutes);
    while (isTaken(time) && moveTime(time, Math.sign(minutes)) !== time) time = moveTime(time, Math.sign(minutes));
    if (!isTaken(time)) pick(time);
  };
  const press = (event: KeyboardEvent) => {
    const minutes = /^(Arrow(Up|Down)|Page)/.test(event.key) ? minutesOfKey(event.key, !event.shiftKey) : null;
    if (event.key === "Enter") {
      event.preventDefault();
      commit();
      setPicking(false);
    } else if (event.key === "ArrowDown" && event.altKey) {
      event.preventDefault();
      setPicking(true);
    } else if (minutes !== null && !event.altKey) {
      event.preventDefault();
      step(minutes);
    } else if (event.key === "Escape" && (picking || text !== value)) {
      event.stopPropagation();
      setPicking(false);
      setText(value);
      setProblem(null);
    }
  };
  const shown = readTime(text) ?? value;
  return (
    <Popover
      opened={picking}
      onChange={setPicking}
      onClose={commit}
      position="bottom-start"
      shadow="md"
      withinPortal={false}
      // A field of text is not a button: it says nothing about what a click opens beside it.
      withRoles={false}
    >
      <Popover.Target>
        <TextInput
          aria-label={props.label}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          onClick={() => setPicking(true)}
          onBlur={commit}
          onKeyDown={press}
          error={problem}
          data-unread={problem === null ? undefined : ""}
          rightSection={props.rightSection}
          rightSectionPointerEvents="all"
          w={props.w ?? 72}
          inputMode="numeric"
          autoComplete="off"
        />
      </Popover.Target>
      <Popover.Dropdown>
        <ClockGrid label={`Choose: ${props.label}`} value={shown} onPick={pick} />
      </Popover.Dropdown>
    </Popover>
  );
}
