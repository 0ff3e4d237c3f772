import { Button } from "@mantine/core";
import { IconHistoryToggle } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Backfill } from "../../../shared/domain/backfill.ts";
import { reader, trpc } from "../../api/client.ts";
import { OutcomeBadge } from "../../components/outcomes/OutcomeIcon.tsx";
import { EmptyState } from "../../components/page/EmptyState.tsx";
import { ErrorState } from "../../components/page/ErrorState.tsx";
import { LoadingRows } from "../../components/page/LoadingRows.tsx";
import { PageHeader } from "../../components/page/PageHeader.tsx";
import { TimeText } from "../../components/values/TimeText.tsx";
import { count } from "../../format/numbers.ts";
import { useMinute } from "../../format/ticker.ts";
import { durationText, shortDate, type TimeFormat } from "../../format/time.ts";
import { useTimeFormat } from "../../format/useTimeFormat.ts";
import classes from "./Backfill.module.css";
import { backfillOutcome, rangeText, statusText } from "./backfillWords.ts";
import { ProgressBar } from "./ProgressBar.tsx";

const pageSize = 100;

/** Every backfill, newest first. */
export function BackfillsPage(_props: object) {
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery({
    // Under the key of `backfills.list`, so that live changes reach it.
    queryKey: [...trpc.backfills.list.queryKey({}), "pages"],
    queryFn: ({ pageParam, signal }) => reader.backfills.list.query({ limit: pageSize, offset: pageParam }, { signal }),
    initialPageParam: 0,
    getNextPageParam: ({ total }, pages) => (pages.length * pageSize < total ? pages.length * pageSize : undefined),
  });
  const rows = shownOnce(data?.pages.flatMap((page) => page.rows as Backfill[]) ?? []);
  return (
    <>
      <PageHeader title="Backfills" />
      {data === undefined ? (
        error === null ? (
          <LoadingRows />
        ) : (
          <ErrorState error={error} title="The backfills could not be read" onRetry={refetch} />
        )
      ) : rows.length === 0 ? (
        <EmptyState
          title="Nothing has been backfilled"
          icon={<IconHistoryToggle size={28} stroke={1.5} />}
          action={
            <Button component={Link} to="/">
              Go to Schedules
            </Button>
          }
        >
          A backfill runs the past occurrences of a schedule: those that were missed, or those from before it was made.
          Open a schedule and press Backfill.
        </EmptyState>
      ) : (
        <>
          <div className={classes.tableBox}>
            <table className={classes.table}>
              <thead>
                <tr>
                  <th scope="col">Schedule</th>
                  <th scope="col">Status</th>
                  <th scope="col">Progress</th>
                  <th scope="col">Range</th>
                  <th scope="col" className={classes.optional}>
                    Time left
                  </th>
                  <th scope="col">Started</th>
                </tr>
              </thead>
              <tbody>
                {rows.map((row) => (
                  <Row key={row.backfillId} backfill={row} />
                ))}
              </tbody>
            </table>
          </div>
          {hasNextPage && (
            <div style={{ padding: "0 24px 16px" }}>
              <Button variant="default" onClick={() => fetchNextPage()} loading={isFetchingNextPage}>
                Show more ({count((data.pages[0]?.total ?? 0) - rows.length)})
              </Button>
            </div>
          )}
        </>
      )}
    </>
  );
}

/** One that was started while pages were read moves the others on, so that a later page may begin with a known one. */
const shownOnce = (rows: readonly Backfill[]): Backfill[] => [
  ...new Map(rows.map((row) => [row.backfillId, row])).values(),
];

function Row({ backfill }: { backfill: Backfill }) {
  const format = { ...useTimeFormat(), zone: backfill.timezone };
  const now = useMinute();
  const { backfillId, total, completed, failed, timeLeftMs } = backfill;
  return (
    <tr>
      <td>
        <Link
          className={`quietLink ellipsis ${classes.nameLink}`}
          to="/backfills/$id"
          params={{ id: backfillId }}
          data-tip={backfill.scheduleName}
        >
          {backfill.scheduleName}
        </Link>
      </td>
      <td>
        <OutcomeBadge outcome={backfillOutcome(backfill)}>{statusText(backfill)}</OutcomeBadge>
      </td>
      <td>
        <span style={{ display: "flex", alignItems: "center", gap: 8 }}>
          <ProgressBar backfill={backfill} small />
          <span className="dim">
            {count(completed + failed)} of {count(total)}
          </span>
        </span>
      </td>
      <td data-tip={`${rangeText(backfill, format)}\n${format.zone}`}>{datesText(backfill, now, format)}</td>
      <td className={classes.optional}>
        {timeLeftMs === null ? <span className="dim">–</span> : durationText(timeLeftMs)}
      </td>
      <td>
        <TimeText at={backfill.startedAt ?? backfill.createdAt} />
      </td>
    </tr>
  );
}

function datesText({ from, to }: Backfill, now: number, format: TimeFormat): string {
  const [first, last] = [shortDate(Date.parse(from), now, format), shortDate(Date.parse(to) - 1, now, format)];
  return first === last ? first : `${first} – ${last}`;
}
