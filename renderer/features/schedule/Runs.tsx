import { Button, Group } from "@mantine/core";
import { IconPlayerPlay, IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { RunColumn } from "../../../shared/api/runs.ts";
import type { ScheduleRow } from "../../../shared/api/schedules.ts";
import { trpc } from "../../api/client.ts";
import { RunGrid } from "../../components/outcomes/RunGrid.tsx";
import { EmptyState } from "../../components/page/EmptyState.tsx";
import { LoadingRows } from "../../components/page/LoadingRows.tsx";
import { laterPart } from "../../components/page/laterPart.tsx";
import { TimeText } from "../../components/values/TimeText.tsx";
import { shortDate } from "../../format/time.ts";
import { useTimeFormat } from "../../format/useTimeFormat.ts";
import { RunTable } from "../runs/RunTable.tsx";
import { useScheduleActions } from "../schedules/actions.ts";
import { HeatYear } from "./HeatYear.tsx";
import classes from "./Schedule.module.css";
import { ScheduleTimeline } from "./ScheduleTimeline.tsx";
import type { Stretch } from "./stretch.ts";

// The chart's library is the largest there is; it comes after the page.
const DurationTrend = laterPart("The durations", async () => (await import("./DurationTrend.tsx")).DurationTrend, {
  loading: <LoadingRows rows={3} />,
});

/** In the widest window. */
const columnsShown = 80;

/** What stands above a schedule's runs. */
export type RunsView = "runs" | "timeline" | "year" | "duration";

const viewNames: Record<RunsView, string> = {
  runs: "Last runs",
  timeline: "Timeline",
  year: "The year",
  duration: "Durations",
};

/** A schedule's runs: the last ones side by side, over time, its year or its durations, and below the list, which a day of the year narrows. */
export function Runs(props: {
  row: ScheduleRow;
  view: RunsView;
  stretch: Stretch | null;
  onStretch: (stretch: Stretch | null) => void;
}) {
  const { row, view, stretch } = props;
  const { scheduleId } = row;
  const zone = row.spec.timezone ?? "UTC";
  return (
    <>
      {!(view === "runs" && row.totalRuns === 0) && (
        <section className={classes.panel} aria-label={viewNames[view]}>
          {view === "runs" && <LastRuns scheduleId={scheduleId} zone={zone} />}
          {view === "timeline" && <ScheduleTimeline row={row} onStretch={props.onStretch} />}
          {view === "year" && <HeatYear row={row} onStretch={props.onStretch} />}
          {view === "duration" && <DurationTrend scheduleId={scheduleId} />}
        </section>
      )}
      {stretch !== null && <Narrowed {...props} stretch={stretch} zone={zone} />}
      <RunTable
        key={stretch?.from}
        input={{
          scheduleId,
          ...(stretch === null ? {} : { scheduledFrom: stretch.from, scheduledTo: stretch.to }),
        }}
        withoutSchedule
        zone={zone}
        height={420}
        empty={stretch === null ? <NotYet row={row} zone={zone} /> : <EmptyState title="Nothing ran then" />}
      />
    </>
  );
}

/** A schedule that has not run: when it will, and the way to see it run at once. */
function NotYet({ row, zone }: { row: ScheduleRow; zone: string }) {
  const actions = useScheduleActions();
  const runNow = (
    <Button variant="default" leftSection={<IconPlayerPlay size={14} />} onClick={() => actions.runNow(row)}>
      Run it now to see
    </Button>
  );
  return (
    <EmptyState title="It has not run yet" action={row.status === "deleted" ? undefined : runNow}>
      {row.nextRunTime === null ? (
        "A run by hand does not wait for its time."
      ) : (
        <>
          It runs first <TimeText at={row.nextRunTime} zone={zone} clock="both" />. A run by hand does not wait for
          that, and leaves it where it is.
        </>
      )}
    </EmptyState>
  );
}

function LastRuns({ scheduleId, zone }: { scheduleId: string; zone: string }) {
  const { data } = useQuery({
    ...trpc.runs.grid.queryOptions({ scheduleId, limit: columnsShown }),
    placeholderData: (before) => before,
  });
  if (data === undefined) return <LoadingRows rows={2} />;
  return <RunGrid columns={data as RunColumn[]} zone={zone} most={columnsShown} />;
}

/** Says what the list below is narrowed to, and fills that stretch's holes. */
function Narrowed(props: {
  row: ScheduleRow;
  stretch: Stretch;
  zone: string;
  onStretch: (stretch: Stretch | null) => void;
}) {
  const { row, stretch, zone } = props;
  const format = { ...useTimeFormat(), zone };
  const now = Date.now();
  const first = shortDate(Date.parse(stretch.from), now, format);
  const last = shortDate(Date.parse(stretch.to) - 1, now, format);
  return (
    <Group gap="sm" role="status">
      <span>
        Runs of <strong>{first === last ? first : `${first} – ${last}`}</strong>
      </span>
      <Button
        size="compact-xs"
        variant="default"
        renderRoot={(button) => (
          <Link to="/schedules/$id/backfill" params={{ id: row.scheduleId }} search={{ ...stretch }} {...button} />
        )}
      >
        Backfill this time
      </Button>
      <Button
        size="compact-xs"
        variant="subtle"
        leftSection={<IconX size={12} />}
        onClick={() => props.onStretch(null)}
      >
        All runs
      </Button>
    </Group>
  );
}
