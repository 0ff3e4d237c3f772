import { Button, Checkbox, Group, Modal, Stack, TextInput } from "@mantine/core";
import { DatePicker } from "@mantine/dates";
import { useState } from "react";
import type { Exclusion } from "../../../../shared/schedule/types.ts";
import { everyYear } from "../model/exclusions.ts";
import { rangeWords } from "../model/exclusionText.ts";

type Range = [from: string | null, to: string | null];

/** What the chosen days become: a date, a range, or the same days of every year. */
function exclusionsOf(from: string, to: string, yearly: boolean, comment: string): Exclusion[] {
  if (yearly) return everyYear(from, to, comment || undefined);
  if (from === to && comment === "") return [from];
  return [comment === "" ? { from, to } : { from, to, comment }];
}

/** Chooses a day or a range of days to exclude. */
export function DatesDialog(props: {
  opened: boolean;
  onClose: () => void;
  onAdd: (exclusions: readonly Exclusion[]) => void;
}) {
  const [range, setRange] = useState<Range>([null, null]);
  const [yearly, setYearly] = useState(false);
  const [comment, setComment] = useState("");
  const [from, to] = [range[0], range[1] ?? range[0]];
  const close = () => {
    setRange([null, null]);
    setComment("");
    setYearly(false);
    props.onClose();
  };
  return (
    <Modal opened={props.opened} onClose={close} title="Exclude days" size="auto">
      <Stack gap="md">
        <DatePicker
          type="range"
          allowSingleDateInRange
          numberOfColumns={2}
          firstDayOfWeek={1}
          weekendDays={[]}
          value={range}
          onChange={(next) => setRange(next as Range)}
          ariaLabels={{ previousMonth: "Previous month", nextMonth: "Next month" }}
        />
        <TextInput
          label="What for"
          placeholder="Company holidays"
          value={comment}
          onChange={(event) => setComment(event.currentTarget.value)}
        />
        <Checkbox
          label="The same days every year"
          checked={yearly}
          onChange={(event) => setYearly(event.currentTarget.checked)}
        />
        <Group justify="space-between">
          <span className="dim" aria-live="polite">
            {from && to
              ? `${rangeWords(from, to)}${yearly ? ", every year" : ""}`
              : "Choose the first and the last day"}
          </span>
          <Group gap="sm">
            <Button variant="default" onClick={close}>
              Cancel
            </Button>
            <Button
              disabled={!from || !to}
              onClick={() => {
                if (from && to) props.onAdd(exclusionsOf(from, to, yearly, comment.trim()));
                close();
              }}
            >
              Exclude
            </Button>
          </Group>
        </Group>
      </Stack>
    </Modal>
  );
}
