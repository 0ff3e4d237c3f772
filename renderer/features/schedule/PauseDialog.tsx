import { Button, Group, Modal, Stack, Textarea } from "@mantine/core";
import dayjs from "dayjs";
import { useState } from "react";
import { DateTimeField } from "../../components/form/DateFields.tsx";
import { isolated } from "../../format/isolated.ts";
import { useScheduleActions } from "../schedules/actions.ts";

/** Pauses with a note and, where wanted, an end. */
export function PauseDialog(props: {
  opened: boolean;
  onClose: () => void;
  schedule: { scheduleId: string; name: string };
}) {
  const actions = useScheduleActions();
  const [note, setNote] = useState("");
  const [until, setUntil] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const pause = async () => {
    setBusy(true);
    const done = await actions.pause(props.schedule, {
      ...(note.trim() === "" ? {} : { note: note.trim() }),
      ...(until === null ? {} : { until: dayjs(until).toISOString() }),
    });
    setBusy(false);
    if (done) props.onClose();
  };
  return (
    <Modal opened={props.opened} onClose={props.onClose} title={`Pause ${isolated(props.schedule.name)}`}>
      <Stack gap="md">
        <Textarea
          label="Note"
          spellCheck
          description="Why, for whoever looks next. Kept in the history."
          value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
          maxLength={10_000}
          autosize
          minRows={2}
          maxRows={6}
          data-autofocus
        />
        <DateTimeField
          label="Until"
          description="Empty: until it is resumed. Times that pass while it is paused are not caught up."
          value={until}
          onChange={setUntil}
          minDate={new Date()}
          clearable
        />
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={props.onClose}>
            Cancel
          </Button>
          <Button onClick={pause} loading={busy}>
            Pause
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
