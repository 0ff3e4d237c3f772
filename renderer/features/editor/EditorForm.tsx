import { Button } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useCallback, useDeferredValue, useEffect, useMemo, useRef, useState } from "react";
import type { WorkflowRow } from "../../../shared/api/workflows.ts";
import type { ExclusionCalendar } from "../../../shared/schedule/types.ts";
import { PageHeader } from "../../components/page/PageHeader.tsx";
import { showWrong } from "../../components/page/unread.ts";
import { TimeText } from "../../components/values/TimeText.tsx";
import { isolated } from "../../format/isolated.ts";
import { localDate, shortTimeThere } from "../../format/time.ts";
import { useTimeFormat } from "../../format/useTimeFormat.ts";
import { useScheduleNames } from "../schedules/useScheduleNames.ts";
import classes from "./EditorForm.module.css";
import type { OtherSchedule } from "./model/collisions.ts";
import { beginsPhase, differenceWords } from "./model/difference.ts";
import { toSpec } from "./model/draft.ts";
import type { EditorDraft, SavedSchedule } from "./model/form.ts";
import { policyProblems } from "./model/policyProblems.ts";
import { stepsOf } from "./model/summaries.ts";
import { PoliciesSection } from "./policies/PoliciesSection.tsx";
import { PreviewPanel } from "./preview/PreviewPanel.tsx";
import { goToStep, Steps } from "./Steps.tsx";
import { ConflictDialog } from "./save/ConflictDialog.tsx";
import { CopyMenu } from "./save/CopyMenu.tsx";
import { LeaveGuard } from "./save/LeaveGuard.tsx";
import { reasonNotToSave } from "./save/reason.ts";
import { SaveBar } from "./save/SaveBar.tsx";
import { useSave } from "./save/useSave.ts";
import { EditorContext, groupIssues } from "./state/editorContext.ts";
import { useDayToggle } from "./state/useDayToggle.ts";
import { useDifference } from "./state/useDifference.ts";
import { type Editor, useEditor } from "./state/useEditor.ts";
import { useKept, useKeptLists } from "./state/useKept.ts";
import { useNowUntil } from "./state/useNowUntil.ts";
import { useCollisions, useLastReady, usePreview, useRemoved } from "./state/usePreview.ts";
import { WhatSection } from "./what/WhatSection.tsx";
import { WhenSection } from "./when/WhenSection.tsx";

/** The three steps of a schedule on one page, when first, with their preview beside them. */
export function EditorForm(props: {
  storageKey: string;
  /** The schedule that is edited; null for a new one. */
  saved: SavedSchedule | null;
  /** What the editor holds before anybody touches it. */
  start: EditorDraft;
  workflows: readonly WorkflowRow[];
  calendars: ReadonlyMap<string, ExclusionCalendar>;
  /** The specs of active schedules; this one may be among them. */
  schedules: readonly OtherSchedule[];
}) {
  const { calendars } = props;
  // Another person's edit arrives as a conflict when this one is saved, and not under the hands of who is typing.
  const [saved, setSaved] = useState(props.saved);
  const editor = useEditor(props.storageKey, { start: props.start, revision: props.saved?.revision ?? null });
  const { draft, spec, edit, base } = editor;
  const { start } = base;
  const latestDraft = useRef(draft);
  latestDraft.current = draft;
  const currentDraft = useCallback(() => latestDraft.current, []);
  const navigate = useNavigate();
  const firstAt = useRef<number | undefined>(undefined);
  const now = useNowUntil(firstAt);
  const format = useTimeFormat();
  const [announced, setAnnounced] = useState({ text: "", count: 0 });
  const announce = useCallback((text: string) => setAnnounced(({ count }) => ({ text, count: count + 1 })), []);
  const form = useRef<HTMLDivElement>(null);
  useUndoKeys(form, editor, announce);

  const scheduleId = saved?.scheduleId;
  const ownAnchor = saved?.anchorAt ?? Number.NaN;
  const others = useMemo(
    () => props.schedules.filter((other) => other.scheduleId !== scheduleId),
    [props.schedules, scheduleId],
  );
  const savedSpec = useMemo(() => (saved === null ? null : toSpec(start.when)), [saved, start]);
  const specChanged = savedSpec === null || JSON.stringify(savedSpec) !== JSON.stringify(spec);
  const anchorAt = Number.isNaN(ownAnchor) || (saved !== null && beginsPhase(saved.spec, spec)) ? now : ownAnchor;

  const [chosenYear, setYear] = useState<number | null>(null);
  const [firstYear, setFirstYear] = useState(() => new Date().getFullYear());
  const year = chosenYear ?? firstYear;
  const nameOf = useScheduleNames().nameOf;
  const preview = usePreview(spec, anchorAt, calendars, now, year, nameOf);
  const shown = useLastReady(preview);
  firstAt.current = shown.next[0];
  // Until another is chosen, that of the next run: late in a year all of it is over, and no day of it would be marked.
  const nextYear = Number(localDate(shown.next[0] ?? now, preview.zone).slice(0, 4));
  if (nextYear !== firstYear) setFirstYear(nextYear);
  // The drawings of the policies may lag behind the typing; what the spec means may not.
  const drawnRuns = useDeferredValue(shown.next);
  const removed = useRemoved(spec, draft.when.exclusions, anchorAt, calendars, preview.zone, year);
  const collisions = useCollisions(shown.next, others, calendars);
  const difference = useDifference(specChanged ? savedSpec : null, ownAnchor, preview.compiled, calendars, now);

  const save = useSave(draft, saved, base, {
    onSaved: (schedule) => {
      editor.finish();
      navigate({ to: "/schedules/$id", params: { id: schedule.scheduleId } });
    },
  });
  // One that starts paused lets the moment of its creation pass.
  const isCreated = saved === null && !save.paused;
  const serverIssues = save.issues;
  useEffect(() => {
    if (serverIssues.length === 0) return;
    // The refusal is said beside the button; the field it is about may be far from there.
    if (form.current !== null) showWrong(form.current);
  }, [serverIssues]);
  const found = useMemo(
    () => groupIssues(draft.when, [...preview.issues, ...serverIssues.filter(({ path }) => path.startsWith("spec"))]),
    [draft.when, preview.issues, serverIssues],
  );
  const issues = useKeptLists(found);
  const fieldErrors = useMemo(
    () => ({
      ...policyProblems(draft.policies),
      ...Object.fromEntries(serverIssues.map(({ path, message }) => [path, message])),
    }),
    [serverIssues, draft.policies],
  );
  const { toggle, excludeRange, notice } = useDayToggle(draft.when, preview, calendars, edit, announce);
  // The year in which a day was clicked stays, though its last run may go with it.
  const onDay = useCallback(
    (date: string) => {
      setYear(Number(date.slice(0, 4)));
      toggle(date);
    },
    [toggle],
  );
  const onRange = useCallback(
    (from: string, to: string) => {
      setYear(Number(from.slice(0, 4)));
      excludeRange(from, to);
    },
    [excludeRange],
  );
  const context = useMemo(
    () => ({ edit, announce, zone: preview.zone, dst: draft.when.dst, anchorAt, calendars }),
    [edit, announce, preview.zone, draft.when.dst, anchorAt, calendars],
  );
  const reason = reasonNotToSave({ draft, preview, specChanged, changed: editor.changed, isNew: saved === null });
  const isOutdated = props.saved !== null && base.revision !== props.saved.revision && !save.saving;
  const isRestored = editor.restoredAt !== null && editor.changed;
  const startOver = () => {
    setSaved(props.saved);
    editor.restart({ start: props.start, revision: props.saved?.revision ?? null });
  };
  const back = () =>
    scheduleId === undefined ? navigate({ to: "/" }) : navigate({ to: "/schedules/$id", params: { id: scheduleId } });
  const nextAt = preview.next[0];
  const next = nextAt === undefined ? [] : [`next ${shortTimeThere(nextAt, now, preview.zone, format)}`];
  const nextText = [...(isCreated && preview.beginsNow ? ["runs when it is created"] : []), ...next].join(", ");
  const steps = useKept(useMemo(() => stepsOf(draft, preview, props.workflows), [draft, preview, props.workflows]));
  // Beside what a test run printed: it is scheduled, or what is still to be chosen is shown.
  const canSave = useRef({ isReady: reason === null, save: save.save, steps });
  canSave.current = { isReady: reason === null, save: save.save, steps };
  const scheduleThis = useCallback(() => {
    const open = canSave.current.steps.find((step) => step.isOpen);
    if (canSave.current.isReady) canSave.current.save();
    else goToStep(open?.id ?? "when-title");
  }, []);

  return (
    <EditorContext.Provider value={context}>
      <div className={classes.page} ref={form} data-editor>
        <PageHeader
          title={saved === null ? "New schedule" : `Edit ${isolated(saved.name)}`}
          actions={<CopyMenu draft={currentDraft} scheduleId={scheduleId ?? ""} />}
        />
        <Steps steps={steps} />
        <div className={classes.columns}>
          <div className={classes.when}>
            <WhenSection
              when={draft.when}
              issues={issues}
              removed={removed}
              year={year}
              undo={editor.undo}
              redo={editor.redo}
              canUndo={editor.canUndo}
              canRedo={editor.canRedo}
            />
          </div>
          <div className={classes.preview}>
            <PreviewPanel
              preview={preview}
              shown={shown}
              isCreated={isCreated}
              when={draft.when}
              now={now}
              year={year}
              onYear={setYear}
              onDay={onDay}
              onRange={onRange}
              notice={notice}
              collisions={collisions}
              isPlaced={[...issues.keys()].some((id) => id !== "")}
            />
          </div>
          <div className={classes.what}>
            <WhatSection
              name={draft.name}
              workflowName={draft.workflowName}
              input={draft.input}
              note={draft.note}
              tags={draft.tags}
              workflows={props.workflows}
              errors={fieldErrors}
              onSchedule={scheduleThis}
              canSchedule={reason === null}
            />
          </div>
          <div className={classes.policies}>
            <PoliciesSection
              policies={draft.policies}
              workflowName={draft.workflowName}
              next={drawnRuns}
              errors={fieldErrors}
            />
          </div>
        </div>
        <SaveBar
          notice={
            (isRestored || isOutdated) && (
              <>
                <span>
                  {isRestored && (
                    <>
                      Your draft is back, kept <TimeText at={editor.restoredAt} />.{" "}
                    </>
                  )}
                  {isOutdated && "The schedule has been changed since; saving asks what becomes of that."}
                </span>
                <Button variant="default" size="compact-xs" onClick={startOver}>
                  {isOutdated ? "Load the newest" : "Start over"}
                </Button>
              </>
            )
          }
          sentence={preview.sentence}
          next={nextText}
          difference={difference === null ? null : differenceWords(difference, preview.zone, now, format)}
          reason={save.error === null ? reason : { text: `It was not saved. ${save.error}`, kind: "wrong" }}
          canSave={reason === null}
          isNew={saved === null}
          changed={editor.changed}
          saving={save.saving}
          paused={save.paused}
          onPaused={save.setPaused}
          onSave={save.save}
          onLeave={back}
        />
        <div className="visuallyHidden" aria-live="polite">
          {/* A new element each time, so that the same words are said again. */}
          <span key={announced.count}>{announced.text}</span>
        </div>
        <ConflictDialog
          opened={save.conflict !== null}
          scheduleId={scheduleId ?? ""}
          base={start}
          mine={draft}
          onClose={save.dismissConflict}
          onOverwrite={() => save.overwrite()}
          onTheirs={async () => {
            const theirs = await save.latest();
            setSaved(theirs.saved);
            editor.restart({ start: theirs.draft, revision: theirs.saved.revision });
            save.dismissConflict();
          }}
        />
        <LeaveGuard shouldAsk={editor.shouldAsk} onDiscard={editor.finish} />
      </div>
    </EditorContext.Provider>
  );
}

/** Ctrl+Z and Ctrl+Shift+Z (or Ctrl+Y) anywhere in the editor; dialogs keep their own. */
function useUndoKeys(form: { current: HTMLElement | null }, editor: Editor, announce: (text: string) => void): void {
  const latest = useRef(editor);
  latest.current = editor;
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const key = event.key.toLowerCase();
      if (!(event.ctrlKey || event.metaKey) || event.altKey || (key !== "z" && key !== "y")) return;
      const target = event.target as Node;
      if (target !== document.body && !form.current?.contains(target)) return;
      event.preventDefault();
      const redo = key === "y" || event.shiftKey;
      if (redo) latest.current.redo();
      else latest.current.undo();
      announce(redo ? "Done again" : "Taken back");
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, [form, announce]);
}
