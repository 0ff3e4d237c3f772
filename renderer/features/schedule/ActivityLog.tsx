import { Button, SegmentedControl } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { ActivityFilter } from "../../../shared/api/schedules.ts";
import type { ActivityEvent } from "../../../shared/domain/schedule.ts";
import { reader, trpc } from "../../api/client.ts";
import { EmptyState } from "../../components/page/EmptyState.tsx";
import { ErrorState } from "../../components/page/ErrorState.tsx";
import { LoadingRows } from "../../components/page/LoadingRows.tsx";
import { TimeText } from "../../components/values/TimeText.tsx";
import { plural } from "../../format/numbers.ts";
import { clockTime, localDate, shortDate } from "../../format/time.ts";
import { useTimeFormat } from "../../format/useTimeFormat.ts";
import { UndoImport } from "../import/UndoImport.tsx";
import { useScheduleNames } from "../schedules/useScheduleNames.ts";
import { activityText, changesOf, changeValue, gatherFirings } from "./activityText.ts";
import { actorText } from "./actorText.ts";
import classes from "./Schedule.module.css";

const pageSize = 100;

/** What says by itself who did it. */
const impersonal: readonly ActivityEvent["kind"][] = ["missed", "triggered"];

/** What a history is looked through for; firings alone would hide everything else. */
const filters = {
  changes: {
    label: "Changes",
    empty: "Nobody has changed it since it was made",
    kinds: [
      "created",
      "edited",
      "paused",
      "resumed",
      "deleted",
      "restored",
      "skipped_by_hand",
      "unskipped",
      "backfilled",
      "ended",
      "cancelled",
      "failed_over",
      "clock_changed",
      "declared",
    ],
  },
  pauses: { label: "Pauses", empty: "It has never been paused", kinds: ["paused", "resumed"] },
  trouble: { label: "Trouble", empty: "Nothing has gone wrong", kinds: ["failed", "recovered", "missed", "skipped"] },
  agents: { label: "Agents", empty: "No agent has asked about it", kinds: ["asked"] },
  all: { label: "All", empty: "Nothing has happened yet", kinds: undefined },
} satisfies Record<string, { label: string; empty: string; kinds: ActivityFilter[] | undefined }>;
type Filter = keyof typeof filters;

/** A schedule's history, newest first, with the differences of each edit. */
export function ActivityLog(props: { scheduleId: string; zone: string }) {
  const [filter, setFilter] = useState<Filter>("changes");
  return (
    <>
      <SegmentedControl
        data={Object.entries(filters).map(([value, { label }]) => ({ value, label }))}
        value={filter}
        onChange={(value) => setFilter(value as Filter)}
        aria-label="Show"
      />
      <Events key={filter} {...props} {...filters[filter]} />
    </>
  );
}

function Events(props: { scheduleId: string; zone: string; empty: string; kinds: ActivityFilter[] | undefined }) {
  const format = useTimeFormat();
  const input = { scheduleId: props.scheduleId, ...(props.kinds === undefined ? {} : { kinds: props.kinds }) };
  const query = useInfiniteQuery({
    queryKey: [...trpc.schedules.activity.queryKey(input), "pages"],
    queryFn: ({ pageParam, signal }) =>
      reader.schedules.activity.query(
        { ...input, limit: pageSize, ...(pageParam === 0 ? {} : { before: pageParam }) },
        { signal },
      ),
    initialPageParam: 0,
    getNextPageParam: (page) => page.nextBefore,
  });
  if (query.error !== null && query.data === undefined) {
    return <ErrorState error={query.error} title="The history could not be read" onRetry={query.refetch} />;
  }
  if (query.data === undefined) return <LoadingRows />;
  const events = query.data.pages.flatMap((page) => page.rows) as ActivityEvent[];
  const now = Date.now();
  const time = (iso: string) => {
    const at = Date.parse(iso);
    const clock = clockTime(at, format);
    return localDate(at, format.zone) === localDate(now, format.zone)
      ? clock
      : `${shortDate(at, now, format)} ${clock}`;
  };
  return (
    <>
      {events.length === 0 && !query.hasNextPage && <EmptyState title={props.empty} />}
      <ol className={classes.activity}>
        {gatherFirings(events).map((entry) =>
          Array.isArray(entry) ? (
            <Firings key={entry[0]?.activityId} events={entry} zone={props.zone} time={time} />
          ) : (
            <Entry key={entry.activityId} event={entry} zone={props.zone} time={time} />
          ),
        )}
      </ol>
      {query.hasNextPage && (
        <Button variant="subtle" onClick={() => query.fetchNextPage()} loading={query.isFetchingNextPage}>
          Show older
        </Button>
      )}
    </>
  );
}

interface EntryProps {
  event: ActivityEvent;
  zone: string;
  time: (iso: string) => string;
}

function Entry({ event, zone, time }: EntryProps) {
  return (
    <li data-kind={event.kind}>
      <span className={classes.activityTime}>
        <TimeText at={event.at} zone={zone} />
      </span>
      <div className={classes.activityText}>
        <ActivityWords event={event} time={time} />{" "}
        {event.actor !== "engine" && !impersonal.includes(event.kind) && (
          <span className="dim">by {actorText(event.actor)}</span>
        )}
        {event.importId !== null && !event.undone && <UndoImport undoId={event.importId} />}
        <Changes event={event} />
      </div>
    </li>
  );
}

/** A moment's seconds say nothing of a firing. */
const toMinute = (iso: string): string => `${iso.slice(0, 16)}:00.000Z`;

/** Firings with nothing between them: a line, which opens to each. */
function Firings({ events, zone, time }: Omit<EntryProps, "event"> & { events: readonly ActivityEvent[] }) {
  const [opened, setOpened] = useState(false);
  const newest = events[0];
  const oldest = events.at(-1);
  if (newest === undefined || oldest === undefined) return null;
  return (
    <>
      <li>
        <span className={classes.activityTime}>
          <TimeText at={newest.at} zone={zone} />
        </span>
        <div className={classes.activityText}>
          <button type="button" className={classes.firings} onClick={() => setOpened(!opened)} aria-expanded={opened}>
            Fired {plural(events.length, "time")}
          </button>{" "}
          <span className="dim">since {time(toMinute(oldest.at))}</span>
        </div>
      </li>
      {opened && events.map((event) => <Entry key={event.activityId} event={event} zone={zone} time={time} />)}
    </>
  );
}

function ActivityWords({ event, time }: { event: ActivityEvent; time: (iso: string) => string }) {
  const words = activityText(event, time);
  const backfillId = event.details["backfillId"];
  if (event.runId !== null) {
    return (
      <Link to="/runs/$id" params={{ id: event.runId }} className="quietLink">
        {words}
      </Link>
    );
  }
  if (typeof backfillId === "string") {
    return (
      <Link to="/backfills/$id" params={{ id: backfillId }} className="quietLink">
        {words}
      </Link>
    );
  }
  return <span>{words}</span>;
}

function Changes({ event }: { event: ActivityEvent }) {
  const changes = changesOf(event);
  const { nameOf } = useScheduleNames(changes.some(({ field }) => field === "spec"));
  if (changes.length === 0) return null;
  return (
    <ul className={classes.changes}>
      {changes.map((change) => (
        <li key={change.field}>
          <span>{change.field}</span>{" "}
          <del>
            <span className="visuallyHidden">from </span>
            {changeValue(change.from, nameOf)}
          </del>{" "}
          <span aria-hidden="true">→</span>{" "}
          <ins>
            <span className="visuallyHidden">to </span>
            {changeValue(change.to, nameOf)}
          </ins>
        </li>
      ))}
    </ul>
  );
}
