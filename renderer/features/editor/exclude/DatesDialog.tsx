import { Button, Checkbox, Group, Modal, Stack, TextInput } from "@mantine/core";
import { DatePicker } from "@mantine/dates";
import { useState } from "react";
import type { Exclusion } from "../../../../shared/schedule/types.ts";
import { usePickerFormat } from "../../../components/form/DateFields.tsx";
import { everyYear } from "../model/exclusions.ts";
import { rangeWords } from "../model/exclusionText.ts";

type Range = [from: string | null, to: string | null];

/** What the chosen days become: a date, a range, or the same days of every year. */
function exclusionsOf(from: string, to: string, yearly: boolean, comment: string): Exclusion[] {
  if (yearly) return everyYear(from, to, comment || undefined);
  if (from === to && comment === "") return [from];
  return [comment === "" ? { from, to } : { from, to, comment }];
}

/** What a dialog begins with: the days and comment of an exclusion of days, or nothing. */
function valuesOf(current: Exclusion | null): { range: Range; comment: string } {
  if (typeof current === "string") return { range: [current, current], comment: "" };
  if (current === null || !("to" in current)) return { range: [null, null], comment: "" };
  return { range: [current.from, current.to], comment: current.comment ?? "" };
}

/** Chooses a day or a range of days to exclude, or changes one that is excluded. */
export function DatesDialog(props: {
  opened: boolean;
  /** The date or range that is changed; null for new ones. */
  current?: Exclusion | null;
  onClose: () => void;
  onChoose: (exclusions: readonly Exclusion[]) => void;
}) {
  return (
    <Modal
      opened={props.opened}
      onClose={props.onClose}
      title={props.current == null ? "Exclude days" : "Excluded days"}
      size="auto"
    >
      <Days current={props.current ?? null} onClose={props.onClose} onChoose={props.onChoose} />
    </Modal>
  );
}

function Days(props: {
  current: Exclusion | null;
  onClose: () => void;
  onChoose: (exclusions: readonly Exclusion[]) => void;
}) {
  const [given] = useState(() => valuesOf(props.current));
  const [range, setRange] = useState<Range>(given.range);
  const [yearly, setYearly] = useState(false);
  const [comment, setComment] = useState(given.comment);
  const { calendar } = usePickerFormat();
  const [from, to] = [range[0], range[1] ?? range[0]];
  const chosen = from && to ? exclusionsOf(from, to, yearly, comment.trim()) : null;
  return (
    <Stack gap="md">
      <DatePicker
        type="range"
        allowSingleDateInRange
        numberOfColumns={2}
        {...calendar}
        weekendDays={[]}
        defaultDate={given.range[0] ?? undefined}
        value={range}
        onChange={(next) => setRange(next as Range)}
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
          {chosen === null || !from || !to
            ? "Choose the first and the last day"
            : chosen.length === 0
              ? "Days of every year are fewer than a year"
              : `${rangeWords(from, to)}${yearly ? ", every year" : ""}`}
        </span>
        <Group gap="sm">
          <Button variant="default" onClick={props.onClose}>
            Cancel
          </Button>
          <Button
            disabled={chosen === null || chosen.length === 0}
            onClick={() => {
              if (chosen !== null) props.onChoose(chosen);
              props.onClose();
            }}
          >
            Exclude
          </Button>
        </Group>
      </Group>
    </Stack>
  );
}
