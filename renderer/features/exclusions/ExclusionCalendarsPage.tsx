import { Button } from "@mantine/core";
import { IconCalendarOff, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { ListedExclusionCalendar } from "../../../shared/api/calendars.ts";
import { trpc } from "../../api/client.ts";
import { EmptyState } from "../../components/page/EmptyState.tsx";
import { ErrorState } from "../../components/page/ErrorState.tsx";
import { LoadingRows } from "../../components/page/LoadingRows.tsx";
import { PageHeader } from "../../components/page/PageHeader.tsx";
import { useUnsaved } from "../../components/page/unsaved.tsx";
import { plural } from "../../format/numbers.ts";
import { CalendarEditor } from "./CalendarEditor.tsx";
import classes from "./Exclusions.module.css";

/** Named sets of days on which schedules that name them do not run: holidays, maintenance. */
export function ExclusionCalendarsPage() {
  const query = useQuery(trpc.calendars.list.queryOptions());
  const [chosen, setChosen] = useState<string | null>(null);
  const [creating, setCreating] = useState(false);
  // The editor begins anew with what was read; what was said of the reading stays.
  const [read, setRead] = useState<{ name: string; notes: readonly string[] } | null>(null);
  const { onChanged, leave, dialog } = useUnsaved("The changes of this calendar are not saved.");
  if (query.error !== null) {
    return <ErrorState error={query.error} title="The calendars could not be read" onRetry={() => query.refetch()} />;
  }
  if (query.data === undefined) return <LoadingRows />;
  const calendars = query.data as unknown as ListedExclusionCalendar[];
  const shown = creating ? null : (calendars.find((calendar) => calendar.name === chosen) ?? calendars[0] ?? null);
  const create = (
    <Button leftSection={<IconPlus size={14} aria-hidden="true" />} onClick={() => leave(() => setCreating(true))}>
      New calendar
    </Button>
  );
  return (
    <>
      <PageHeader
        title="Exclusion calendars"
        sub="Days that many schedules leave out: edit them here once."
        actions={calendars.length === 0 && !creating ? undefined : create}
      />
      {calendars.length === 0 && !creating ? (
        <EmptyState title="No exclusion calendars yet" icon={<IconCalendarOff size={28} />} action={create}>
          Keep holidays or maintenance days in one place, by hand, from an iCalendar file or from an address that is
          read each day, and let any schedule leave them out.
        </EmptyState>
      ) : (
        <div className={classes.columns}>
          <nav className={classes.list} aria-label="Calendars">
            {creating && (
              <span className={classes.item} data-active>
                New calendar
              </span>
            )}
            {calendars.map((calendar) => (
              <button
                key={calendar.name}
                type="button"
                className={classes.item}
                data-active={calendar === shown || undefined}
                aria-current={calendar === shown || undefined}
                onClick={() =>
                  leave(() => {
                    setChosen(calendar.name);
                    setCreating(false);
                  })
                }
              >
                <span className="ellipsis">{calendar.name}</span>
                <span className="dim">
                  {plural(calendar.entries.length, "entry", "entries")} · {plural(calendar.usedBy, "schedule")}
                </span>
                {calendar.source !== null && (
                  <span className={calendar.source.problem === null ? "dim" : classes.failing}>
                    {calendar.source.problem === null ? "Read each day" : "Could not be read"}
                  </span>
                )}
              </button>
            ))}
          </nav>
          <CalendarEditor
            // What is read anew replaces what was read before.
            key={shown === null ? "new" : `${shown.name} ${shown.source === null ? "" : shown.updatedAt}`}
            calendar={shown}
            names={calendars.map((calendar) => calendar.name)}
            onChanged={onChanged}
            onSaved={(name) => {
              setChosen(name);
              setCreating(false);
            }}
            onRead={({ name, notes }) => {
              setRead({ name, notes });
              setChosen(name);
              setCreating(false);
            }}
            notes={read !== null && read.name === shown?.name ? read.notes : []}
            onDeleted={() => setChosen(null)}
            onCancel={creating ? () => setCreating(false) : undefined}
          />
        </div>
      )}
      {dialog}
    </>
  );
}
