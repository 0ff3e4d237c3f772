import { Alert, Button, Group, TextInput } from "@mantine/core";
import { IconRefresh, IconUnlink } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import type { CalendarFileReading, ListedExclusionCalendar } from "../../../shared/api/calendars.ts";
import type { Exclusion } from "../../../shared/schedule/types.ts";
import { client } from "../../api/client.ts";
import { errorMessage, fieldErrors } from "../../api/errors.ts";
import { ConfirmDialog } from "../../components/page/ConfirmDialog.tsx";
import { notifyDone } from "../../components/page/notify.tsx";
import { Working } from "../../components/page/Working.tsx";
import { TimeText } from "../../components/values/TimeText.tsx";
import { count } from "../../format/numbers.ts";
import { exclusionText } from "../editor/model/exclusionText.ts";
import classes from "./Exclusions.module.css";

const askProgress = () => client.calendars.readingProgress.query();
const stopReading = () => client.calendars.stopReading.mutate();

/** Shown while a calendar is read from a file or an address. */
export const CalendarReadingWork = () => <Working label="Calendar" ask={askProgress} onStop={stopReading} />;

/** Of long lists so many are shown. */
const MAX_NOTES = 30;

/** What was left out of a calendar, or could not be taken as it is written. */
export function ReadingNotes({ notes }: { notes: readonly string[] }) {
  if (notes.length === 0) return null;
  return (
    <Alert color="yellow" title="Read with notes">
      <ul className={classes.notes}>
        {notes.slice(0, MAX_NOTES).map((note) => (
          <li key={note}>{note}</li>
        ))}
      </ul>
    </Alert>
  );
}

const useFollow = (onRead: (reading: CalendarFileReading) => void) =>
  useMutation({
    mutationFn: async (from: { name: string; url: string }) =>
      (await client.calendars.follow.mutate(from)) as unknown as CalendarFileReading,
    onSuccess: (reading) => {
      notifyDone(`${reading.name} read`);
      onRead(reading);
    },
  });

const problemOf = (error: unknown): string => fieldErrors(error)["url"] ?? errorMessage(error);

/** Where a calendar is read from each day: when that was last, what went wrong, and how to end it. */
export function CalendarSource(props: {
  calendar: ListedExclusionCalendar;
  onRead: (reading: CalendarFileReading) => void;
}) {
  const { name, source } = props.calendar;
  const [ending, setEnding] = useState(false);
  const follow = useFollow(props.onRead);
  if (source === null) return null;
  const { url, readAt, triedAt, problem } = source;
  return (
    <section className={classes.source} aria-label="Where it is read from">
      <div className={classes.sourceText}>
        <div>
          Read each day from{" "}
          <a href={url} target="_blank" rel="noreferrer" className="link">
            {url}
          </a>
        </div>
        <div className="dim">
          Last read <TimeText at={readAt} fallback="never" />. Its days are changed there, not here.
        </div>
      </div>
      <Group gap="sm">
        <Button
          variant="default"
          leftSection={<IconRefresh size={14} aria-hidden="true" />}
          loading={follow.isPending}
          onClick={() => follow.mutate({ name, url })}
        >
          Read now
        </Button>
        <Button
          variant="default"
          leftSection={<IconUnlink size={14} aria-hidden="true" />}
          disabled={follow.isPending}
          onClick={() => setEnding(true)}
        >
          Read no more
        </Button>
      </Group>
      <div className={classes.sourceMore}>
        {follow.isPending && <CalendarReadingWork />}
        {follow.error !== null ? (
          <p className={classes.error} role="alert">
            It could not be read, and stays as it was: {problemOf(follow.error)}
          </p>
        ) : (
          problem !== null && (
            <p className={classes.error} role="alert">
              The last try, <TimeText at={triedAt} />, failed, and the calendar stays as it was: {problem}
            </p>
          )
        )}
      </div>
      <ConfirmDialog
        opened={ending}
        onClose={() => setEnding(false)}
        title={`Read ${name} no more?`}
        confirmLabel="Read no more"
        onConfirm={async () => {
          await client.calendars.unfollow.mutate({ name });
          notifyDone(`${name} stays as it is`);
        }}
      >
        It keeps the days that it has, and they can be changed here from then on.
      </ConfirmDialog>
    </section>
  );
}

/** Of long lists so many are shown at first. */
const SHOWN = 40;

/** What a calendar that is read from an address leaves out, to be read and not changed. */
export function FollowedDays({ entries }: { entries: readonly Exclusion[] }) {
  const [showAll, setShowAll] = useState(false);
  const shown = showAll ? entries : entries.slice(0, SHOWN);
  return (
    <div>
      <ul className={classes.days} aria-label="Entries">
        {shown.map((entry) => (
          <li key={JSON.stringify(entry)}>{exclusionText(entry)}</li>
        ))}
      </ul>
      {shown.length < entries.length && (
        <Button variant="subtle" onClick={() => setShowAll(true)}>
          {count(entries.length - shown.length)} more
        </Button>
      )}
    </div>
  );
}

/** Gives a calendar an address to be read from, now and each day. */
export function AddressForm(props: {
  /** What it is called; empty where that is not said yet. */
  name: string;
  /** Its own days are replaced. */
  replaces: boolean;
  onRead: (reading: CalendarFileReading) => void;
  onCancel: () => void;
}) {
  const [url, setUrl] = useState("");
  const follow = useFollow(props.onRead);
  const lacksName = props.name === "";
  return (
    <form
      className={classes.source}
      onSubmit={(event) => {
        event.preventDefault();
        if (!lacksName && url.trim() !== "") follow.mutate({ name: props.name, url: url.trim() });
      }}
    >
      <TextInput
        className={classes.sourceText ?? ""}
        label="Address of an iCalendar file"
        description="Public holidays or a team's calendar: read now, and again each day."
        placeholder="https://example.org/holidays.ics"
        value={url}
        maxLength={2000}
        onChange={(event) => setUrl(event.currentTarget.value)}
        error={follow.error === null ? undefined : problemOf(follow.error)}
        data-autofocus
      />
      <div className={classes.sourceMore}>
        {follow.isPending && <CalendarReadingWork />}
        {props.replaces && <p className="dim">The days that it has are replaced by those of the address.</p>}
      </div>
      <Group gap="sm">
        <Button type="submit" loading={follow.isPending} disabled={lacksName || url.trim() === ""}>
          Read it
        </Button>
        <Button variant="default" disabled={follow.isPending} onClick={props.onCancel}>
          Cancel
        </Button>
        {lacksName && <span className="dim">Give the calendar a name first.</span>}
      </Group>
    </form>
  );
}
