import { ActionIcon, Button, Group } from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import { useRef } from "react";
import { moveTime } from "../../model/entry.ts";
import { TimeField } from "./TimeField.tsx";

/** The next time that is not taken yet: an hour after the last, or the first free quarter of an hour. */
function nextTime(times: readonly string[]): string {
  const last = times.at(-1);
  if (last === undefined) return "09:00";
  const later = moveTime(last.slice(0, 5), 60);
  if (!times.includes(later)) return later;
  for (let quarter = 0; quarter < 96; quarter++) {
    const time = moveTime("00:00", quarter * 15);
    if (!times.includes(time)) return time;
  }
  return last;
}

/** Keys of times that stay with a time as it is changed, so that its field keeps the focus and what it has opened. */
function useKeys(times: readonly string[]) {
  const keys = useRef(new Map<string, number>());
  const next = useRef(0);
  for (const time of keys.current.keys()) if (!times.includes(time)) keys.current.delete(time);
  for (const time of times) if (!keys.current.has(time)) keys.current.set(time, next.current++);
  return {
    of: (time: string) => keys.current.get(time),
    moved: (from: string, to: string) => {
      const key = keys.current.get(from);
      if (key !== undefined) keys.current.set(to, key);
      keys.current.delete(from);
    },
  };
}

/** The same times as the strip, to be typed exactly. */
export function TimeChips(props: {
  times: readonly string[];
  onChange: (times: readonly string[], key?: string) => void;
}) {
  const { times, onChange } = props;
  const keyOf = useKeys(times);
  return (
    <Group gap={6}>
      {times.map((time) => (
        <TimeField
          key={keyOf.of(time)}
          label={`Time ${time}`}
          value={time}
          isTaken={(other) => times.includes(other)}
          onChange={(next, key) => {
            keyOf.moved(time, next);
            onChange([...times.filter((other) => other !== time), next].sort(), key);
          }}
          w={time.length > 5 ? 104 : 84}
          rightSection={
            <ActionIcon
              size={24}
              aria-label={`Remove ${time}`}
              onClick={() => onChange(times.filter((other) => other !== time))}
            >
              <IconX size={12} aria-hidden="true" />
            </ActionIcon>
          }
        />
      ))}
      <Button
        variant="default"
        leftSection={<IconPlus size={13} aria-hidden="true" />}
        onClick={() => onChange([...times, nextTime(times)].sort())}
      >
        Time
      </Button>
    </Group>
  );
}
