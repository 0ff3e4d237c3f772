import { Table } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Omission } from "../../../shared/domain/schedule.ts";
import { trpc } from "../../api/client.ts";
import { OutcomeBadge } from "../../components/outcomes/OutcomeIcon.tsx";
import { EmptyState } from "../../components/page/EmptyState.tsx";
import { ErrorState } from "../../components/page/ErrorState.tsx";
import { LoadingRows } from "../../components/page/LoadingRows.tsx";
import { TimeText } from "../../components/values/TimeText.tsx";
import { count } from "../../format/numbers.ts";
import { reasonWords } from "./activityText.ts";

const shownAtMost = 500;

/** Occurrences that did not run: when, how many, why, and the way to run them after all. */
export function Omissions({ scheduleId, zone }: { scheduleId: string; zone: string }) {
  const query = useQuery(trpc.schedules.omissions.queryOptions({ scheduleId, limit: shownAtMost }));
  if (query.error !== null && query.data === undefined) {
    return <ErrorState error={query.error} title="What did not run could not be read" onRetry={query.refetch} />;
  }
  if (query.data === undefined) return <LoadingRows />;
  if (query.data.length === 0)
    return <EmptyState title="Nothing was left out">Every time it was due, it ran.</EmptyState>;
  return (
    <>
      <Table verticalSpacing={6} horizontalSpacing="sm" fz="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>What</Table.Th>
            <Table.Th>When</Table.Th>
            <Table.Th ta="right">How many</Table.Th>
            <Table.Th>Why</Table.Th>
            <Table.Th>
              <span className="visuallyHidden">Backfill</span>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {query.data.map((omission) => (
            <OmissionRow key={omission.omissionId} omission={omission} zone={zone} />
          ))}
        </Table.Tbody>
      </Table>
      {query.data.length === shownAtMost && <p className="dim">The newest {shownAtMost} are shown.</p>}
    </>
  );
}

function OmissionRow({ omission, zone }: { omission: Omission; zone: string }) {
  const { firstTime, lastTime } = omission;
  return (
    <Table.Tr>
      <Table.Td>
        <OutcomeBadge outcome={omission.kind} />
      </Table.Td>
      <Table.Td>
        <TimeText at={firstTime} seconds zone={zone} />
        {lastTime !== firstTime && (
          <>
            {" – "}
            <TimeText at={lastTime} seconds zone={zone} />
          </>
        )}
      </Table.Td>
      <Table.Td ta="right">{count(omission.count)}</Table.Td>
      <Table.Td>{reasonWords[omission.reason]}</Table.Td>
      <Table.Td ta="right">
        <Link
          to="/schedules/$id/backfill"
          params={{ id: omission.scheduleId }}
          // A range leaves its end out.
          search={{ from: firstTime, to: new Date(Date.parse(lastTime) + 1).toISOString() }}
          className="link"
        >
          Backfill
        </Link>
      </Table.Td>
    </Table.Tr>
  );
}
