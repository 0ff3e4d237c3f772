import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useState } from "react";
import type { ScheduleSubject } from "../../commands/subject.ts";
import { DateTimeField } from "../../components/form/DateFields.tsx";
import { isolated } from "../../format/isolated.ts";
import { instantOf, localText } from "../../format/localInstant.ts";
import { exactInZones } from "../../format/time.ts";
import { useTimeFormat } from "../../format/useTimeFormat.ts";
import { useScheduleActions } from "../schedules/actions.ts";

/** Runs a schedule as if it had fired at a time that has passed. */
export function AsOfDialog({ row, onClose }: { row: ScheduleSubject; onClose: () => void }) {
  const actions = useScheduleActions();
  const format = useTimeFormat();
  const zone = row.timezone;
  const [openedAt] = useState(() => Date.now());
  const last = row.lastRunAt === null ? openedAt : Date.parse(row.lastRunAt);
  const [local, setLocal] = useState<string | null>(() => localText(new Date(last).toISOString(), zone));
  const [busy, setBusy] = useState(false);
  const asOf = local === null ? null : instantOf(local, zone);
  const future = asOf !== null && Date.parse(asOf) > openedAt;
  const run = async () => {
    if (asOf === null) return;
    setBusy(true);
    const started = await actions.runNow(row, { asOf });
    setBusy(false);
    if (started) onClose();
  };
  return (
    <Modal opened onClose={onClose} title={`Run ${isolated(row.name)} as of a past time`}>
      <Stack gap="md">
        <Text>
          It runs now, once, and is told this time as its scheduled time: in <code>ALMANAC_SCHEDULED_TIME</code>, in{" "}
          <code>{"{{date}}"}</code> and in its workflow. Its next run stays where it is.
        </Text>
        <DateTimeField
          label="As of"
          description={`in ${zone}`}
          withSeconds
          value={local}
          onChange={setLocal}
          maxDate={new Date(openedAt)}
          error={future ? "This is still to come: choose a time that has passed." : undefined}
        />
        <Text c="dimmed" fz="xs" style={{ whiteSpace: "pre-line", minHeight: 34 }}>
          {asOf === null ? "" : exactInZones(Date.parse(asOf), zone, format)}
        </Text>
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button onClick={run} loading={busy} disabled={asOf === null || future}>
            Run now
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
