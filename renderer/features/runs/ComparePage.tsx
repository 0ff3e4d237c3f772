import { Select, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { RunDetail, RunRow } from "../../../shared/api/runs.ts";
import { trpc } from "../../api/client.ts";
import { EmptyState } from "../../components/page/EmptyState.tsx";
import { ErrorState } from "../../components/page/ErrorState.tsx";
import { LoadingRows } from "../../components/page/LoadingRows.tsx";
import { PageHeader } from "../../components/page/PageHeader.tsx";
import { LineDiff } from "../../components/values/LineDiff.tsx";
import { TimeText } from "../../components/values/TimeText.tsx";
import { isolated } from "../../format/isolated.ts";
import { clockTime, durationText, shortDate, type TimeFormat } from "../../format/time.ts";
import { useTimeFormat } from "../../format/useTimeFormat.ts";
import classes from "./Compare.module.css";
import { RunDuration, triggerWords } from "./RunFacts.tsx";
import { useRunLog } from "./useRunLog.ts";
import { RunBadge } from "./Waiting.tsx";

const route = getRouteApi("/runs/$id/compare");
const offered = 50;

/** Two runs of a schedule beside each other: what they were given, what they printed, how long they took. */
export function ComparePage({ runId }: { runId: string }) {
  const { with: chosen } = route.useSearch();
  const navigate = route.useNavigate();
  const after = useQuery(trpc.runs.get.queryOptions({ runId }));
  const run = after.data as RunDetail | undefined;
  const others = useQuery({
    ...trpc.runs.list.queryOptions({ scheduleId: run?.scheduleId ?? "", limit: offered }),
    enabled: run?.scheduleId != null,
  });
  const before = useQuery({
    // The next one in the list: those of a backfill are all made at once, so no time tells which came before.
    ...trpc.runs.list.queryOptions({ scheduleId: run?.scheduleId ?? "", cursor: runId, limit: 1 }),
    enabled: chosen === undefined && run?.scheduleId != null,
  });
  const otherId = chosen ?? before.data?.rows[0]?.runId;
  const otherQuery = useQuery({
    ...trpc.runs.get.queryOptions({ runId: otherId ?? "" }),
    enabled: otherId !== undefined,
  });
  const other = otherQuery.data as RunDetail | undefined;
  const format = useTimeFormat();
  const error = after.error ?? otherQuery.error;
  if (error !== null) {
    return <ErrorState page error={error} title="These runs could not be read" onRetry={() => after.refetch()} />;
  }
  if (run === undefined) return <LoadingRows />;
  const name = run.scheduleName ?? run.workflowName;
  const choices = ((others.data?.rows ?? []) as RunRow[]).filter((each) => each.runId !== runId);
  if (other !== undefined && !choices.some((each) => each.runId === other.runId)) choices.push(other);
  return (
    <div className={classes.page}>
      <PageHeader
        title={`Compare runs of ${isolated(name)}`}
        crumb={
          run.scheduleId !== null && (
            <Link to="/schedules/$id" params={{ id: run.scheduleId }} className="quietLink">
              {name}
            </Link>
          )
        }
        actions={
          <Select
            aria-label="Compare with"
            placeholder="Compare with"
            data={choices.map((each) => ({ value: each.runId, label: runWords(each, format) }))}
            value={other?.runId ?? null}
            onChange={(next) => next !== null && navigate({ search: { with: next }, replace: true })}
            searchable
            w={260}
          />
        }
      />
      {other === undefined ? (
        before.isPending || otherQuery.isFetching ? (
          <LoadingRows rows={4} />
        ) : (
          <EmptyState title="There is no other run to compare with">
            It is the first of its schedule, or the ones before are no longer kept.
          </EmptyState>
        )
      ) : (
        <Comparison before={other} after={run} />
      )}
    </div>
  );
}

const runWords = (run: RunRow, format: TimeFormat): string => {
  const at = Date.parse(run.scheduledTime ?? run.createdAt);
  return `${shortDate(at, Date.now(), format)}, ${clockTime(at - (at % 1000), format)} · ${run.status}`;
};

const json = (value: unknown): string => JSON.stringify(value ?? null, null, 2);

function Comparison({ before, after }: { before: RunDetail; after: RunDetail }) {
  const [first, second] = [before, after].map(durationOf);
  const difference =
    first === null || second === null || first === undefined || second === undefined ? null : second - first;
  return (
    <div className={classes.body}>
      <table className={classes.facts} aria-label="The two runs">
        <thead>
          <tr>
            <td />
            <th scope="col">
              <RunLink run={before} />
            </th>
            <th scope="col">
              <RunLink run={after} />
            </th>
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">Status</th>
            <td>
              <RunBadge run={before} />
            </td>
            <td>
              <RunBadge run={after} />
            </td>
          </tr>
          <tr>
            <th scope="row">Trigger</th>
            <td>{triggerWords[before.trigger]}</td>
            <td>{triggerWords[after.trigger]}</td>
          </tr>
          <tr>
            <th scope="row">Started</th>
            <td>
              <TimeText at={before.startedAt} seconds />
            </td>
            <td>
              <TimeText at={after.startedAt} seconds />
            </td>
          </tr>
          <tr>
            <th scope="row">Duration</th>
            <td>
              <RunDuration {...before} />
            </td>
            <td>
              <RunDuration {...after} />
              {difference !== null && <span className="dim"> · {differenceWords(difference, first ?? 0)}</span>}
            </td>
          </tr>
          <tr>
            <th scope="row">Message</th>
            <td className={classes.message}>{messageOf(before)}</td>
            <td className={classes.message}>{messageOf(after)}</td>
          </tr>
        </tbody>
      </table>
      <Part title="Input">
        <LineDiff
          label="Differences of the input"
          before={json(before.input)}
          after={json(after.input)}
          same="Both were given the same."
        />
      </Part>
      <Part title="Result">
        <LineDiff
          label="Differences of the result"
          before={json(before.result)}
          after={json(after.result)}
          same={before.result === null && after.result === null ? "Neither has a result." : "Both returned the same."}
        />
      </Part>
      <Part title="Log">
        <LogDiff before={before.runId} after={after.runId} />
      </Part>
    </div>
  );
}

function Part(props: { title: string; children: ReactNode }) {
  return (
    <section>
      <Title order={2} className={classes.heading}>
        {props.title}
      </Title>
      {props.children}
    </section>
  );
}

const durationOf = (run: RunRow): number | null =>
  run.startedAt === null || run.completedAt === null ? null : Date.parse(run.completedAt) - Date.parse(run.startedAt);

/** `1.2 s longer (+40 %)` */
function differenceWords(difference: number, of: number): string {
  if (Math.abs(difference) < 1) return "as long";
  const share = of > 0 ? ` (${difference > 0 ? "+" : "−"}${Math.abs(Math.round((difference / of) * 100))} %)` : "";
  return `${durationText(Math.abs(difference))} ${difference > 0 ? "longer" : "shorter"}${share}`;
}

const messageOf = (run: RunRow): string => run.error?.message ?? run.warning ?? run.skipReason ?? "–";

function RunLink({ run }: { run: RunRow }) {
  const format = useTimeFormat();
  const at = Date.parse(run.scheduledTime ?? run.createdAt);
  return (
    <Link to="/runs/$id" params={{ id: run.runId }} className="link">
      {shortDate(at, Date.now(), format)}, {clockTime(at - (at % 1000), format)}
    </Link>
  );
}

function LogDiff({ before, after }: { before: string; after: string }) {
  const [first, second] = [useRunLog(before, false), useRunLog(after, false)];
  const text = (lines: readonly { text: string }[]) => lines.map((line) => line.text).join("\n");
  return (
    <LineDiff
      label="Differences of the log"
      before={text(first.lines)}
      after={text(second.lines)}
      same={first.lines.length === 0 ? "Neither has printed anything." : "Both have printed the same."}
    />
  );
}
