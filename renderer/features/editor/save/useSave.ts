import { useEffect, useState } from "react";
import type { FieldIssue } from "../../../../shared/domain/errors.ts";
import type { Schedule } from "../../../../shared/domain/schedule.ts";
import { client } from "../../../api/client.ts";
import { appError, errorMessage, fieldMessage } from "../../../api/errors.ts";
import { notifyDone } from "../../../components/page/notify.tsx";
import { showUnread, showWrong } from "../../../components/page/unread.ts";
import { isolated } from "../../../format/isolated.ts";
import { type TimeFormat, weekdayAndTime } from "../../../format/time.ts";
import { useTimeFormat } from "../../../format/useTimeFormat.ts";
import { createInput, draftOf, type EditorDraft, type SavedSchedule, updateInput } from "../model/form.ts";
import { policyProblems } from "../model/policyProblems.ts";
import type { DraftBase } from "../state/draftStore.ts";

const none: readonly FieldIssue[] = [];
/** A schedule a year late has been someone's surprise. */
const told = 3;

/** Says that a schedule is saved, and when it runs from now on; a new one was told that with its creation. */
async function tellSaved(schedule: Schedule & { nextRunTimes?: readonly string[] }, format: TimeFormat) {
  const { scheduleId, name, spec, status, nextRunTimes } = schedule;
  const zone = spec.timezone ?? "UTC";
  const next =
    status !== "active"
      ? []
      : (nextRunTimes ??
        (await client.schedules.upcoming.query({ scheduleId, count: told }).then(
          ({ times }) => times,
          () => [],
        )));
  const now = Date.now();
  // The clock's time of the moment that has just passed would be taken for a later one.
  const isAtOnce = nextRunTimes !== undefined && next[0] === schedule.createdAt;
  const times = next.slice(isAtOnce ? 1 : 0).map((time) => weekdayAndTime(Date.parse(time), now, { ...format, zone }));
  const later = times.length === 0 ? "" : `${times.join(", ")} (${zone})`;
  const words = isAtOnce ? `at once${later === "" ? "" : `, then ${later}`}` : later;
  const when = status === "paused" ? ", paused" : words === "" ? "" : `. It runs ${words}`;
  notifyDone(`${isolated(name)} ${nextRunTimes === undefined ? "saved" : "created"}${when}`);
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

/** Saves the draft: as a new schedule, or as a change of one. Refusals stay at their fields until the next edit. */
export function useSave(
  draft: EditorDraft,
  saved: Schedule | null,
  base: DraftBase,
  on: { onSaved: (schedule: Schedule) => void },
) {
  const format = useTimeFormat();
  const [saving, setSaving] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const [issues, setIssues] = useState(none);
  const [conflict, setConflict] = useState<string | null>(null);
  const [paused, setPaused] = useState(false);

  // biome-ignore lint/correctness/useExhaustiveDependencies: any edit may put right what was refused
  useEffect(() => {
    setIssues(none);
    setError(null);
  }, [draft]);

  const send = async (make: () => Promise<unknown>) => {
    // A policy that would be refused is marked already; what is unread is marked, too, and nobody else knows of it.
    const isMarked = showUnread() || (Object.keys(policyProblems(draft.policies)).length > 0 && showWrong());
    if (isMarked) return setError("Put right what is marked first.");
    setSaving(true);
    setError(null);
    setIssues(none);
    try {
      const schedule = (await make()) as Schedule;
      void tellSaved(schedule, format);
      on.onSaved(schedule);
    } catch (caught) {
      const known = appError(caught);
      if (known?.code === "CONFLICT" && saved !== null) setConflict(known.message);
      else {
        setIssues(known?.issues ?? none);
        // Each is said at its field, by that field's name.
        setError(known?.issues.length ? sentence(fieldMessage(caught)) : errorMessage(caught));
      }
    } finally {
      setSaving(false);
    }
  };
  const latest = async () => {
    if (saved === null) throw new Error("a new schedule has no other version");
    const theirs = await client.schedules.get.query({ scheduleId: saved.scheduleId });
    const schedule = theirs as unknown as SavedSchedule;
    return { saved: schedule, draft: draftOf(schedule) };
  };

  return {
    saving,
    error,
    issues,
    conflict,
    dismissConflict: () => setConflict(null),
    paused,
    setPaused,
    save: () =>
      send(() =>
        saved === null
          ? client.schedules.create.mutate(createInput(draft, paused))
          : client.schedules.update.mutate(
              updateInput(draft, base.start, { scheduleId: saved.scheduleId, revision: base.revision }),
            ),
      ),
    /** Saves what was changed here onto somebody else's change; what only they changed stays. */
    overwrite: () =>
      send(async () => {
        const theirs = await latest();
        setConflict(null);
        return client.schedules.update.mutate(updateInput(draft, base.start, theirs.saved));
      }),
    latest,
  };
}
