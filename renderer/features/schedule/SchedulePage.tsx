import { Button, Menu, Tabs } from "@mantine/core";
import { IconDots, IconHistoryToggle, IconPencil, IconPlayerPause, IconPlayerPlay } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import type { ScheduleRow } from "../../../shared/api/schedules.ts";
import { trpc } from "../../api/client.ts";
import { type ScheduleTab, scheduleTabs } from "../../app/search.ts";
import { openDialog } from "../../commands/dialogs.ts";
import { useSubject } from "../../commands/subject.ts";
import { ErrorState } from "../../components/page/ErrorState.tsx";
import { LoadingRows } from "../../components/page/LoadingRows.tsx";
import { PageHeader } from "../../components/page/PageHeader.tsx";
import { useScheduleActions } from "../schedules/actions.ts";
import { ScheduleMenuItems } from "../schedules/ScheduleMenuItems.tsx";
import { scheduleState } from "../schedules/words/ScheduleState.tsx";
import { ActivityLog } from "./ActivityLog.tsx";
import { AtAGlance } from "./AtAGlance.tsx";
import { ChainTab } from "./chain/ChainTab.tsx";
import { NextRuns } from "./NextRuns.tsx";
import { Omissions } from "./Omissions.tsx";
import { Policies } from "./Policies.tsx";
import { Runs } from "./Runs.tsx";
import classes from "./Schedule.module.css";
import { StateNotice } from "./StateNotice.tsx";
import type { Stretch } from "./stretch.ts";

const route = getRouteApi("/schedules/$id");

/** One schedule: what it does next, how it fared, what was left out, who changed it. */
export function SchedulePage({ scheduleId }: { scheduleId: string }) {
  const query = useQuery(trpc.schedules.get.queryOptions({ scheduleId }));
  if (query.error !== null && query.data === undefined) {
    return <ErrorState page error={query.error} title="This schedule could not be read" onRetry={query.refetch} />;
  }
  if (query.data === undefined) return <LoadingRows />;
  return <Detail row={query.data as ScheduleRow} />;
}

const runsViews = ["runs", "timeline", "year", "duration"] as const;

const tabNames: Record<ScheduleTab, string> = {
  runs: "Runs",
  timeline: "Timeline",
  year: "Year",
  duration: "Duration",
  upcoming: "Upcoming",
  chain: "Chain",
  omissions: "Did not run",
  activity: "Activity",
  policies: "Input and policies",
};

function Detail({ row }: { row: ScheduleRow }) {
  const { scheduleId } = row;
  useSubject(useMemo(() => ({ kind: "schedule" as const, row }), [row]));
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const zone = row.spec.timezone ?? "UTC";
  const { mark, text } = scheduleState(row);
  const tab = search.tab ?? "runs";
  const stretch = search.from && search.to ? { from: search.from, to: search.to } : null;
  const onTab = (next: ScheduleTab) =>
    navigate({ search: (before) => ({ ...before, tab: next === "runs" ? undefined : next }), replace: true });
  const onStretch = (next: Stretch | null) =>
    navigate({ search: (before) => ({ ...before, from: next?.from, to: next?.to }), replace: true });
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
            {mark} <span className="ellipsis">{text.split(":")[0]}</span>
          </span>
        }
        sub={
          <>
            {row.specText} <span aria-hidden="true">·</span> {row.workflowName}
            {row.tags.map((tag) => (
              <span key={tag}>
                {" "}
                <Link to="/" search={{ tag }} className="quietLink">
                  #{tag}
                </Link>
              </span>
            ))}
          </>
        }
        actions={row.status === "deleted" ? undefined : <Actions row={row} />}
      />
      <div className={classes.body}>
        <AtAGlance row={row} />
        <StateNotice row={row} />
        <Tabs value={tab} onChange={(value) => onTab(value as ScheduleTab)} keepMounted={false}>
          <Tabs.List aria-label="What of this schedule">
            {scheduleTabs.map((name) => (
              <Tabs.Tab key={name} value={name}>
                {tabNames[name]}
              </Tabs.Tab>
            ))}
          </Tabs.List>
          {runsViews.map((view) => (
            <Tabs.Panel key={view} value={view} pt={8} className={classes.runs}>
              <Runs row={row} view={view} stretch={stretch} onStretch={onStretch} />
            </Tabs.Panel>
          ))}
          <Tabs.Panel value="upcoming" pt={8}>
            <section aria-label="Next runs" className={classes.panel}>
              <NextRuns row={row} />
            </section>
          </Tabs.Panel>
          <Tabs.Panel value="chain" pt={8}>
            <ChainTab row={row} />
          </Tabs.Panel>
          <Tabs.Panel value="omissions" pt={8}>
            <Omissions scheduleId={scheduleId} zone={zone} />
          </Tabs.Panel>
          <Tabs.Panel value="activity" pt={8}>
            <ActivityLog scheduleId={scheduleId} zone={zone} />
          </Tabs.Panel>
          <Tabs.Panel value="policies" pt={8}>
            <Policies row={row} />
          </Tabs.Panel>
        </Tabs>
      </div>
    </div>
  );
}

/** Those with a button of their own. */
const onItsPage = ["open", "run", "resume", "pause", "pauseUntil", "backfill"];

function Actions({ row }: { row: ScheduleRow }) {
  const actions = useScheduleActions();
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
      {row.status === "active" && (
        <Button
          variant="default"
          leftSection={<IconPlayerPause size={14} />}
          onClick={() => openDialog({ kind: "pause", row })}
        >
          Pause
        </Button>
      )}
      <Button
        variant="default"
        leftSection={<IconHistoryToggle size={14} />}
        renderRoot={(props) => <Link to="/schedules/$id/backfill" params={params} {...props} />}
      >
        Backfill
      </Button>
      <Button
        variant={row.status === "paused" ? "default" : "filled"}
        leftSection={<IconPlayerPlay size={14} />}
        onClick={runNow}
        loading={starting}
      >
        Run now
      </Button>
      {row.status === "paused" && (
        <Button leftSection={<IconPlayerPlay size={14} />} onClick={() => actions.resume(row)}>
          Resume
        </Button>
      )}
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default" px={8} aria-label="More actions">
            <IconDots size={16} aria-hidden="true" />
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <ScheduleMenuItems row={row} without={onItsPage} />
        </Menu.Dropdown>
      </Menu>
    </>
  );
}
