import { Group, NativeSelect, Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { AfterOutcome, EventEntry } from "../../../../shared/schedule/types.ts";
import { trpc } from "../../../api/client.ts";
import { type EditorIssue, messageAt } from "../state/editorContext.ts";
import { Row } from "./parts/Row.tsx";

const kinds = [
  { value: "after", label: "another schedule's run ends" },
  { value: "boot", label: "the machine has started" },
  { value: "start", label: "Almanac starts" },
  { value: "wake", label: "the machine wakes" },
] as const;
type Kind = (typeof kinds)[number]["value"];

const outcomes: readonly { value: AfterOutcome; label: string }[] = [
  { value: "completed", label: "has completed" },
  { value: "failed", label: "has failed" },
  { value: "ended", label: "has ended in any way" },
];

const hints: Record<Kind, string> = {
  after: "Each run of it starts one of this schedule; those of a backfill start none.",
  boot: "At the first start of Almanac after each start of the machine.",
  start: "Each time the program that fires starts.",
  wake: "Each time the machine has slept.",
};

/** Of many schedules so many are offered; typing finds the others. */
const offered = 100;

const kindOf = (event: EventEntry): Kind =>
  "after" in event ? "after" : "boot" in event ? "boot" : "start" in event ? "start" : "wake";

const eventOf = (kind: Kind): EventEntry =>
  kind === "after"
    ? { after: { scheduleId: "" } }
    : kind === "boot"
      ? { boot: true }
      : kind === "start"
        ? { start: true }
        : { wake: true };

/** An event that starts the schedule. */
export function EventCard(props: {
  value: EventEntry;
  issues: readonly EditorIssue[];
  onChange: (value: EventEntry) => void;
}) {
  const { value, issues, onChange } = props;
  const kind = kindOf(value);
  const { data } = useQuery({ ...trpc.schedules.specs.queryOptions({}), enabled: kind === "after" });
  const after = "after" in value ? value.after : null;
  const known = (data ?? []).map(({ scheduleId, name }) => ({
    value: scheduleId,
    label: name === scheduleId ? name : `${name} (${scheduleId})`,
  }));
  // One that is paused or gone stays what was chosen.
  const chosen = after?.scheduleId ?? "";
  const options =
    chosen === "" || known.some((item) => item.value === chosen) ? known : [{ value: chosen, label: chosen }, ...known];
  return (
    <Row label="when" error={messageAt(issues, "", "after", "after.outcome")} hint={hints[kind]}>
      <Group gap={8} align="start">
        <NativeSelect
          size="xs"
          aria-label="Event"
          data={[...kinds]}
          value={kind}
          onChange={(event) => onChange(eventOf(event.currentTarget.value as Kind))}
        />
        {after !== null && (
          <>
            <Select
              aria-label="Schedule"
              placeholder="Which schedule"
              searchable
              limit={offered}
              nothingFoundMessage="No schedule of that name"
              data={options}
              value={chosen === "" ? null : chosen}
              onChange={(scheduleId) => scheduleId !== null && onChange({ after: { ...after, scheduleId } })}
              error={messageAt(issues, "after.scheduleId")}
              w={280}
            />
            <NativeSelect
              size="xs"
              aria-label="Outcome"
              data={[...outcomes]}
              value={after.outcome ?? "completed"}
              onChange={(event) =>
                onChange({ after: { ...after, outcome: event.currentTarget.value as AfterOutcome } })
              }
            />
          </>
        )}
      </Group>
    </Row>
  );
}
