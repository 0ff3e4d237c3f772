import { Button, Progress } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { CalendarSearch } from "../../app/search.ts";
import { OutcomeIcon } from "../../components/outcomes/OutcomeIcon.tsx";
import { type Outcome, outcomeNames } from "../../components/outcomes/outcomes.ts";
import { EmptyState } from "../../components/page/EmptyState.tsx";
import { ErrorState } from "../../components/page/ErrorState.tsx";
import { LoadingRows } from "../../components/page/LoadingRows.tsx";
import type { CalendarReadingState } from "../timeline/useCalendarRange.ts";
import classes from "./Calendar.module.css";
import { isFiltered } from "./CalendarFilters.tsx";

/** What all views of the calendar are given. */
export interface ViewProps {
  search: CalendarSearch;
  today: string;
  /** Opens a day. */
  onDay: (date: string) => void;
  /** Takes every filter away. */
  onClear: () => void;
}

/** A view once its range is read: before that how far it is, after an error the error; that of before in the meantime. */
export function Reading<T extends object>(props: {
  reading: CalendarReadingState<T>;
  /** Stays as it is while another part of it is read. */
  calm?: boolean;
  children: (range: T) => ReactNode;
}) {
  const { query, done, stop } = props.reading;
  const range = query.data;
  // What is on show is of other dates, or nothing yet.
  const awaited = range === undefined || query.isPlaceholderData;
  const isStale = awaited && !(props.calm && range !== undefined);
  return (
    <>
      {awaited && query.isFetching && <ReadingProgress done={done} onStop={stop} />}
      {query.error !== null && awaited ? (
        <ErrorState error={query.error} title="The calendar could not be read" onRetry={query.refetch} />
      ) : awaited && !query.isFetching ? (
        <EmptyState title="Stopped" action={<Button onClick={() => query.refetch()}>Read it again</Button>}>
          These days have not been read to the end.
        </EmptyState>
      ) : range === undefined ? (
        <LoadingRows rows={10} />
      ) : (
        <div className={classes.view} data-awaited={isStale || undefined} aria-busy={awaited}>
          {props.children(range)}
        </div>
      )}
    </>
  );
}

/** How far a long reading is, and a way to end it; shown once it has lasted a moment. */
function ReadingProgress({ done, onStop }: { done: number; onStop: () => void }) {
  return (
    <div className={classes.reading} aria-busy="true">
      <Progress.Root size="sm" className={classes.readingBar}>
        <Progress.Section value={done * 100} aria-label="Reading the calendar" />
      </Progress.Root>
      <span>Reading, {Math.round(done * 100)}%</span>
      <Button variant="default" size="compact-sm" onClick={onStop}>
        Stop
      </Button>
    </div>
  );
}

/** Words where there is nothing to draw, and a way on. */
export function NothingThere({ search, onClear, period }: Pick<ViewProps, "search" | "onClear"> & { period: string }) {
  if (isFiltered(search)) {
    return (
      <EmptyState
        title="Nothing matches"
        action={
          <Button variant="default" onClick={onClear}>
            Show all of it
          </Button>
        }
      >
        Nothing {period} has what is searched for.
      </EmptyState>
    );
  }
  return (
    <EmptyState
      title={`Nothing ${period}`}
      action={<Button renderRoot={(button) => <Link to="/schedules/new" {...button} />}>New schedule</Button>}
    >
      No run, nothing planned, nothing missed. What active schedules will do stands here in advance.
    </EmptyState>
  );
}

const explained = ["completed", "failed", "running", "missed", "skipped", "planned"] as const;
/** In the key only where they are on the page. */
const rare = ["waiting", "cancelled", "interrupted"] as const;

export function Legend({ outcomes }: { outcomes: ReadonlySet<Outcome> }) {
  return (
    <ul className={classes.legend}>
      {[...explained, ...rare.filter((outcome) => outcomes.has(outcome))].map((outcome) => (
        <li key={outcome}>
          <OutcomeIcon outcome={outcome} size={12} /> {outcomeNames[outcome].toLowerCase()}
        </li>
      ))}
    </ul>
  );
}
