import { ActionIcon, Button, FileButton, Group, TextInput, Tooltip } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconArrowBackUp, IconArrowForwardUp, IconFileImport, IconLink, IconTrash } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useCallback, useEffect, useMemo, useReducer, useRef, useState } from "react";
import type { CalendarFileReading, ListedExclusionCalendar } from "../../../shared/api/calendars.ts";
import { MAX_IMPORT_BYTES } from "../../../shared/api/exchange.ts";
import { SpecError } from "../../../shared/schedule/errors.ts";
import { parseSpec } from "../../../shared/schedule/texts/spec.ts";
import type { CalendarEntry, Exclusion, ExclusionCalendar } from "../../../shared/schedule/types.ts";
import { client, trpc } from "../../api/client.ts";
import { errorMessage, fieldErrors } from "../../api/errors.ts";
import { YearHeatmap } from "../../components/outcomes/YearHeatmap.tsx";
import { ConfirmDialog } from "../../components/page/ConfirmDialog.tsx";
import { notifyDone } from "../../components/page/notify.tsx";
import { showUnread } from "../../components/page/unread.ts";
import { plural } from "../../format/numbers.ts";
import { ExclusionList } from "../editor/exclude/ExclusionList.tsx";
import { fromSpec, type WhenDraft } from "../editor/model/draft.ts";
import { coversDate } from "../editor/model/effects.ts";
import { unfinished } from "../editor/model/entry.ts";
import { kindOf, toggleDate, toggleRange } from "../editor/model/exclusions.ts";
import { dateWords, exclusionText, rangeWords } from "../editor/model/exclusionText.ts";
import { newDraft } from "../editor/model/form.ts";
import { begin, reduceHistory } from "../editor/model/history.ts";
import { EditorContext, groupIssues, type Issues } from "../editor/state/editorContext.ts";
import type { Edit } from "../editor/state/useEditor.ts";
import { AddressForm, CalendarReadingWork, CalendarSource, FollowedDays, ReadingNotes } from "./CalendarSource.tsx";
import classes from "./Exclusions.module.css";
import { excludedDays } from "./excludedDays.ts";

const noCalendars = new Map<string, ExclusionCalendar>();
const none = { completed: 0, failed: 0, missed: 0, skipped: 0, cancelled: 0, running: 0, backfilled: 0 };
/** A calendar has no runs of its own to take away. */
const nothingTold: ReadonlyMap<string, number> = new Map();

/** What is wrong with the entries, by id: what is not chosen yet, and what would be refused. */
function issuesOf(when: WhenDraft): Issues {
  const lacking = when.exclusions.flatMap(({ value }, index) => {
    const message = kindOf(value) === "rule" ? unfinished(value as CalendarEntry) : null;
    return message === null ? [] : [{ path: `exclude[${index}]`, message }];
  });
  if (lacking.length > 0) return groupIssues(when, lacking);
  try {
    parseSpec({ interval: "1d", exclude: when.exclusions.map((item) => item.value) });
    return new Map();
  } catch (error) {
    if (error instanceof SpecError) return groupIssues(when, error.issues);
    throw error;
  }
}

/** One exclusion calendar: its days in a year to click, its entries, and what an iCalendar file adds. */
export function CalendarEditor(props: {
  /** Null for a new one. */
  calendar: ListedExclusionCalendar | null;
  names: readonly string[];
  /** Told whether there are changes; false when it is saved or closed. */
  onChanged: (changed: boolean) => void;
  onSaved: (name: string) => void;
  /** Read from an address, and saved. */
  onRead: (reading: CalendarFileReading) => void;
  /** Of the last time that it was read from an address here. */
  notes: readonly string[];
  onDeleted: () => void;
  onCancel?: () => void;
}) {
  const { calendar, onChanged } = props;
  const [name, setName] = useState(calendar?.name ?? "");
  const [history, dispatch] = useReducer(reduceHistory, calendar?.entries ?? [], (given) =>
    begin({ ...newDraft("UTC"), when: fromSpec({ exclude: given }) }),
  );
  const { when } = history.present;
  const entries = useMemo(() => when.exclusions.map((item) => item.value), [when]);
  const edit: Edit = useCallback((action, key) => dispatch({ type: "edit", action, key: key ?? null }), []);
  const setEntries = (exclusions: readonly Exclusion[]) => edit({ type: "setExclusions", exclusions });
  const [year, setYear] = useState(() => new Date().getFullYear());
  const [deleting, setDeleting] = useState(false);
  const [linking, setLinking] = useState(false);
  const isFollowed = calendar?.source != null;
  const narrow = useMediaQuery("(max-width: 1260px)", false, { getInitialValueInEffect: false });
  const [notice, setNotice] = useState("");
  const usedBy = useQuery({
    ...trpc.schedules.usingCalendar.queryOptions({ name: calendar?.name ?? "" }),
    enabled: calendar !== null,
  });
  const save = useMutation({
    mutationFn: () => client.calendars.save.mutate({ name: name.trim(), entries } as never),
    onSuccess: () => {
      onChanged(false);
      notifyDone(`${name.trim()} saved`);
      props.onSaved(name.trim());
    },
  });
  // The same file may be chosen again, put right meanwhile.
  const forgetFile = useRef<() => void>(null);
  const importFile = useMutation({
    mutationFn: async (file: File) => {
      forgetFile.current?.();
      if (file.size > MAX_IMPORT_BYTES)
        throw new Error(`${file.name} is too large: at most ${MAX_IMPORT_BYTES / 1_000_000} MB are allowed`);
      const text = await file.text();
      const own = /^X-WR-CALNAME[^:\r\n]*:(.+)$/m.exec(text)?.[1]?.trim() ?? file.name.replace(/\.ics$/i, "");
      const read = await client.calendars.importICal.mutate({ name: name.trim() || own.slice(0, 200), text });
      return read as unknown as CalendarFileReading;
    },
    onSuccess: (read) => {
      const known = new Set(entries.map((entry) => JSON.stringify(entry)));
      const fresh = read.entries.filter((entry) => !known.has(JSON.stringify(entry)));
      setEntries([...entries, ...fresh]);
      if (name.trim() === "") setName(read.name);
      setNotice(
        `${plural(fresh.length, "entry", "entries")} read${fresh.length < read.entries.length ? `, ${read.entries.length - fresh.length} already here` : ""}. Save to keep them.`,
      );
    },
  });

  const context = useMemo(
    () => ({ edit, announce: setNotice, zone: "UTC", dst: undefined, anchorAt: 0, calendars: noCalendars }),
    [edit],
  );
  const issues = useMemo(() => issuesOf(when), [when]);
  const lastDays = useRef<readonly string[]>([]);
  const days = useMemo(() => {
    // What is half chosen excludes what it did before.
    if (issues.size === 0) lastDays.current = excludedDays(entries, year);
    return lastDays.current;
  }, [entries, year, issues]);
  const heatDays = useMemo(() => days.map((date) => ({ date, planned: 1, ...none })), [days]);
  const changed =
    name.trim() !== (calendar?.name ?? "") || JSON.stringify(entries) !== JSON.stringify(calendar?.entries ?? []);
  useEffect(() => {
    onChanged(changed);
    return () => onChanged(false);
  }, [changed, onChanged]);
  const taken = calendar === null && props.names.includes(name.trim());
  const reason =
    name.trim() === ""
      ? "Give it a name."
      : taken
        ? "Another calendar has this name."
        : issues.size > 0
          ? ([...issues.values()][0]?.[0]?.message ?? "An entry is not finished.")
          : changed
            ? null
            : "Nothing has changed.";

  const toggle = (date: string) => {
    if (isFollowed) {
      setNotice("Its days are changed where it is read from; read it no more to change them here.");
      return;
    }
    const covering = entries.findIndex((entry) => coversDate(entry, date, noCalendars));
    const result = toggleDate(entries, date, covering);
    const by = result.blockedBy === undefined ? undefined : entries[result.blockedBy];
    setEntries(result.exclusions);
    setNotice(
      result.change === "blocked" && by !== undefined
        ? `${dateWords(date)} is excluded by ${exclusionText(by)}: remove that entry to take it back.`
        : `${dateWords(date)} ${result.change === "excluded" ? "excluded" : "taken back"}.`,
    );
  };

  return (
    <section className={classes.editor} aria-label={calendar?.name ?? "New calendar"}>
      {calendar === null ? (
        <TextInput
          label="Name"
          description="Schedules name it, so it stays."
          value={name}
          maxLength={200}
          onChange={(event) => setName(event.currentTarget.value)}
          maw={320}
        />
      ) : (
        <h2 className={classes.name}>{calendar.name}</h2>
      )}
      {calendar !== null && <CalendarSource calendar={calendar} onRead={props.onRead} />}
      <ReadingNotes notes={importFile.data?.notes ?? props.notes} />
      <div>
        <YearHeatmap
          year={year}
          days={heatDays}
          onYear={setYear}
          onDay={toggle}
          onRange={(from, to) => {
            if (isFollowed) return;
            const result = toggleRange(entries, from, to);
            setEntries(result.exclusions);
            setNotice(`${rangeWords(from, to)} ${result.change === "excluded" ? "excluded" : "taken back"}.`);
          }}
          dayHint={isFollowed ? "" : "Click to exclude it, or to take it back"}
          legend={false}
          folded={narrow}
        />
        <p className={classes.notice} role="status">
          {notice === "" ? `${plural(days.length, "day")} excluded in ${year}` : notice}
        </p>
      </div>
      {isFollowed ? (
        <FollowedDays entries={entries} />
      ) : (
        <EditorContext.Provider value={context}>
          <div className={classes.entries} role="group" aria-label="Entries">
            <ExclusionList
              exclusions={when.exclusions}
              issues={issues}
              removed={nothingTold}
              year={year}
              withCalendars={false}
            />
          </div>
        </EditorContext.Provider>
      )}
      {!isFollowed && (
        <Group gap="sm">
          <FileButton
            accept=".ics,text/calendar"
            resetRef={forgetFile}
            onChange={(file) => file !== null && importFile.mutate(file)}
          >
            {(button) => (
              <Button
                {...button}
                variant="default"
                leftSection={<IconFileImport size={14} aria-hidden="true" />}
                loading={importFile.isPending}
              >
                iCalendar file
              </Button>
            )}
          </FileButton>
          <Button
            variant="default"
            leftSection={<IconLink size={14} aria-hidden="true" />}
            disabled={linking}
            onClick={() => setLinking(true)}
          >
            From an address
          </Button>
          <Tooltip label="Undo">
            <ActionIcon
              aria-label="Undo"
              onClick={() => dispatch({ type: "undo" })}
              disabled={history.past.length === 0}
            >
              <IconArrowBackUp size={16} aria-hidden="true" />
            </ActionIcon>
          </Tooltip>
          <Tooltip label="Redo">
            <ActionIcon
              aria-label="Redo"
              onClick={() => dispatch({ type: "redo" })}
              disabled={history.future.length === 0}
            >
              <IconArrowForwardUp size={16} aria-hidden="true" />
            </ActionIcon>
          </Tooltip>
        </Group>
      )}
      {importFile.isPending && <CalendarReadingWork />}
      {linking && !isFollowed && (
        <AddressForm
          name={taken ? "" : name.trim()}
          replaces={entries.length > 0}
          onRead={(read) => {
            onChanged(false);
            props.onRead(read);
          }}
          onCancel={() => setLinking(false)}
        />
      )}
      {(importFile.error ?? save.error) !== null && (
        <p className={classes.error} role="alert">
          {fieldErrors(importFile.error)["text"] ?? errorMessage(importFile.error ?? save.error)}
        </p>
      )}
      {(usedBy.data?.length ?? 0) > 0 && (
        <p className={classes.used}>
          Left out by{" "}
          {usedBy.data?.map((schedule, index) => (
            <span key={schedule.scheduleId}>
              {index > 0 && ", "}
              <Link to="/schedules/$id" params={{ id: schedule.scheduleId }} className="link">
                {schedule.name}
              </Link>
            </span>
          ))}
          . A change here changes when they run.
        </p>
      )}
      <Group justify="space-between">
        {calendar === null ? (
          <span />
        ) : (
          <Button
            variant="default"
            leftSection={<IconTrash size={14} aria-hidden="true" />}
            onClick={() => setDeleting(true)}
          >
            Delete
          </Button>
        )}
        <Group gap="sm">
          {reason !== null && !isFollowed && <span className="dim">{reason}</span>}
          {props.onCancel !== undefined && (
            <Button variant="default" onClick={props.onCancel}>
              Cancel
            </Button>
          )}
          {!isFollowed && (
            <Button disabled={reason !== null} loading={save.isPending} onClick={() => !showUnread() && save.mutate()}>
              Save
            </Button>
          )}
        </Group>
      </Group>
      <ConfirmDialog
        opened={deleting}
        onClose={() => setDeleting(false)}
        title={`Delete ${calendar?.name ?? ""}?`}
        confirmLabel="Delete the calendar"
        destructive
        onConfirm={async () => {
          await client.calendars.delete.mutate({ name: calendar?.name ?? "" });
          props.onDeleted();
        }}
      >
        {(usedBy.data?.length ?? 0) > 0
          ? `${plural(usedBy.data?.length ?? 0, "schedule")} name it: take it out of them first.`
          : "No schedule names it."}
      </ConfirmDialog>
    </section>
  );
}
