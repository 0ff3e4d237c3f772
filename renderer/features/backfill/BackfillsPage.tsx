import { Button } from "@mantine/core";
import { IconHistoryToggle } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { Backfill } from "../../../shared/domain/backfill.ts";
import { trpc } from "../../api/client.ts";
import { EmptyState } from "../../components/EmptyState.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { LoadingRows } from "../../components/LoadingRows.tsx";
import { OutcomeBadge } from "../../components/OutcomeIcon.tsx";
import { PageHeader } from "../../components/PageHeader.tsx";
import { TimeText } from "../../components/TimeText.tsx";
import { count } from "../../format/numbers.ts";
import { useMinute } from "../../format/ticker.ts";
import { durationText, shortDate, type TimeFormat } from "../../format/time.ts";
import { useTimeFormat } from "../../format/useTimeFormat.ts";
import classes from "./Backfill.module.css";
import { rangeText, statusOutcome, statusText } from "./backfillWords.ts";
import { ProgressBar } from "./ProgressBar.tsx";

const pageSize = 100;

/** Every backfill, newest first. */
export function BackfillsPage(_props: object) {
  const [limit, setLimit] = useState(pageSize);
  const { data, error, refetch } = useQuery({
    ...trpc.backfills.list.queryOptions({ limit }),
    placeholderData: keepPreviousData,
  });
  return (
    <>
      <PageHeader title="Backfills" />
      {data === undefined ? (
        error === null ? (
          <LoadingRows />
        ) : (
          <ErrorState error={error} title="The backfills could not be read" onRetry={refetch} />
        )
      ) : data.rows.length === 0 ? (
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
                {data.rows.map((row) => (
                  <Row key={row.backfillId} backfill={row as Backfill} />
                ))}
              </tbody>
            </table>
          </div>
          {data.rows.length < data.total && (
            <div style={{ padding: "0 24px 16px" }}>
              <Button
                variant="default"
                onClick={() => setLimit(Math.min(1000, limit + pageSize))}
                disabled={limit >= 1000}
              >
                Show more ({count(data.total - data.rows.length)})
              </Button>
            </div>
          )}
        </>
      )}
    </>
  );
}

function Row({ backfill }: { backfill: Backfill }) {
  const format = useTimeFormat();
  const now = useMinute();
  const { backfillId, total, remaining, timeLeftMs } = backfill;
  return (
    <tr>
      <td>
        <Link className="quietLink" to="/backfills/$id" params={{ id: backfillId }} style={{ fontWeight: 600 }}>
          {backfill.scheduleName}
        </Link>
      </td>
      <td>
        <OutcomeBadge outcome={statusOutcome[backfill.status]}>{statusText(backfill)}</OutcomeBadge>
      </td>
      <td>
        <span style={{ display: "flex", alignItems: "center", gap: 8 }}>
          <ProgressBar backfill={backfill} small />
          <span className="dim">
            {count(total - remaining)} of {count(total)}
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
