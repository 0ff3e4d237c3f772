import { Button, Group, Radio, Stack } from "@mantine/core";
import { isInDays } from "../../../../shared/schedule/texts/duration.ts";
import type { IntervalEntry } from "../../../../shared/schedule/types.ts";
import { DurationInput } from "../../../components/form/DurationInput.tsx";
import { InstantField } from "../../../components/form/InstantField.tsx";
import { type EditorIssue, messageAt, useEditorContext } from "../state/editorContext.ts";
import { Row } from "./parts/Row.tsx";

const usual = ["1m", "5m", "15m", "30m", "1h", "6h", "1d", "1w"];

/** Every so long: the length, from what it counts, and whether it waits for the end of each run. */
export function IntervalCard(props: {
  value: string | IntervalEntry;
  issues: readonly EditorIssue[];
  onChange: (value: string | IntervalEntry, key?: string) => void;
}) {
  const { value, issues } = props;
  const { zone, anchorAt } = useEditorContext();
  const entry: IntervalEntry = typeof value === "string" ? { every: value } : value;
  const change = (changes: Partial<IntervalEntry>, key?: string) => {
    const next: Record<string, unknown> = { ...entry, ...changes };
    for (const name of ["anchor", "from"]) if (next[name] === undefined) delete next[name];
    // Written as a bare text it stays one, as long as it says nothing more.
    const bare = typeof value === "string" && Object.keys(next).length === 1;
    props.onChange(bare ? (next["every"] as string) : (next as unknown as IntervalEntry), key);
  };
  const days = isInDays(entry.every);
  return (
    <>
      <Row label="every">
        <Group gap="sm" align="end">
          <DurationInput
            label="Length"
            value={entry.every}
            onChange={(every) => change({ every }, "every")}
            error={messageAt(issues, "every", "")}
          />
          <Group gap={4} role="group" aria-label="Usual lengths">
            {usual.map((every) => (
              <Button
                key={every}
                variant={entry.every === every ? "light" : "default"}
                aria-pressed={entry.every === every}
                onClick={() => change({ every })}
              >
                {every}
              </Button>
            ))}
          </Group>
        </Group>
        {days && <span className="dim">Days and weeks keep the local time of day when the clocks change.</span>}
      </Row>
      <Row label="phase" error={messageAt(issues, "anchor")}>
        <Radio.Group
          aria-label="Counted from"
          value={entry.anchor === undefined ? "own" : "anchor"}
          onChange={(choice) =>
            change({
              anchor: choice === "own" ? undefined : new Date(Math.floor(anchorAt / 60_000) * 60_000).toISOString(),
            })
          }
        >
          <Stack gap={6}>
            <Radio value="own" label="Counted from the moment the schedule is saved" />
            <Radio value="anchor" label="Counted from a moment of your own" />
          </Stack>
        </Radio.Group>
        {entry.anchor !== undefined && (
          <InstantField
            label="Counted from"
            value={entry.anchor}
            zone={zone}
            onChange={(anchor) => change({ anchor }, "anchor")}
          />
        )}
      </Row>
      <Row label="next" error={messageAt(issues, "from")}>
        <Radio.Group
          aria-label="What the interval runs from"
          value={entry.from ?? "start"}
          onChange={(from) => change({ from: from === "completion" ? "completion" : undefined })}
        >
          <Stack gap={6}>
            <Radio value="start" label="Start to start: keeps its phase exactly, however long runs take" />
            <Radio value="completion" label="Wait this long after each run has ended" />
          </Stack>
        </Radio.Group>
      </Row>
    </>
  );
}
