import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { RunRow } from "../../../shared/api/runs.ts";
import type { ExclusionCalendar, ScheduleSpec } from "../../../shared/schedule/types.ts";
import { trpc } from "../../api/client.ts";
import { ErrorState } from "../../components/page/ErrorState.tsx";
import { LoadingRows } from "../../components/page/LoadingRows.tsx";
import { draftOfRun, type ScheduleDraft } from "../schedules/around/templates.ts";
import { EditorForm } from "./EditorForm.tsx";
import type { OtherSchedule } from "./model/collisions.ts";
import { fromSpec } from "./model/draft.ts";
import { draftOf, type EditorDraft, newDraft, policyNames, type SavedSchedule } from "./model/form.ts";

const ownZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** A new draft with what a template or another page fills in. */
function draftFrom(given: ScheduleDraft | undefined): EditorDraft {
  // What most schedules run; another is two clicks away.
  const draft = { ...newDraft(ownZone), workflowName: "shell.command" };
  if (given === undefined) return draft;
  const spec = given.spec as ScheduleSpec | undefined;
  const policies = Object.fromEntries(
    policyNames.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]]])),
  );
  return {
    ...draft,
    name: given.name ?? "",
    workflowName: given.workflowName ?? draft.workflowName,
    input: given.input ?? {},
    note: given.note ?? "",
    tags: given.tags ?? [],
    when: spec === undefined ? draft.when : fromSpec({ timezone: ownZone, ...spec }),
    policies: { ...draft.policies, ...policies },
  };
}

/** The editor of a new schedule, a copy, or one that exists. */
export function EditorPage(props: {
  scheduleId?: string;
  duplicateOf?: string;
  /** A run that is to be scheduled. */
  runId?: string;
  draft?: ScheduleDraft;
}) {
  const source = props.scheduleId ?? props.duplicateOf;
  const schedule = useQuery({
    ...trpc.schedules.get.queryOptions({ scheduleId: source ?? "" }),
    enabled: source !== undefined,
  });
  const run = useQuery({
    ...trpc.runs.get.queryOptions({ runId: props.runId ?? "" }),
    enabled: props.runId !== undefined,
    // What it was given stays as it was.
    staleTime: Number.POSITIVE_INFINITY,
  });
  const workflows = useQuery(trpc.workflows.list.queryOptions());
  const calendars = useQuery(trpc.calendars.list.queryOptions());
  const specs = useQuery(trpc.schedules.specs.queryOptions({}));

  // What comes over the wire is typed with plain arrays and optional unknowns; it is the same JSON.
  const saved = schedule.data as unknown as SavedSchedule | undefined;
  const start = useMemo(() => {
    if (props.runId !== undefined) return run.data === undefined ? null : draftFrom(draftOfRun(run.data as RunRow));
    if (source === undefined) return draftFrom(props.draft);
    if (saved === undefined) return null;
    const draft = draftOf(saved);
    return props.scheduleId === undefined ? { ...draft, name: `${draft.name} (copy)` } : draft;
  }, [source, saved, run.data, props.runId, props.scheduleId, props.draft]);
  const calendarMap = useMemo(
    () =>
      new Map(((calendars.data ?? []) as unknown as ExclusionCalendar[]).map((calendar) => [calendar.name, calendar])),
    [calendars.data],
  );

  const others = useMemo(() => (specs.data ?? []) as unknown as OtherSchedule[], [specs.data]);

  const error = schedule.error ?? run.error ?? calendars.error ?? workflows.error;
  if (error) {
    const retry = () => {
      for (const query of [schedule, run, calendars, workflows]) if (query.isError) query.refetch();
    };
    return <ErrorState error={error} title="The editor could not be opened" onRetry={retry} />;
  }
  if (start === null || calendars.data === undefined || workflows.data === undefined) return <LoadingRows />;
  const original = props.scheduleId === undefined ? null : (saved ?? null);
  return (
    <EditorForm
      storageKey={
        props.scheduleId ??
        (source === undefined && props.draft === undefined && props.runId === undefined
          ? "new"
          : `new:${source ?? props.runId ?? JSON.stringify(props.draft)}`)
      }
      saved={original}
      start={start}
      workflows={workflows.data.workflows}
      calendars={calendarMap}
      schedules={others}
    />
  );
}
