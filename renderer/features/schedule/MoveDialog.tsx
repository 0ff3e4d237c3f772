import { Alert, Button, Group, Modal, Radio, Stack, Text } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { MovePlan } from "../../../shared/api/moves.ts";
import { describeSpec, type MoveScope, type ScheduleSpec } from "../../../shared/schedule/index.ts";
import { client, trpc } from "../../api/client.ts";
import { DateTimeField } from "../../components/form/DateFields.tsx";
import { notifyError, notifyUndo } from "../../components/page/notify.tsx";
import { isolated } from "../../format/isolated.ts";
import { instantOf, localText } from "../../format/localInstant.ts";
import { useMinute } from "../../format/ticker.ts";
import { weekdayAndTime } from "../../format/time.ts";
import { useTimeFormat } from "../../format/useTimeFormat.ts";

/** A planned run, and where it was dropped (ISO 8601); left out, that is asked. */
export interface PlannedRun {
  scheduleId: string;
  name: string;
  scheduledTime: string;
  to?: string;
}

const names: Record<MoveScope, string> = {
  this: "This one",
  later: "This and later ones",
  all: "All to come",
};

/** Asks where a planned run goes, and whether the others go with it; says what each answer would make of the schedule. */
export function MoveDialog({ run, onClose }: { run: PlannedRun; onClose: () => void }) {
  const { scheduleId, name, scheduledTime } = run;
  const format = useTimeFormat();
  const now = useMinute();
  const [local, setLocal] = useState<string | null>(() => localText(run.to ?? scheduledTime, format.zone));
  const [scope, setScope] = useState<MoveScope>("this");
  const [busy, setBusy] = useState(false);
  const chosen = local === null ? null : instantOf(local, format.zone);
  // Left at its own second it is not moved, whatever its milliseconds are.
  const isMoved = chosen !== null && local !== localText(scheduledTime, format.zone);
  const to = isMoved ? new Date(chosen).toISOString() : null;
  const { data: plans } = useQuery({
    ...trpc.schedules.moves.queryOptions({ scheduleId, scheduledTime, to: to ?? scheduledTime }),
    enabled: to !== null,
    placeholderData: keepPreviousData,
  });
  const planOf = (of: MoveScope) => (to === null ? undefined : plans?.find((plan) => plan.scope === of));
  const single = planOf("this")?.refused ?? null;
  const shown = (at: string) => weekdayAndTime(Date.parse(at), now, format);

  const move = async () => {
    if (to === null) return;
    setBusy(true);
    try {
      const { schedule, before } = await client.schedules.move.mutate({ scheduleId, scheduledTime, to, scope });
      notifyUndo(
        `${isolated(name)}: the run of ${shown(scheduledTime)} is at ${shown(to)} now`,
        () =>
          // Moved back it is refused once it has come; other edits once something else was changed.
          scope === "this" && Date.parse(scheduledTime) % 1000 === 0
            ? client.schedules.move.mutate({ scheduleId, scheduledTime: to, to: scheduledTime, scope })
            : client.schedules.update.mutate({ scheduleId, revision: schedule.revision, spec: before }),
        scheduleId,
      );
      onClose();
    } catch (error) {
      notifyError(error);
      setBusy(false);
    }
  };

  return (
    <Modal opened onClose={onClose} title={`Move a run of ${isolated(name)}`}>
      <Stack gap="md">
        <Text>It is planned for {shown(scheduledTime)}.</Text>
        <DateTimeField
          label="Move it to"
          description={`in ${format.zone}`}
          value={local}
          onChange={setLocal}
          withSeconds={/:\d\d:\d\d$/.test(local ?? "")}
          minDate={new Date(now)}
          error={single?.field === "to" ? `Choose ${single.message}.` : undefined}
          data-autofocus={run.to === undefined || undefined}
        />
        {single?.field === "scheduledTime" ? (
          <Alert color="red">It cannot be moved: {single.message} is needed.</Alert>
        ) : (
          <Radio.Group label="Which" value={scope} onChange={(value) => setScope(value as MoveScope)}>
            <Stack gap={6} mt={4}>
              {(["this", "later", "all"] as const).map((each) => {
                const plan = planOf(each);
                return (
                  <Radio
                    key={each}
                    value={each}
                    label={names[each]}
                    description={descriptionOf(each, plan, single !== null)}
                    disabled={plan?.spec === null && single === null}
                    data-autofocus={(run.to !== undefined && each === "this") || undefined}
                  />
                );
              })}
            </Stack>
          </Radio.Group>
        )}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button onClick={move} loading={busy} disabled={planOf(scope)?.spec == null}>
            Move
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

/** What comes of a scope: the schedule in words, or why it cannot be. */
function descriptionOf(
  scope: MoveScope,
  plan: { spec: unknown; refused: MovePlan["refused"] } | undefined,
  isRefused: boolean,
): string {
  if (scope === "this") return "The others stay where they are.";
  if (plan === undefined || (isRefused && plan.spec === null))
    return scope === "later" ? "Those before it keep their times." : "Whatever is still to come.";
  if (plan.spec !== null) return describeSpec(plan.spec as ScheduleSpec);
  const message = plan.refused?.message ?? "";
  const [, why] = message.split("because ");
  return why === undefined ? `Not possible: ${message} is expected.` : `Not possible, because ${why}.`;
}
