import { Group, NativeSelect, Select } from "@mantine/core";
import type { AfterOutcome, EventEntry } from "../../../../shared/schedule/types.ts";
import { DurationInput } from "../../../components/form/DurationInput.tsx";
import { useScheduleNames } from "../../schedules/useScheduleNames.ts";
import { afterOutcomes } from "../../schedules/words/afterOutcomes.ts";
import { type EditorIssue, messageAt } from "../state/editorContext.ts";
import { Row } from "./parts/Row.tsx";

const kinds = [
  { value: "after", label: "another schedule's run ends" },
  { value: "boot", label: "the machine has started" },
  { value: "start", label: "Almanac starts" },
  { value: "wake", label: "the machine wakes" },
] as const;
type Kind = (typeof kinds)[number]["value"];

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
  onChange: (value: EventEntry, key?: string) => void;
}) {
  const { value, issues, onChange } = props;
  const kind = kindOf(value);
  const { schedules } = useScheduleNames();
  const after = "after" in value ? value.after : null;
  const { delay } = value;
  const delayed = delay === undefined ? {} : { delay };
  const known = schedules.map(({ scheduleId, name }) => ({
    value: scheduleId,
    label: name === scheduleId ? name : `${name} (${scheduleId})`,
  }));
  // One that is gone stays what was chosen.
  const chosen = after?.scheduleId ?? "";
  const options =
    chosen === "" || known.some((item) => item.value === chosen) ? known : [{ value: chosen, label: chosen }, ...known];
  const wait = (text: string) => {
    const { delay: _, ...event } = value;
    onChange((text === "" || /^0\D/.test(text) ? event : { ...event, delay: text }) as EventEntry, "delay");
  };
  return (
    <>
      <Row label="when" error={messageAt(issues, "", "after", "after.outcome")} hint={hints[kind]}>
        <Group gap={8} align="start">
          <NativeSelect
            size="xs"
            aria-label="Event"
            data={[...kinds]}
            value={kind}
            onChange={(event) => onChange({ ...eventOf(event.currentTarget.value as Kind), ...delayed })}
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
                onChange={(scheduleId) =>
                  scheduleId !== null && onChange({ after: { ...after, scheduleId }, ...delayed })
                }
                // Nothing is wrong yet where nothing is chosen yet: what is still to be done is said beside the preview.
                error={chosen === "" ? undefined : messageAt(issues, "after.scheduleId")}
                w={280}
              />
              <NativeSelect
                size="xs"
                aria-label="Outcome"
                data={[...afterOutcomes]}
                value={after.outcome ?? "completed"}
                onChange={(event) =>
                  onChange({ after: { ...after, outcome: event.currentTarget.value as AfterOutcome }, ...delayed })
                }
              />
            </>
          )}
        </Group>
      </Row>
      <Row
        label="delay"
        hint={
          kind === "boot"
            ? "Counted from the machine's own start."
            : "Counted from the event. It outlives a restart of Almanac."
        }
      >
        <DurationInput
          label="Wait before it starts"
          value={delay ?? ""}
          onChange={wait}
          placeholder="at once"
          error={messageAt(issues, "delay")}
        />
      </Row>
    </>
  );
}
