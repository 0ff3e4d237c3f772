import { ActionIcon, Button, FileButton, Group, TextInput } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconFileImport, IconPlus, IconTrash, IconX } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect, useMemo, useState } from "react";
import type { StoredExclusionCalendar } from "../../../shared/api/calendars.ts";
import type { Exclusion, ExclusionCalendar } from "../../../shared/schedule/types.ts";
import { client, trpc } from "../../api/client.ts";
import { errorMessage } from "../../api/errors.ts";
import { ConfirmDialog } from "../../components/ConfirmDialog.tsx";
import { notifyDone } from "../../components/notify.tsx";
import { YearHeatmap } from "../../components/YearHeatmap.tsx";
import { plural } from "../../format/numbers.ts";
import { DatesDialog } from "../editor/exclude/DatesDialog.tsx";
import { coversDate } from "../editor/model/effects.ts";
import { toggleDate } from "../editor/model/exclusions.ts";
import { dateWords, exclusionText, rangeWords } from "../editor/model/exclusionText.ts";
import classes from "./Exclusions.module.css";
import { excludedDays } from "./excludedDays.ts";

const noCalendars = new Map<string, ExclusionCalendar>();
const none = { completed: 0, failed: 0, missed: 0, skipped: 0, cancelled: 0, running: 0, backfilled: 0 };
/** So many entries are listed at first; the year shows all. */
const listed = 60;

/** One exclusion calendar: its days in a year to click, its entries, and what an iCalendar file adds. */
export function CalendarEditor(props: {
  /** Null for a new one. */
  calendar: StoredExclusionCalendar | null;
  names: readonly string[];
  /** Told whether there are changes; false when it is saved or closed. */
  onChanged: (changed: boolean) => void;
  onSaved: (name: string) => void;
  onDeleted: () => void;
  onCancel?: () => void;
}) {
  const { calendar, onChanged } = props;
  const [name, setName] = useState(calendar?.name ?? "");
  const [entries, setEntries] = useState<readonly Exclusion[]>(calendar?.entries ?? []);
  const [year, setYear] = useState(() => new Date().getFullYear());
  const [choosing, setChoosing] = useState(false);
  const [deleting, setDeleting] = useState(false);
  const narrow = useMediaQuery("(max-width: 1260px)", false, { getInitialValueInEffect: false });
  const [notice, setNotice] = useState("");
  const [showAll, setShowAll] = useState(false);
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
  const importFile = useMutation({
    mutationFn: async (file: File) => {
      const text = await file.text();
      const own = /^X-WR-CALNAME[^:\r\n]*:(.+)$/m.exec(text)?.[1]?.trim() ?? file.name.replace(/\.ics$/i, "");
      const read = await client.calendars.importICal.mutate({ name: name.trim() || own.slice(0, 200), text });
      return read as unknown as ExclusionCalendar;
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

  const days = useMemo(() => excludedDays(entries, year), [entries, year]);
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
        : changed
          ? null
          : "Nothing has changed.";

  const toggle = (date: string) => {
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
      <div>
        <YearHeatmap
          year={year}
          days={heatDays}
          onYear={setYear}
          onDay={toggle}
          onRange={(from, to) => {
            setEntries([...entries, { from, to }]);
            setNotice(`${rangeWords(from, to)} excluded.`);
          }}
          dayHint="Click to exclude it, or to take it back"
          legend={false}
          folded={narrow}
        />
        <p className={classes.notice} role="status">
          {notice === "" ? `${plural(days.length, "day")} excluded in ${year}` : notice}
        </p>
      </div>
      <Group gap={6}>
        {entries.slice(0, showAll ? undefined : listed).map((entry, index) => (
          <span key={JSON.stringify(entry)} className={classes.chip}>
            {exclusionText(entry)}
            <ActionIcon
              size={22}
              aria-label={`Remove ${exclusionText(entry)}`}
              onClick={() => setEntries(entries.filter((_, i) => i !== index))}
            >
              <IconX size={12} aria-hidden="true" />
            </ActionIcon>
          </span>
        ))}
        {!showAll && entries.length > listed && (
          <Button variant="subtle" onClick={() => setShowAll(true)}>
            {entries.length - listed} more
          </Button>
        )}
      </Group>
      <Group gap="sm">
        <Button
          variant="default"
          leftSection={<IconPlus size={14} aria-hidden="true" />}
          onClick={() => setChoosing(true)}
        >
          Dates
        </Button>
        <FileButton accept=".ics,text/calendar" onChange={(file) => file !== null && importFile.mutate(file)}>
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
      </Group>
      {(importFile.error ?? save.error) !== null && (
        <p className={classes.error} role="alert">
          {errorMessage(importFile.error ?? save.error)}
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
          {reason !== null && <span className="dim">{reason}</span>}
          {props.onCancel !== undefined && (
            <Button variant="default" onClick={props.onCancel}>
              Cancel
            </Button>
          )}
          <Button disabled={reason !== null} loading={save.isPending} onClick={() => save.mutate()}>
            Save
          </Button>
        </Group>
      </Group>
      <DatesDialog
        opened={choosing}
        onClose={() => setChoosing(false)}
        onAdd={(added) => setEntries([...entries, ...added])}
      />
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
