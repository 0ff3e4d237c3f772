import { Button, Menu, Tabs, Title } from "@mantine/core";
import { IconDots, IconHistoryToggle, IconPencil, IconPlayerPause, IconPlayerPlay } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import type { ScheduleRow } from "../../../shared/api/schedules.ts";
import { trpc } from "../../api/client.ts";
import { loaded } from "../../api/code.ts";
import { OutcomeStrip } from "../../components/outcomes/OutcomeStrip.tsx";
import { RatioText } from "../../components/outcomes/RatioText.tsx";
import { EmptyState } from "../../components/page/EmptyState.tsx";
import { ErrorState } from "../../components/page/ErrorState.tsx";
import { Fact, Facts } from "../../components/page/Facts.tsx";
import { LoadingRows } from "../../components/page/LoadingRows.tsx";
import { PageHeader } from "../../components/page/PageHeader.tsx";
import { count } from "../../format/numbers.ts";
import { RunTable } from "../runs/RunTable.tsx";
import { useScheduleActions } from "../schedules/actions.ts";
import { ScheduleMenuItems } from "../schedules/ScheduleMenuItems.tsx";
import { scheduleState } from "../schedules/ScheduleState.tsx";
import { ActivityLog } from "./ActivityLog.tsx";
import { HeatYear } from "./HeatYear.tsx";
import { NextRuns } from "./NextRuns.tsx";
import { Omissions } from "./Omissions.tsx";
import { PauseDialog } from "./PauseDialog.tsx";
import { Policies } from "./Policies.tsx";
import classes from "./Schedule.module.css";
import { StateNotice } from "./StateNotice.tsx";

// The chart's library is the largest there is; it comes after the page.
const DurationTrend = lazy(() =>
  loaded(import("./DurationTrend.tsx")).then((module) => ({ default: module.DurationTrend })),
);

/** One schedule: what it does next, how it fared, what was left out, who changed it. */
export function SchedulePage({ scheduleId }: { scheduleId: string }) {
  const query = useQuery(trpc.schedules.get.queryOptions({ scheduleId }));
  if (query.error !== null && query.data === undefined) {
    return <ErrorState page error={query.error} title="This schedule could not be read" onRetry={query.refetch} />;
  }
  if (query.data === undefined) return <LoadingRows />;
  return <Detail row={query.data as ScheduleRow} />;
}

function Detail({ row }: { row: ScheduleRow }) {
  const { scheduleId } = row;
  const zone = row.spec.timezone ?? "UTC";
  const { mark, text } = scheduleState(row);
  // Newest first, a run that is going on may stand far below those that wait for it.
  const running = row.runningRunIds[0];
  return (
    <div className={classes.page}>
      <PageHeader
        title={row.name}
        crumb={
          <Link to="/" className="quietLink">
            Schedules
          </Link>
        }
        aside={
          <span className={classes.state} role="status">
            {mark}{" "}
            <span className="ellipsis">
              {running === undefined ? (
                text.split(":")[0]
              ) : (
                <Link to="/runs/$id" params={{ id: running }} className="link">
                  {text}
                </Link>
              )}
            </span>
          </span>
        }
        sub={row.specText}
        actions={row.status === "deleted" ? undefined : <Actions row={row} />}
      />
      <div className={classes.body}>
        <StateNotice row={row} />
        <Facts>
          <Fact label="Success, last 30 runs">
            <span className={classes.ratioFact}>
              <RatioText ratio={row.ratio} />
              <OutcomeStrip marks={row.outcomes} zone={zone} places={row.outcomes.length} />
            </span>
          </Fact>
          <Fact label="Workflow">{row.workflowName}</Fact>
          <Fact label="Runs">
            {count(row.totalRuns)} <span className="dim">({count(row.failedRuns)} failed)</span>
          </Fact>
          <Fact label="Did not run">
            {count(row.missedRuns)} missed, {count(row.skippedRuns)} skipped
          </Fact>
          {row.tags.length > 0 && (
            <Fact label="Tags">
              <span className={classes.tags}>
                {row.tags.map((tag) => (
                  <Link key={tag} to="/" search={{ tag }} className="link">
                    {tag}
                  </Link>
                ))}
              </span>
            </Fact>
          )}
        </Facts>
        <div className={classes.columns}>
          <section aria-labelledby="year" className={classes.panel}>
            <Title order={2} id="year">
              The year
            </Title>
            <HeatYear scheduleId={scheduleId} createdAt={row.createdAt} />
            <Suspense fallback={<LoadingRows rows={3} />}>
              <DurationTrend scheduleId={scheduleId} />
            </Suspense>
          </section>
          <section aria-labelledby="next" className={classes.panel}>
            <Title order={2} id="next">
              Next runs
            </Title>
            <NextRuns row={row} />
          </section>
        </div>
        <Tabs defaultValue="runs" keepMounted={false}>
          <Tabs.List>
            <Tabs.Tab value="runs">Runs</Tabs.Tab>
            <Tabs.Tab value="omissions">Did not run</Tabs.Tab>
            <Tabs.Tab value="activity">Activity</Tabs.Tab>
            <Tabs.Tab value="pauses">Pauses</Tabs.Tab>
            <Tabs.Tab value="policies">Input and policies</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="runs" pt={8}>
            <RunTable
              input={{ scheduleId }}
              withoutSchedule
              zone={zone}
              height={420}
              empty={
                <EmptyState title="It has not run yet">“Run now” starts a run without waiting for its time.</EmptyState>
              }
            />
          </Tabs.Panel>
          <Tabs.Panel value="omissions" pt={8}>
            <Omissions scheduleId={scheduleId} zone={zone} />
          </Tabs.Panel>
          <Tabs.Panel value="activity" pt={8}>
            <ActivityLog scheduleId={scheduleId} zone={zone} empty="Nothing has happened yet" />
          </Tabs.Panel>
          <Tabs.Panel value="pauses" pt={8}>
            <ActivityLog
              scheduleId={scheduleId}
              zone={zone}
              only={["paused", "resumed"]}
              empty="It has never been paused"
            />
          </Tabs.Panel>
          <Tabs.Panel value="policies" pt={8}>
            <Policies row={row} />
          </Tabs.Panel>
        </Tabs>
      </div>
    </div>
  );
}

function Actions({ row }: { row: ScheduleRow }) {
  const navigate = useNavigate();
  const actions = useScheduleActions();
  const [pausing, setPausing] = useState(false);
  const [starting, setStarting] = useState(false);
  const params = { id: row.scheduleId };
  const runNow = async () => {
    setStarting(true);
    await actions.runNow(row);
    setStarting(false);
  };
  return (
    <>
      <Button
        variant="default"
        leftSection={<IconPencil size={14} />}
        renderRoot={(props) => <Link to="/schedules/$id/edit" params={params} {...props} />}
      >
        Edit
      </Button>
      {row.status === "paused" ? (
        <Button variant="default" leftSection={<IconPlayerPlay size={14} />} onClick={() => actions.resume(row)}>
          Resume
        </Button>
      ) : (
        row.status === "active" && (
          <Button variant="default" leftSection={<IconPlayerPause size={14} />} onClick={() => setPausing(true)}>
            Pause
          </Button>
        )
      )}
      <Button
        variant="default"
        leftSection={<IconHistoryToggle size={14} />}
        renderRoot={(props) => <Link to="/schedules/$id/backfill" params={params} {...props} />}
      >
        Backfill
      </Button>
      <Button leftSection={<IconPlayerPlay size={14} />} onClick={runNow} loading={starting}>
        Run now
      </Button>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default" px={8} aria-label="More actions">
            <IconDots size={16} />
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <ScheduleMenuItems row={row} onDeleted={() => navigate({ to: "/" })} />
        </Menu.Dropdown>
      </Menu>
      <PauseDialog opened={pausing} onClose={() => setPausing(false)} schedule={row} />
    </>
  );
}
