import { ActionIcon, Button, Group } from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import { moveTime } from "../model/entry.ts";
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

/** The same times as the strip, to be typed exactly. */
export function TimeChips(props: { times: readonly string[]; onChange: (times: readonly string[]) => void }) {
  const { times, onChange } = props;
  return (
    <Group gap={6}>
      {times.map((time) => (
        <TimeField
          key={time}
          label={`Time ${time}`}
          value={time}
          onChange={(next) => onChange([...times.filter((other) => other !== time), next].sort())}
          w={time.length > 5 ? 104 : 84}
          rightSection={
            <ActionIcon
              size={20}
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
