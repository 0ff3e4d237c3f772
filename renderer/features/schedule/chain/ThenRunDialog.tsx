import { Alert, Button, Checkbox, Group, Modal, NativeSelect, Select, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import type { ScheduleRow } from "../../../../shared/api/schedules.ts";
import { afterEntry } from "../../../../shared/domain/chain.ts";
import type { AfterOutcome, EventEntry, ScheduleSpec } from "../../../../shared/schedule/types.ts";
import { client, trpc } from "../../../api/client.ts";
import { errorMessage, fieldErrors } from "../../../api/errors.ts";
import type { ScheduleSubject } from "../../../commands/subject.ts";
import { DurationInput } from "../../../components/form/DurationInput.tsx";
import { notifyUndo } from "../../../components/page/notify.tsx";
import { showUnread } from "../../../components/page/unread.ts";
import { isolated } from "../../../format/isolated.ts";
import { useScheduleNames } from "../../schedules/useScheduleNames.ts";
import { afterOutcomes } from "../../schedules/words/afterOutcomes.ts";

/** No schedule has this id. */
const newOne = "+";
/** Of many schedules so many are offered; typing finds the others. */
const offered = 100;

/** When a spec fires by itself: all but what it runs after. */
function withoutTimes({ cron: _c, interval: _i, calendar: _e, at: _a, on, ...rest }: ScheduleSpec): ScheduleSpec {
  return on === undefined ? rest : { ...rest, on };
}
const eventsOf = ({ on }: ScheduleSpec): readonly EventEntry[] =>
  on === undefined ? [] : Array.isArray(on) ? (on as EventEntry[]) : [on as EventEntry];
const hasTimes = ({ cron, interval, calendar, at }: ScheduleSpec): boolean =>
  [cron, interval, calendar, at].some((part) => part !== undefined);

/** Adds what runs after a schedule: one that there is, or a new one, which the editor makes. */
export function ThenRunDialog({ row, onClose }: { row: ScheduleSubject; onClose: () => void }) {
  const navigate = useNavigate();
  const { schedules } = useScheduleNames();
  const [chosen, setChosen] = useState<string | null>(null);
  const [outcome, setOutcome] = useState<AfterOutcome>("completed");
  const [delay, setDelay] = useState("");
  const [keepTimes, setKeepTimes] = useState(true);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const known = useQuery({
    ...trpc.schedules.get.queryOptions({ scheduleId: chosen ?? "" }),
    enabled: chosen !== null && chosen !== newOne,
  });
  const other = chosen === known.data?.scheduleId ? (known.data as ScheduleRow | undefined) : undefined;
  const wait = /^(0\D.*)?$/.test(delay) ? "" : delay;

  const link = async (next: ScheduleRow) => {
    setBusy(true);
    setError(null);
    const { scheduleId, spec, revision } = next;
    const base = keepTimes ? spec : withoutTimes(spec);
    const on = [...eventsOf(spec), afterEntry(row.scheduleId, outcome, wait)];
    try {
      const edited = await client.schedules.update.mutate({
        scheduleId,
        revision,
        spec: { ...base, on: on.length === 1 ? on[0] : on } as never,
      });
      notifyUndo(
        `${isolated(next.name)} runs after ${isolated(row.name)}`,
        () => client.schedules.update.mutate({ scheduleId, revision: edited.revision, spec: spec as never }),
        scheduleId,
      );
      onClose();
      navigate({ to: "/schedules/$id", params: { id: row.scheduleId }, search: { tab: "chain" } });
    } catch (caught) {
      setError(caught);
    } finally {
      setBusy(false);
    }
  };
  const go = () => {
    if (showUnread(document.querySelector("[role=dialog]") ?? document)) return;
    if (chosen === newOne) {
      onClose();
      navigate({
        to: "/schedules/new",
        search: { after: row.scheduleId, afterOutcome: outcome, ...(wait === "" ? {} : { delay: wait }) },
      });
    } else if (other !== undefined) link(other);
  };

  const issues = Object.entries(fieldErrors(error));
  const atDelay = issues.find(([path]) => path.endsWith(".delay"))?.[1];
  const atSchedule = issues.find(([path]) => path.startsWith("spec") && !path.endsWith(".delay"))?.[1];
  const elsewhere = error !== null && atDelay === undefined && atSchedule === undefined;
  return (
    <Modal opened onClose={onClose} title={`After ${isolated(row.name)}, run…`}>
      <Stack gap="md">
        <Select
          label="Schedule"
          placeholder="Which schedule"
          searchable
          limit={offered}
          nothingFoundMessage="No schedule of that name"
          data={[
            { value: newOne, label: "A new schedule…" },
            ...schedules
              .filter(({ scheduleId }) => scheduleId !== row.scheduleId)
              .map(({ scheduleId, name }) => ({
                value: scheduleId,
                label: name === scheduleId ? name : `${name} (${scheduleId})`,
              })),
          ]}
          value={chosen}
          onChange={(value) => {
            setChosen(value);
            setError(null);
          }}
          error={atSchedule}
          data-autofocus
        />
        {other !== undefined && hasTimes(other.spec) && (
          <Checkbox
            label="Keep its own times"
            description={`It also runs by itself: ${other.specText}`}
            checked={keepTimes}
            onChange={(event) => setKeepTimes(event.currentTarget.checked)}
          />
        )}
        <NativeSelect
          size="xs"
          label={`When a run of ${isolated(row.name)}`}
          data={[...afterOutcomes]}
          value={outcome}
          onChange={(event) => setOutcome(event.currentTarget.value as AfterOutcome)}
        />
        <DurationInput
          label="Wait before it starts"
          value={delay}
          onChange={setDelay}
          placeholder="at once"
          error={atDelay}
        />
        {elsewhere && (
          <Alert color="red" role="alert">
            {errorMessage(error)}
          </Alert>
        )}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button onClick={go} loading={busy} disabled={chosen !== newOne && other === undefined}>
            {chosen === newOne ? "Make the new schedule" : "Add to the chain"}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
